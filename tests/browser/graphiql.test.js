// GraphiQL as the router at WEFT_URL serves it, opened in headless Chromium.
// WEFT_SCREENSHOT=<file.png> also takes the picture for the docs.
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
      assert.deepEqual(shown.data, body.data);
      // What came from where, which the page asks for.
      const [fetch] = shown.extensions.cache.fetches;
      assert.equal(fetch.memory + fetch.redis + fetch.fetched > 0, true, JSON.stringify(fetch));
      assert.ok(fetch.subgraph && fetch.what.length > 0, JSON.stringify(fetch));
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
});
