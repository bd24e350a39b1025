// The little a typed client needs: documents carry the types of their variables and results.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

export declare function ask<Result, Variables>(
  document: TypedDocumentNode<Result, Variables>,
  variables: Variables,
): Promise<Result>;
