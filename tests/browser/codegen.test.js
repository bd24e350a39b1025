// The exported API schema (SCHEMA) feeds GraphQL Code Generator; what it generates holds
// a right program to be right and wrong ones to be wrong.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

assert.ok(process.env.SCHEMA, 'set SCHEMA to the API schema, e.g. schema/sdl/api.graphql');
const schema = path.resolve(process.env.SCHEMA);
const folder = fileURLToPath(new URL('codegen', import.meta.url));
const tool = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));

/** Runs a program in codegen/; resolves with its exit code and everything it said. */
function run(name, ...args) {
  const options = { cwd: folder, env: { ...process.env, SCHEMA: schema, NO_COLOR: '1' } };
  return new Promise((resolve) => {
    execFile(tool(name), args, options, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, output: `${stdout}${stderr}` });
    });
  });
}

/** Type-checks `statements` over the generated types; resolves with the codes of tsc's errors. */
async function typeErrors(statements) {
  const scratch = await mkdtemp(path.join(folder, 'generated', 'wrong-'));
  try {
    const program = [
      "import { ask } from '../../client.ts';",
      "import { FirstLookDocument, LogInDocument } from '../../generated/operations.ts';",
      `export async function wrong() { ${statements} }`,
    ];
    await writeFile(path.join(scratch, 'wrong.ts'), program.join('\n'));
    await writeFile(
      path.join(scratch, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['wrong.ts'] }),
    );
    const { code, output } = await run('tsc', '--project', scratch);
    const codes = [...output.matchAll(/error (TS\d+):/g)].map(([, name]) => name);
    assert.equal(code !== 0, codes.length > 0, output);
    return codes;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

describe('client code generation', { timeout: 120_000 }, () => {
  before(async () => {
    await rm(path.join(folder, 'generated'), { recursive: true, force: true });
    const { code, output } = await run('graphql-codegen', '--config', 'codegen.js');
    assert.equal(code, 0, output);
  });

  test('a program over the generated types type-checks', async () => {
    const { code, output } = await run('tsc', '--project', '.');
    assert.equal(code, 0, output);
  });

  const edges = 'const { users } = await ask(FirstLookDocument, { count: 1 }); const edge = users?.edges[0];';
  const cases = [
    ['nothing wrong', edges, []],
    ['a field that was not asked for', `${edges} edge?.node.email;`, ['TS2339']],
    ['a text used as a number', `${edges} const n: number | undefined = edge?.node.username; n;`, ['TS2322']],
    [
      'a nullable field used as if it were always there',
      `${edges} edge?.node.posts?.edges[0]?.node.publishedAt.length;`,
      ['TS2531'],
    ],
    [
      'an enum value that does not exist',
      `${edges} edge?.node.posts?.edges[0]?.node.status === 'DELETED';`,
      ['TS2367'],
    ],
    ['a variable left out', 'await ask(FirstLookDocument, {});', ['TS2741']],
    ['a variable of another type', "await ask(FirstLookDocument, { count: '1' });", ['TS2322']],
    ['an input without a field', "await ask(LogInDocument, { input: { username: 'ada' } });", ['TS2741']],
  ];
  for (const [name, statements, expected] of cases) {
    test(`the type checker's word on ${name}`, async () => {
      assert.deepEqual(await typeErrors(statements), expected);
    });
  }
});
