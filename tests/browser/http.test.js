// The router at WEFT_HTTP_URL as clients of npm's packages see it: the server audit of `graphql-http`, and
// `graphql`'s own client schema. WEFT_HTTP_SDL is the file with the API's SDL.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { serverAudits } from 'graphql-http';

const base = process.env.WEFT_HTTP_URL;
assert.ok(base, 'set WEFT_HTTP_URL to the address of a running router, e.g. http://127.0.0.1:4000');
const url = new URL('/graphql', base).href;

describe('the server audit of graphql-http', () => {
  const audits = serverAudits({ url, fetchFn: fetch });
  test('has the audits that it is known to have', () => assert.equal(audits.length, 61));
  for (const audit of audits) {
    test(`${audit.id} ${audit.name}`, async () => {
      const result = await audit.fn();
      // MUST, SHOULD and MAY alike.
      assert.equal(result.status, 'ok', result.reason);
    });
  }
});

describe('introspection', () => {
  async function ask(query, variables) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await answer.json();
    assert.equal(errors, undefined);
    return data;
  }
  const all = {
    descriptions: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    inputValueDeprecation: true,
    oneOf: true,
  };

  test('tells a stock client everything that the SDL says', async () => {
    const schema = buildClientSchema(await ask(getIntrospectionQuery(all)));
    const sdl = await readFile(process.env.WEFT_HTTP_SDL, 'utf8');
    const print = (schema) => printSchema(lexicographicSortSchema(schema));
    assert.equal(print(schema), print(buildSchema(sdl)));
    assert.equal(schema.getType('ThingBy').isOneOf, true);
    assert.equal(schema.getType('Filter').isOneOf, false);
    assert.equal(schema.getType('Date').specifiedByURL, 'https://www.rfc-editor.org/rfc/rfc3339');
    assert.equal(schema.getType('Filter').getFields().since.defaultValue, '2020-01-01');
  });

  test('answers older clients', async () => {
    const schema = buildClientSchema(await ask(getIntrospectionQuery({ descriptions: false })));
    assert.equal(schema.getQueryType().name, 'Query');
    // Older questions do not mention what is deprecated about inputs, which then does not exist for them.
    assert.equal(schema.getType('Filter').getFields().since, undefined);
  });
});
