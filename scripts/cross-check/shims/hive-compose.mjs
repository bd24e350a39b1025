// Stands for the Hive's own composer, for the inputs that its tests give to it and not to Apollo's.
import * as composer from "@theguild/federation-composition";
import { record } from "../record.mjs";

export * from "@theguild/federation-composition";

export function composeServices(services, ...rest) {
  record(services.map((service) => [service.name, service.typeDefs]));
  return composer.composeServices(services, ...rest);
}
