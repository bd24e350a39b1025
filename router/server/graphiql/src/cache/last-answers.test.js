import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LastAnswers, withoutCache } from './last-answers.js';

const run = { documentAST: undefined };

test('only `extensions.cache` is taken out of an answer', () => {
  const check = (answer, rest, cache) => assert.deepEqual(withoutCache(answer), { answer: rest, cache });
  check({ data: 1, extensions: { cache: 2 } }, { data: 1 }, 2);
  check({ extensions: { a: 1, cache: 2 }, data: 1 }, { data: 1, extensions: { a: 1 } }, 2);
  for (const answer of [{ data: 1 }, { extensions: { a: 1 } }, { extensions: null }, [], 'text', null]) {
    check(answer, answer, undefined);
  }
});

test('each tab has its own last answer', async () => {
  const answers = new LastAnswers();
  let heard = 0;
  const stop = answers.subscribe(() => (heard += 1));
  const fetcher = answers.watching(async () => ({ data: 1, extensions: { cache: { fetches: [] } } }));
  answers.openTab = 'a';
  assert.deepEqual(await fetcher({ operationName: 'A' }, run), { data: 1 });
  const { operationName, answer, cache } = answers.of('a');
  assert.deepEqual({ operationName, answer, cache }, { operationName: 'A', answer: { data: 1 }, cache: { fetches: [] } });
  assert.equal(answers.of('b'), undefined);
  stop();
  await fetcher({}, run);
  assert.equal(heard, 1);
});

test('introspection by GraphiQL itself is nobody’s answer', async () => {
  const answers = new LastAnswers();
  answers.openTab = 'a';
  const fetcher = answers.watching(async () => ({ data: 1, extensions: { cache: {} } }));
  assert.deepEqual(await fetcher({}, {}), { data: 1 });
  await fetcher({}, undefined);
  assert.equal(answers.of('a'), undefined);
});

test('an answer that a later request has overtaken is not the last', async () => {
  const answers = new LastAnswers();
  answers.openTab = 'a';
  const waiting = [];
  const fetcher = answers.watching(() => new Promise((resolve) => waiting.push(resolve)));
  const both = [fetcher({ operationName: 'first' }, run), fetcher({ operationName: 'second' }, run)];
  waiting[1]({ data: 2 });
  waiting[0]({ data: 1 });
  await Promise.all(both);
  assert.equal(answers.of('a').operationName, 'second');
});

test('a request without an answer is noted, and still fails', async () => {
  const answers = new LastAnswers();
  answers.openTab = 'a';
  const fetcher = answers.watching(async () => {
    throw new Error('offline');
  });
  await assert.rejects(fetcher({}, run), /offline/);
  assert.equal(answers.of('a').answer, undefined);
});
