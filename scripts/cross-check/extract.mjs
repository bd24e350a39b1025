// Inputs that need no running: `node extract.mjs folders|audit|rust SUITE CHECKOUT`, one JSON line per input.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [how, suite, checkout] = process.argv.slice(2);
const emit = (line) => console.log(JSON.stringify({ suite, ...line }));
const walk = (folder) =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? walk(full) : [full];
  });

// One folder per case, with its subgraphs in files; the suite's own verdict is that it has a federated graph.
function folders() {
  const read = (name) => (fs.existsSync(name) ? fs.readFileSync(name, "utf8") : "");
  const cases = new Map();
  for (const file of walk(checkout).filter((name) => name.endsWith(".graphql")).sort()) {
    const folder = path.dirname(path.dirname(file));
    if (!cases.has(folder)) cases.set(folder, []);
    cases.get(folder).push({ name: path.basename(file, ".graphql"), sdl: read(file) });
  }
  for (const [folder, subgraphs] of cases) {
    const federated = read(path.join(folder, "federated.graphql.snap"));
    const own = federated === "" ? undefined : { ok: federated.split(/^---$/m).pop().trim() !== "" };
    emit({ file: "composition", test: path.relative(checkout, folder), own, subgraphs });
  }
}

// Template texts of `createSubgraph("name", { typeDefs: `…` })`, one folder per suite; all of them are to compose.
function audit() {
  for (const folder of fs.readdirSync(checkout).sort()) {
    if (!fs.statSync(path.join(checkout, folder)).isDirectory()) continue;
    const subgraphs = walk(path.join(checkout, folder))
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .flatMap((file) =>
        [...fs.readFileSync(file, "utf8").matchAll(/createSubgraph\(\s*"([^"]+)",\s*\{\s*typeDefs:[^`]*`([^`]*)`/g)].map(
          ([, name, sdl]) => ({ name, sdl }),
        ),
      );
    emit({ file: "test-suites", test: folder, own: { ok: true }, subgraphs });
  }
}

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@requires", "@provides", "@external", "@tag", "@extends", "@shareable", "@inaccessible", "@override", "@composeDirective", "@interfaceObject", "@authenticated", "@requiresScopes", "@policy", "@context", "@fromContext", "@cost", "@listSize", "@cacheTag"])';
const linked = (sdl) => (sdl.includes("specs.apollo.dev/federation/") ? sdl : `${LINK}\n${sdl}`);

// Service definitions and planner macros of Rust tests. Texts put together by `format!` are left out.
function rust() {
  for (const file of walk(checkout).filter((name) => name.endsWith(".rs")).sort()) {
    for (const chunk of fs.readFileSync(file, "utf8").split(/#\[(?:tokio::)?test\]/).slice(1))
      for (const input of rustTest(chunk)) emit({ file: path.basename(file, ".rs"), ...input });
  }
}

function* rustTest(chunk) {
  // Every text becomes §n§, so that what is around it is easy to match.
  const texts = [];
  const code = chunk.replace(/r(#+)"([\s\S]*?)"\1|"((?:[^"\\]|\\[\s\S])*)"/g, (_, hashes, raw, plain) => {
    texts.push(raw ?? plain.replace(/\\\n\s*/g, "").replace(/\\n/g, "\n").replace(/\\"/g, '"'));
    return `§${texts.length - 1}§`;
  });
  const test = /fn\s+(\w+)/.exec(code)?.[1] ?? "";
  const known = new Map();
  const variable = String.raw`(?:let\s+(?:mut\s+)?(\w+)\s*=\s*)?`;
  const found = [
    [String.raw`ServiceDefinition\s*\{\s*name:\s*§(\d+)§,\s*type_defs:\s*&?§(\d+)§`, linked],
    [String.raw`Subgraph::parse\(\s*§(\d+)§,\s*§\d+§,\s*§(\d+)§`, (sdl) => sdl],
  ];
  for (const [pattern, prepare] of found)
    for (const [, local, name, sdl] of code.matchAll(new RegExp(variable + pattern, "g")))
      known.set(local ?? `${texts[name]}#${known.size}`, { name: texts[name], sdl: prepare(texts[sdl]) });
  const calls = [...code.matchAll(/compose\w*\(\s*&?(?:vec!)?\[([\w\s,.()]*)\]/g)]
    .map(([, list]) => list.split(",").map((item) => known.get(item.trim().replace(/\.clone\(\)/, ""))))
    .map((list) => list.filter(Boolean))
    .filter((list) => list.length > 0);
  const all = [...known.values()];
  for (const subgraphs of calls) yield { test, subgraphs };
  if (calls.length === 0 && all.length > 0 && new Set(all.map((one) => one.name)).size === all.length)
    yield { test, subgraphs: all };
  for (const [, body] of code.matchAll(/planner!\s*[({]([\s\S]*?)[)}];/g)) {
    const subgraphs = [...body.matchAll(/(\w+):\s*§(\d+)§/g)].map(([, name, sdl]) => ({ name, sdl: linked(texts[sdl]) }));
    if (subgraphs.length > 0) yield { test, own: { ok: true }, subgraphs };
  }
  if (/build_for_errors|build_and_validate/.test(code))
    for (const [, sdl] of code.matchAll(/let\s+\w+\s*=\s*§(\d+)§;/g))
      yield { test, subgraphs: [{ name: "S", sdl: linked(texts[sdl]) }] };
}

await { folders, audit, rust }[how]();
