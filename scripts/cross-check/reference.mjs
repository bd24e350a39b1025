// What the two reference composers say of one input: whether it composes, the set of error codes, the set of hints.
import { createRequire } from "node:module";
import { parse } from "graphql";

const require = createRequire(import.meta.url);
const apollo = require("@apollo/composition");
const hive = require("@theguild/federation-composition");

const set = (values) => [...new Set(values)].sort();
const codes = (errors) => set((errors ?? []).map((error) => error.extensions?.code ?? "NONE"));

function services(subgraphs) {
  return subgraphs.map(({ name, sdl }) => ({
    name,
    url: `http://${encodeURIComponent(name)}.example/graphql`,
    typeDefs: parse(sdl),
  }));
}

function answer(compose) {
  try {
    const result = compose();
    return {
      ok: !result.errors,
      codes: codes(result.errors),
      hints: set((result.hints ?? []).map((hint) => hint.definition.code)),
    };
  } catch (error) {
    const code = error.name === "GraphQLError" && !error.extensions?.code ? "SYNTAX" : (error.extensions?.code ?? "THROWN");
    return { ok: false, codes: [code], hints: [], thrown: String(error.message).slice(0, 300) };
  }
}

export function reference(subgraphs) {
  return {
    apollo: answer(() => apollo.composeServices(services(subgraphs))),
    hive: answer(() => hive.composeServices(services(subgraphs))),
  };
}
