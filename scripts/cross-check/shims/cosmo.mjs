// Stands for the Cosmo composer: federations are recorded whole, normalised subgraphs on their own.
import * as cosmo from "@wundergraph/composition";
import { record } from "../record.mjs";

export * from "@wundergraph/composition";

const named = (subgraphs) => subgraphs.map((subgraph) => [subgraph.name, subgraph.definitions]);

export function federateSubgraphs(params) {
  const result = cosmo.federateSubgraphs(params);
  record(named(params.subgraphs), { ok: result.success });
  return result;
}

export function federateSubgraphsContract(params) {
  record(named(params.subgraphs));
  return cosmo.federateSubgraphsContract(params);
}

export function federateSubgraphsWithContracts(params) {
  record(named(params.subgraphs));
  return cosmo.federateSubgraphsWithContracts(params);
}

export function normalizeSubgraph(params) {
  const result = cosmo.normalizeSubgraph(params);
  record([[params.subgraphName || "subgraph", params.document]], { ok: result.success });
  return result;
}

export function normalizeSubgraphFromString(params) {
  const result = cosmo.normalizeSubgraphFromString(params);
  record([["subgraph", params.sdlString]], { ok: result.success });
  return result;
}
