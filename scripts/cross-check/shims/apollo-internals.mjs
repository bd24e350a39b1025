// Stands for any module of Apollo's internals package; a subgraph that a test builds is recorded on its own.
import * as internals from "@apollo/federation-internals";
import { record } from "../record.mjs";

export * from "@apollo/federation-internals";

const printed = (subgraph) => [subgraph.name, internals.printSchema(subgraph.schema)];

export function buildSubgraph(name, url, source, ...rest) {
  record([[name, source]]);
  return internals.buildSubgraph(name, url, source, ...rest);
}

export function upgradeSubgraphsIfNecessary(subgraphs, ...rest) {
  record(subgraphs.values().map(printed));
  return internals.upgradeSubgraphsIfNecessary(subgraphs, ...rest);
}
