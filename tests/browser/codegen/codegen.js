// GraphQL Code Generator's configuration, as a front end would write it.
// SCHEMA is an SDL file (`weft schema api`) or its introspection (`--format introspection`, .json).

/** @type {import('@graphql-codegen/cli').CodegenConfig} */
export default {
  schema: process.env.SCHEMA,
  documents: 'operations/*.graphql',
  generates: {
    'generated/schema.ts': { plugins: ['typescript'], config: { enumsAsTypes: true } },
    'generated/operations.ts': { plugins: ['typescript-operations', 'typed-document-node'] },
  },
  config: {
    // A scalar without a type here is an error, not an `any`.
    strictScalars: true,
    scalars: { DateTime: 'string' },
    useTypeImports: true,
  },
};
