// GraphiQL as the router at WEFT_URL serves it, opened in headless Chromium.
// WEFT_SCREENSHOT=<file.png> and WEFT_CACHE_SCREENSHOT=<file.png> also take the pictures for the docs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open } from './chromium.js';
import { GraphiqlPage } from './graphiql-page.js';

const base = process.env.WEFT_URL;
assert.ok(base, 'set WEFT_URL to the address of a running router, e.g. http://127.0.0.1:4000');
const address = (path) => new URL(path, base).href;

/** What the endpoint answers when asked without a browser. */
async function askDirectly(body, headers = {}) {
  const answer = await fetch(address('/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return answer.json();
}

describe('GraphiQL', { timeout: 120_000 }, () => {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  /** Opens the page, lets `steps` use it, and checks that nothing untoward happened meanwhile. */
  async function visit(steps) {
    const { page, answer, incidents, close } = await open(browser, address('/'));
    try {
      const graphiql = new GraphiqlPage(page);
      await graphiql.ready();
      await steps({ graphiql, page, answer });
      assert.deepEqual(incidents, []);
    } finally {
      await close();
    }
  }

  test('the page is guarded by a content security policy and named Weft', () =>
    visit(async ({ page, answer }) => {
      assert.match(answer.headers()['content-security-policy'] ?? '', /script-src 'self'(;|$)/);
      assert.equal(await page.title(), 'Weft');
    }));

  test('the first query runs as it stands and its result is shown', () =>
    visit(async ({ graphiql, page }) => {
      const query = await graphiql.query();
      const { request, body } = await graphiql.run();
      const sent = request.postDataJSON();
      assert.equal(sent.query, query);
      assert.equal(body.errors, undefined);
      assert.deepEqual({ data: body.data }, await askDirectly(sent));

      const [firstField] = Object.keys(body.data);
      assert.match(await graphiql.shownResult(firstField), /^\s*\{\s*"data": \{/);
      const shown = await graphiql.wholeResult();
      // Without what came from where, which the page asks for: that is in a panel of its own.
      assert.ok(body.extensions.cache, JSON.stringify(body.extensions));
      assert.deepEqual(shown, { data: body.data });
      if (process.env.WEFT_SCREENSHOT) await page.screenshot({ path: process.env.WEFT_SCREENSHOT });
    }));

  test('a typed query runs and its result is shown', () =>
    visit(async ({ graphiql }) => {
      await graphiql.typeQuery('Typed', '{ kind: __typename  again: __typename }');
      await graphiql.run();
      await graphiql.shownResult('again');
      const { data } = await graphiql.wholeResult();
      assert.deepEqual(data, { kind: 'Query', again: 'Query' });
    }));

  test('an invalid query shows the errors of the endpoint', () =>
    visit(async ({ graphiql }) => {
      await graphiql.typeQuery('Invalid', '{ thisFieldDoesNotExist }');
      const { request } = await graphiql.run();
      await graphiql.shownResult('thisFieldDoesNotExist');
      const { errors } = await graphiql.wholeResult();
      assert.ok(errors.length > 0);
      assert.deepEqual(errors, (await askDirectly(request.postDataJSON())).errors);
    }));

  test('the editor completes fields from the schema', () =>
    visit(async ({ graphiql }) => {
      const introspection = await askDirectly({ query: '{ __schema { queryType { fields { name } } } }' });
      const [field] = introspection.data.__schema.queryType.fields.map(({ name }) => name).sort();
      const offered = await graphiql.completions(`{ ${field.slice(0, 2)}`);
      assert.ok(offered.includes(field), `${field} is not among ${offered}`);
    }));

  test('prettify tidies the query and the headers', () =>
    visit(async ({ graphiql }) => {
      await graphiql.typeQuery('Untidy', '{a:__typename b:__typename}');
      await graphiql.typeHeaders('{"x-b":"2",/* why */"x-a":"1"}');
      await graphiql.prettify();
      await graphiql.queryBecomes('query Untidy {\n  a: __typename\n  b: __typename\n}\n');
      await graphiql.headersBecome('{\n  "x-b": "2", /* why */\n  "x-a": "1"\n}\n');
    }));

  test('headers typed into the headers editor are sent', () =>
    visit(async ({ graphiql }) => {
      await graphiql.typeQuery('WithToken', '{ __typename }');
      await graphiql.typeHeaders('{ "authorization": "Bearer not-a-token" }');
      const { request } = await graphiql.run();
      assert.equal(await request.headerValue('authorization'), 'Bearer not-a-token');
      assert.match(await request.headerValue('accept'), /^application\/graphql-response\+json/);
    }));

  test('a panel says what came from memory, and why something was not kept', () =>
    visit(async ({ graphiql, page }) => {
      await graphiql.openCache();
      await graphiql.cacheSays('Nothing was sent from this tab yet.');
      await graphiql.run();
      await graphiql.cacheSays(/^Put together from 3 fetches/);
      const { body } = await graphiql.run();
      await graphiql.cacheSays(/2 kept, 1 from its subgraph\.\s*Not all parts of this answer are kept\./);

      const fetches = await graphiql.cachedFetches();
      const of = (subgraph) => fetches.find(({ title }) => title.includes(subgraph));
      const users = of('users');
      assert.match(users.title, /Query\.users/);
      assert.deepEqual([users.Memory, users.Redis, users.Fetched, users.Stale], ['1', '0', '0', '0']);
      assert.match(users.Age, /^[\d.]+ s$/);
      assert.match(users['Fresh for'], /^[\d.]+ s$/);
      assert.match(users.reasons, /^Kept for everybody \(public\)\. The Cache-Control of the subgraph/);
      assert.match(of('posts').reasons, /^Fetched\. .*\s+Not kept\. It is private, and the request has no token/);
      assert.equal(of('posts')['Fresh for'], '–');
      const { WEFT_CACHE_SCREENSHOT: path } = process.env;
      if (path) await page.screenshot({ path });
      assert.deepEqual(await graphiql.rawCache(), body.extensions.cache);

      // Another tab has another last answer.
      await graphiql.addTab();
      await graphiql.cacheSays('Nothing was sent from this tab yet.');
      const noOne = '{ username: "", password: "" }';
      await graphiql.typeMutation('Refused', `{ login(input: ${noOne}) { userErrors { code } } }`);
      await graphiql.run();
      await graphiql.cacheSays('A mutation, carried out by its subgraph.');
      const [login] = await graphiql.cachedFetches();
      assert.match(login.reasons, /^Not kept\. A mutation is carried out each time\. What it may have changed/);
      await graphiql.openTab('FirstLook');
      await graphiql.cacheSays('2 kept, 1 from its subgraph.');
    }));

  test('the panel says that a whole answer was kept', () =>
    visit(async ({ graphiql }) => {
      await graphiql.openCache();
      await graphiql.typeQuery('Whole', '{ users(first: 1) { edges { node { username } } } }');
      await graphiql.run();
      await graphiql.run();
      await graphiql.cacheSays(/^Answered from a kept whole answer, [\d.]+ s old\./);
      await graphiql.typeQuery('Refused', '{ thisFieldDoesNotExist }');
      await graphiql.run();
      await graphiql.cacheSays('The router answered with an error.');
    }));

  test('the panel shows whatever it is sent as text, and says when it is sent nothing', () =>
    visit(async ({ graphiql, page }) => {
      const markup = '<img src=x onerror="reportIncident(`markup`)">';
      let extensions = { cache: { fetches: [{ subgraph: markup, what: [markup], fetched: 1, missed: [markup], new: 1 }] } };
      await page.route('**/graphql', (route) => route.fulfill({ json: { data: {}, extensions } }));
      await graphiql.openCache();
      await graphiql.run();
      await graphiql.cacheSays('Put together from 1 fetch, from its subgraph.');
      const [fetch] = await graphiql.cachedFetches();
      assert.ok(fetch.title.includes(`${markup} ${markup}`), fetch.title);
      assert.ok(fetch.reasons.includes(`“${markup}”, which this page does not know`), fetch.reasons);

      extensions = { other: true };
      await graphiql.run();
      await graphiql.cacheSays('The router says nothing about its cache.');
      assert.deepEqual(await graphiql.wholeResult(), { data: {}, extensions });
    }));
});
