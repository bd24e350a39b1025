// Writes down what a test of another composer hands to its composer: one JSON line per call.
import fs from "node:fs";
import path from "node:path";
import { print } from "graphql";

const folder = process.env.CROSS_CHECK_RAW;
const suite = process.env.CROSS_CHECK_SUITE;

// Some tests hand over text, some documents; a document a test builds by hand may not print.
function text(definition) {
  if (typeof definition === "string") return definition;
  try {
    return print(definition);
  } catch {
    return undefined;
  }
}

// `subgraphs` are pairs of a name and a definition; `own` is what the suite's own composer answered, where known.
export function record(subgraphs, own) {
  if (!folder || !suite) return;
  const state = globalThis.expect?.getState?.() ?? {};
  const sources = subgraphs.map(([name, definition]) => ({ name, sdl: text(definition) }));
  if (sources.length === 0 || sources.some((source) => typeof source.sdl !== "string")) return;
  const line = {
    suite,
    file: state.testPath ? path.basename(state.testPath).replace(/\.(test|spec)\.ts$/, "") : "module",
    test: state.currentTestName ?? "",
    subgraphs: sources,
    own,
  };
  fs.mkdirSync(folder, { recursive: true });
  fs.appendFileSync(path.join(folder, `${suite}-${process.pid}.jsonl`), `${JSON.stringify(line)}\n`);
}
