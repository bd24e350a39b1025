import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { explain } from './explanation.js';
import { missedSentence, notStoredSentence } from './reasons.js';

/** One line as the router writes it. */
const line = (parts) => ({
  subgraph: 'users',
  what: ['Query.users'],
  memory: 0,
  redis: 0,
  fetched: 0,
  stale: 0,
  ageSeconds: 0,
  durationMilliseconds: 1.04,
  ...parts,
});
const kept = line({ memory: 1, ttlSource: 'response', scope: 'public', ageSeconds: 1.08, freshForSeconds: 27.4 });
const asked = line({
  subgraph: 'posts',
  what: ['User'],
  fetched: 3,
  missed: ['absent'],
  notStored: 'private-without-identity',
});
const explained = (fetches, response = { hit: false, kept: false }, answer = { data: {} }) =>
  explain({ answer, cache: { response, fetches } });
const reasons = (parts) =>
  explained([line(parts)]).fetches[0].reasons.map(({ about, sentence }) => `${about}. ${sentence}`);

describe('the whole answer', () => {
  const check = (last, headline, ...notes) => {
    const view = explain(last);
    assert.deepEqual([view.headline, ...view.notes], [headline, ...notes]);
  };
  const checkFetches = (fetches, headline) => assert.equal(explained(fetches).headline, headline);

  test('without an explanation it says why there is none', () => {
    check(undefined, 'Nothing was sent from this tab yet.', 'Run an operation to see what came from where.');
    check({}, 'The last request was not answered.');
    check(
      { answer: { errors: [] } },
      'The router answered with an error.',
      'It says nothing about its cache then.',
    );
    check(
      { answer: { data: {} } },
      'The router says nothing about its cache.',
      'Either its cache is off (cache.enabled), or it does not explain it (cache.explain).',
    );
  });

  test('kept as a whole, its lines are of when it was kept and its times of now', () => {
    const view = explained([kept], { hit: true, ageSeconds: 1.1 });
    assert.equal(view.headline, 'Answered from a kept whole answer, 1.1 s old.');
    assert.equal(view.notes[0], 'No subgraph was asked.');
    assert.deepEqual([view.fetches[0].age, view.fetches[0].freshFor], ['2.2 s', '26 s']);
    assert.deepEqual(explained([], { hit: true, ageSeconds: 1.1 }).notes, ['No subgraph was asked.']);
  });

  test('it is summed up over its fetches', () => {
    const partial = line({ memory: 2, fetched: 1, missed: ['expired'] });
    const mutation = line({ fetched: 1, notStored: 'mutation' });
    checkFetches([], 'Answered by the router itself: no fetch was needed.');
    checkFetches([kept], 'Put together from 1 fetch, kept.');
    checkFetches([asked], 'Put together from 1 fetch, from its subgraph.');
    checkFetches([mutation], 'A mutation, carried out by its subgraph.');
    checkFetches([kept, kept], 'Put together from 2 fetches: all kept.');
    checkFetches([kept, asked, kept], 'Put together from 3 fetches: 2 kept, 1 from its subgraph.');
    checkFetches(
      [mutation, kept, partial, asked, asked],
      'Put together from 5 fetches: 1 carried out as a mutation, 1 kept, 1 kept in part, 2 from their subgraphs.',
    );
  });

  test('it says whether it is kept from now on', () => {
    const notes = (...parts) => explained(...parts).notes;
    assert.deepEqual(notes([kept], { hit: false, kept: true }), ['All parts of this answer are kept.']);
    assert.deepEqual(notes([kept, asked]), ['Not all parts of this answer are kept. The table says why.']);
    assert.deepEqual(notes([kept], undefined, { data: {}, errors: [{}] }), [
      'This answer is not kept as a whole, because it has errors.',
    ]);
    assert.deepEqual(notes([line({ fetched: 1, notStored: 'mutation' })]), []);
  });
});

