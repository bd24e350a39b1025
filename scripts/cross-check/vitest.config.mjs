// Runs another composer's tests from its checkout, with that composer replaced by a shim that records its inputs.
import path from "node:path";
import { defineConfig } from "vitest/config";

const here = import.meta.dirname;
const source = process.env.CROSS_CHECK_SOURCE;
const shim = (name) => path.join(here, "shims", `${name}.mjs`);

const suites = {
  apollo: {
    tests: ["{composition,internals,query-planner}-js/src/**/__tests__/**/*.test.ts"],
    replaces(request, importer) {
      if (request === "@apollo/composition") return shim("apollo-composition");
      if (request === "apollo-federation-integration-testsuite")
        return path.join(source, "federation-integration-testsuite-js/src/index.ts");
      if (request.startsWith("apollo-federation-integration-testsuite/src/"))
        return path.join(source, request.replace(/^[^/]*/, "federation-integration-testsuite-js") + ".ts");
      if (importer.includes("/composition-js/src/__tests__/") && request.startsWith("../"))
        return shim(request === "../hints" ? "apollo-hints" : "apollo-composition");
      if (/\/internals-js\/src\/(specs\/)?__tests__\//.test(importer) && request.startsWith(".."))
        return shim("apollo-internals");
      if (importer.includes("/query-planner-js/src/__tests__/") && request.startsWith(".."))
        return path.join(here, "node_modules/@apollo/query-planner/dist/index.js");
    },
  },
  hive: {
    setup: ["__tests__/shared/setup.ts"],
    tests: ["__tests__/**/*.spec.ts"],
    replaces(request) {
      if (request === "@apollo/composition") return shim("apollo-composition");
      if (/^(\.\.\/)+src\b/.test(request)) return shim("hive-compose");
    },
  },
  cosmo: {
    tests: ["composition/tests/**/*.test.ts"],
    replaces(request) {
      if (/^(\.\.\/)+src\b/.test(request)) return shim("cosmo");
    },
  },
};
const suite = suites[process.env.CROSS_CHECK_SUITE];

export default defineConfig({
  root: source,
  plugins: [
    {
      name: "record-inputs",
      enforce: "pre",
      resolveId(request, importer) {
        // The shims themselves see the real packages.
        if (!importer || importer.startsWith(here)) return null;
        // One instance of graphql, the one that the packages themselves load.
        if (/^graphql(\/index)?$/.test(request)) return path.join(here, "node_modules/graphql/index.js");
        const replaced = suite.replaces(request, importer);
        // A checkout has no packages of its own: they come from this folder.
        if (!replaced && /^[@a-z]/.test(request) && !importer.includes("/node_modules/"))
          return this.resolve(request, path.join(here, "setup.mjs"), { skipSelf: true });
        return replaced ?? null;
      },
    },
  ],
  test: {
    globals: true,
    include: suite.tests,
    setupFiles: [
      path.join(here, "setup.mjs"),
      ...(suite.setup ?? []).map((file) => path.join(source, file)),
    ],
    watch: false,
    testTimeout: 120000,
    maxConcurrency: 1,
    pool: "forks",
    poolOptions: { forks: { maxForks: 2, execArgv: ["--stack-size=4000"] } },
  },
});
