// The page the router serves at `/`: GraphiQL over this origin's `/graphql`.
import './workers.js';
import './style.css';

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { defaultTabs } from './tabs.js';

// Relative, so a proxy may mount the router under a path of its own.
const endpoint = new URL('graphql', document.baseURI).href;

const fetcher = createGraphiQLFetcher({
  url: endpoint,
  // The router answers one JSON document; multipart responses are not offered.
  enableIncrementalDelivery: false,
  headers: {
    accept: 'application/graphql-response+json, application/json',
    // What came from where is shown with each answer, in `extensions.cache`.
    'x-cache-explain': '1',
  },
});

// Tokens typed into the headers editor stay out of `localStorage` until the reader
// turns that on in the settings (`shouldPersistHeaders` is false by default).
createRoot(document.getElementById('graphiql')).render(
  <GraphiQL fetcher={fetcher} defaultTabs={defaultTabs} inputValueDeprecation schemaDescription>
    <GraphiQL.Logo>Weft</GraphiQL.Logo>
  </GraphiQL>,
);