describe('a fetch', () => {
  test('kept: counts, age, time left and scope', () => {
    assert.deepEqual(explained([kept]).fetches, [
      {
        subgraph: 'users',
        what: ['Query.users'],
        outcome: 'kept',
        label: 'Kept',
        isRefused: false,
        memory: 1,
        redis: 0,
        fetched: 0,
        stale: 0,
        age: '1.1 s',
        freshFor: '27 s',
        duration: '1.0 ms',
        reasons: [
          { about: 'Kept for everybody (public)', sentence: 'The Cache-Control of the subgraph says for how long.' },
        ],
      },
    ]);
  });

  test('why it was fetched and why it is not kept', () => {
    assert.deepEqual(reasons(asked), [
      'Fetched. It was not in the cache: never kept, or dropped since.',
      'Not kept. It is private, and the request has no token that says whose it would be. Add an authorization header.',
    ]);
    assert.deepEqual(reasons({ memory: 2, fetched: 1, scope: 'private', missed: ['expired'], notStored: 'errors' }), [
      'Fetched. What was kept of it had reached the end of its time.',
      'Not all kept. There are errors in the answer of the subgraph.',
      'The rest is kept for this user alone (private). ',
    ]);
  });

  test('several reasons of a batch are told together', () => {
    assert.deepEqual(reasons({ fetched: 2, missed: ['expired', 'redis-timeout'] }), [
      'Fetched, for different reasons. What was kept of it had reached the end of its time. Redis did not answer in time.',
    ]);
  });

  test('of a mutation: that what it changed was invalidated', () => {
    assert.deepEqual(reasons({ what: ['Mutation.login'], fetched: 1, notStored: 'mutation' }), [
      'Not kept. A mutation is carried out each time. What it may have changed was invalidated before this answer.',
    ]);
  });

  test('stale parts are explained', () => {
    const [one] = reasons({ memory: 1, stale: 1 });
    assert.match(one, /^Stale\. 1 part was past the end of its time/);
    const [two] = reasons({ redis: 2, stale: 2 });
    assert.match(two, /^Stale\. 2 parts were past the end of their time/);
  });

  test('why nothing was looked up', () => {
    const [noCache] = reasons({ fetched: 1, scope: 'public' });
    assert.match(noCache, /^Fetched\. Nothing was looked up, as for a request that says Cache-Control: no-cache/);
    const [onlyAsked] = reasons({ what: [], fetched: 1, notStored: 'no-store' });
    assert.match(onlyAsked, /^Fetched\. Nothing was looked up, because the last answers/);
    assert.deepEqual(reasons({ what: [], fetched: 1, notStored: 'disabled' }), [
      'Not kept. Caching is switched off for it in the configuration of the router.',
    ]);
  });
});

describe('what a later router may say', () => {
  test('unknown codes are shown as they are', () => {
    assert.deepEqual(reasons({ fetched: 1, missed: ['eclipse'], notStored: 'constructor', scope: 'x', ttlSource: 'y' }), [
      'Fetched. The reason is “eclipse”, which this page does not know.',
      'Not all kept. The reason is “constructor”, which this page does not know.',
      'The rest is kept (x). “y” says for how long.',
    ]);
  });

  test('unknown shapes break nothing', () => {
    for (const cache of [{}, [], null, 7, { fetches: {} }, { response: [], fetches: [null, 1, [], {}] }]) {
      const view = explain({ answer: { data: null }, cache });
      assert.ok(view.headline, JSON.stringify(cache));
    }
    const odd = { subgraph: 1, what: 'all', memory: 'many', missed: 'x', notStored: {}, scope: [], more: { a: 1 } };
    const [fetch] = explained([odd]).fetches;
    assert.deepEqual([fetch.subgraph, fetch.what, fetch.memory, fetch.reasons], ['unnamed subgraph', [], 0, []]);
  });
});

test('every code of the router has a sentence', () => {
  const source = (path) => readFileSync(new URL(`../../../../../${path}`, import.meta.url), 'utf8');
  const kebab = (name) => name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
  const ledger = source('router/server/src/caching/ledger.rs');
  const [, variants] = ledger.match(/pub\(crate\) enum NotStored \{([^}]*)\}/);
  const notStored = [...variants.matchAll(/^\s*([A-Z]\w*),/gm)].map(([, name]) => kebab(name));
  const misses = ['look_up', 'judgement'].flatMap((file) => {
    const [, body] = source(`router/cache/src/${file}.rs`).match(/fn name\(self\)[^{]*\{(.*?)\n {4}\}/s);
    return [...body.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
  });
  assert.ok(notStored.length > 10 && misses.length > 10, `${notStored} ${misses}`);
  for (const code of notStored) assert.doesNotMatch(notStoredSentence(code), /does not know/, code);
  for (const code of misses) assert.doesNotMatch(missedSentence(code), /does not know/, code);
});
