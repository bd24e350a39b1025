// `node corpus.mjs RAW CORPUS`: recorded inputs become one folder per case, each with what the two reference
// composers say of it. Identical inputs are kept once, under the suite that comes first; of inputs that differ only in
// the linked federation version, one per verdict of Apollo's composer is kept.
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { reference } from "./reference.mjs";

const [raw, corpus] = process.argv.slice(2);
const order = ["apollo", "hive", "audit", "grafbase", "router", "cosmo"];

// A v2 directive that a subgraph uses without any link: some composers link it by themselves, so such an input is
// also kept with the link written out.
const DIRECTIVES =
  "authenticated composeDirective cost external extends inaccessible interfaceObject key listSize override policy provides requires requiresScopes shareable tag context fromContext".split(" ");
function withLink(subgraphs) {
  if (subgraphs.some(({ sdl }) => /@link\b/.test(sdl))) return undefined;
  if (!subgraphs.some(({ sdl }) => /@(shareable|inaccessible|override|interfaceObject|authenticated|requiresScopes|composeDirective)\b/.test(sdl)))
    return undefined;
  return subgraphs.map(({ name, sdl }) => {
    const used = DIRECTIVES.filter((directive) => new RegExp(`@${directive}\\b`).test(sdl)).map((one) => `"@${one}"`);
    return {
      name,
      sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${used.join(", ")}])\n\n${sdl}`,
    };
  });
}

const fileName = (name) => `${encodeURIComponent(name)}.graphql`;
const hash = (subgraphs, change = (sdl) => sdl) =>
  crypto
    .createHash("sha256")
    .update(JSON.stringify(subgraphs.map(({ name, sdl }) => [name, change(sdl.replace(/\s+/g, " ").trim())]).sort()))
    .digest("hex");
const unversioned = (sdl) => sdl.replace(/federation\/v\d+\.\d+/g, "federation/v");

const lines = fs
  .readdirSync(raw)
  .filter((name) => name.endsWith(".jsonl"))
  .flatMap((name) => fs.readFileSync(path.join(raw, name), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)));
lines.sort((a, b) => order.indexOf(a.suite) - order.indexOf(b.suite));

const seen = new Map();
const verdicts = new Set();
const counts = {};
for (const line of lines) {
  const count = (counts[line.suite] ??= { recorded: 0, distinct: 0, kept: 0 });
  count.recorded += 1;
  const linked = line.suite === "cosmo" ? withLink(line.subgraphs) : undefined;
  keep(line, line.subgraphs, count, line.own);
  if (linked) keep({ ...line, test: `${line.test} with link` }, linked, count, line.own);
}

function keep(line, subgraphs, count, own) {
  if (new Set(subgraphs.map(({ name }) => name)).size < subgraphs.length || subgraphs.some(({ name }) => !name)) return;
  const id = hash(subgraphs);
  if (seen.has(id)) return;
  seen.set(id, true);
  count.distinct += 1;
  const answer = reference(subgraphs);
  const verdict = `${hash(subgraphs, unversioned)} ${answer.apollo.ok} ${answer.apollo.codes} ${answer.apollo.hints}`;
  if (verdicts.has(verdict)) return;
  verdicts.add(verdict);
  count.kept += 1;
  const slug = `${line.file}-${line.test}`.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 90);
  const folder = path.join(corpus, line.suite, `${slug}-${id.slice(0, 6)}`);
  fs.mkdirSync(path.join(folder, "subgraphs"), { recursive: true });
  for (const { name, sdl } of subgraphs) fs.writeFileSync(path.join(folder, "subgraphs", fileName(name)), sdl);
  fs.writeFileSync(
    path.join(folder, "reference.json"),
    `${JSON.stringify({ test: `${line.file}: ${line.test}`, own: own ?? ownAnswer(line.suite, answer), ...answer }, null, 1)}\n`,
  );
}

// Two of the suites belong to the reference composers themselves.
function ownAnswer(suite, { apollo, hive }) {
  const ok = { apollo, hive }[suite]?.ok;
  return ok === undefined ? null : { ok };
}

fs.writeFileSync(path.join(corpus, "counts.json"), `${JSON.stringify(counts, null, 1)}\n`);
console.table(counts);
