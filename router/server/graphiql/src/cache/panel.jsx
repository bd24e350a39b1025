// The plugin "Cache": of the last answer in the open tab, what came from where, fetch by fetch, and why
// something was not found or is not kept.
import './panel.css';

import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useSyncExternalStore } from 'react';

import { explain } from './explanation.js';

const useOpenTab = () => {
  const { tabs, activeTabIndex } = useGraphiQL(pick('tabs', 'activeTabIndex'));
  return tabs[activeTabIndex]?.id;
};

/** Tells `lastAnswers` which tab is open. To be put below GraphiQL, for the panel may be closed. */
export function OpenTab({ lastAnswers }) {
  const tab = useOpenTab();
  useEffect(() => {
    lastAnswers.openTab = tab;
  }, [lastAnswers, tab]);
  return null;
}

export const cachePlugin = (lastAnswers) => ({
  title: 'Cache',
  icon: Icon,
  content: () => <Panel lastAnswers={lastAnswers} />,
});

function Panel({ lastAnswers }) {
  const tab = useOpenTab();
  const last = useSyncExternalStore(lastAnswers.subscribe, () => lastAnswers.of(tab));
  const { headline, notes, fetches } = explain(last);
  return (
    <section className="weft-cache" aria-label="Cache">
      <div className="weft-cache-title">Cache</div>
      {last && (
        <p className="weft-cache-operation">
          {last.operationName || 'Operation without a name'}, {last.at.toLocaleTimeString()}
        </p>
      )}
      <div role="status">
        <p className="weft-cache-headline">{headline}</p>
        {notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      {fetches.length > 0 && <Fetches fetches={fetches} />}
      {last?.cache !== undefined && (
        <details>
          <summary>Raw</summary>
          <p>
            <code>extensions.cache</code> as the router sent it. The response editor leaves it out.
          </p>
          {/* Scrolls, so the keyboard must reach it. */}
          <pre tabIndex={0} aria-label="extensions.cache">
            {JSON.stringify(last.cache, null, 2)}
          </pre>
        </details>
      )}
    </section>
  );
}

const COLUMNS = [
  ['memory', 'Memory', 'Parts from the memory of the router'],
  ['redis', 'Redis', 'Parts from Redis'],
  ['fetched', 'Fetched', 'Parts from the subgraph'],
  ['stale', 'Stale', 'Kept parts used past the end of their time'],
  ['age', 'Age', 'How old the oldest part is'],
  ['freshFor', 'Fresh for', 'How long all of it stays fresh'],
];

function Fetches({ fetches }) {
  return (
    <div className="weft-cache-fetches" role="region" aria-label="Fetches" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {COLUMNS.map(([name, title, meaning]) => (
              <th key={name} scope="col" title={meaning}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {fetches.map((fetch, index) => (
          <Fetch key={index} fetch={fetch} />
        ))}
      </table>
    </div>
  );
}

function Fetch({ fetch }) {
  return (
    <tbody className={fetch.outcome}>
      <tr>
        <th scope="rowgroup" colSpan={COLUMNS.length}>
          <span className="weft-cache-outcome">{fetch.label}</span>
          <span className="weft-cache-duration">{fetch.duration}</span>
          <span className="weft-cache-subgraph">{fetch.subgraph}</span> <code>{fetch.what.join(', ')}</code>
        </th>
      </tr>
      <tr className="weft-cache-numbers">
        {COLUMNS.map(([name]) => (
          <td key={name} className={fetch[name] ? undefined : 'weft-cache-nothing'}>
            {fetch[name] ?? '–'}
          </td>
        ))}
      </tr>
      {fetch.reasons.length > 0 && (
        <tr>
          <td colSpan={COLUMNS.length} className="weft-cache-reasons">
            {fetch.reasons.map(({ about, sentence }) => (
              <p key={`${about} ${sentence}`}>
                <b>{about}.</b> {sentence}
              </p>
            ))}
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** Kept things in layers. */
function Icon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <ellipse cx="10" cy="4" rx="8" ry="3" />
      <path d="M2 4v6c0 1.7 3.6 3 8 3s8-1.3 8-3V4" />
      <path d="M2 10v6c0 1.7 3.6 3 8 3s8-1.3 8-3v-6" />
    </svg>
  );
}
