// The page the router serves at `/`: GraphiQL over this origin's `/graphql`.
import './workers.js';
import './style.css';

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { LastAnswers } from './cache/last-answers.js';
import { cachePlugin, OpenTab } from './cache/panel.jsx';
import { defaultTabs } from './tabs.js';

// Relative, so a proxy may mount the router under a path of its own.
const endpoint = new URL('graphql', document.baseURI).href;

const fetcher = createGraphiQLFetcher({
  url: endpoint,
  // The router answers one JSON document; multipart responses are not offered.
  enableIncrementalDelivery: false,
  headers: {
    accept: 'application/graphql-response+json, application/json',
    // What came from where: `extensions.cache` of each answer, which the panel shows.
    'x-cache-explain': '1',
  },
});

const lastAnswers = new LastAnswers();
const plugins = [HISTORY_PLUGIN, cachePlugin(lastAnswers)];

// Tokens typed into the headers editor stay out of `localStorage` until the reader
// turns that on in the settings (`shouldPersistHeaders` is false by default).
createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={lastAnswers.watching(fetcher)}
    plugins={plugins}
    defaultTabs={defaultTabs}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>Weft</GraphiQL.Logo>
    <OpenTab lastAnswers={lastAnswers} />
  </GraphiQL>,
);
