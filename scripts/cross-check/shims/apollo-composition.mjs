// Stands for Apollo's composition package: same answers, every input recorded.
import * as composition from "@apollo/composition";
import { record } from "../record.mjs";

export * from "@apollo/composition";

export function composeServices(services, ...rest) {
  record(services.map((service) => [service.name, service.typeDefs]));
  return composition.composeServices(services, ...rest);
}

// Some tests merge subgraphs that they have built already.
export function mergeSubgraphs(subgraphs, ...rest) {
  record(subgraphs.values().map((subgraph) => [subgraph.name, subgraph.toString()]));
  return composition.mergeSubgraphs(subgraphs, ...rest);
}
