// `extensions.cache` in words: what the panel shows of an answer. Pure; whatever the router sends, what
// is not understood is left out, for "Raw" has it all.
import { duration, span } from './quantities.js';
import { forWhom, missedSentence, notStoredSentence, ttlSentence } from './reasons.js';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const number = (value) => (Number.isFinite(value) && value > 0 ? value : 0);
const texts = (value) => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
const text = (value) => (typeof value === 'string' ? value : undefined);

/**
 * What to show of the last answer in a tab: `headline`, `notes` below it and one of `fetches` per fetch.
 *
 * `last` is `undefined` before anything was sent, and otherwise has `answer`, the router's JSON
 * (`undefined` if none came), and `cache`, what `extensions.cache` was.
 */
export function explain(last) {
  if (!last) {
    return said('Nothing was sent from this tab yet.', 'Run an operation to see what came from where.');
  }
  if (!isObject(last.answer)) return said('The last request was not answered.');
  if (isObject(last.cache)) return explained(last.answer, last.cache);
  if (!('data' in last.answer)) {
    return said('The router answered with an error.', 'It says nothing about its cache then.');
  }
  return said(
    'The router says nothing about its cache.',
    'Either its cache is off (cache.enabled), or it does not explain it (cache.explain).',
  );
}

const said = (headline, ...notes) => ({ headline, notes, fetches: [] });

function explained(answer, cache) {
  const response = isObject(cache.response) ? cache.response : {};
  const lines = Array.isArray(cache.fetches) ? cache.fetches.filter(isObject) : [];
  const keptFor = response.hit === true ? number(response.ageSeconds) : undefined;
  const fetches = lines.map((line) => fetchOf(line, keptFor ?? 0));
  if (keptFor !== undefined) {
    const before = 'Below: how it was put together when it was kept. Ages and times left are those of now.';
    return {
      headline: `Answered from a kept whole answer, ${span(keptFor)} old.`,
      notes: ['No subgraph was asked.', ...(fetches.length ? [before] : [])],
      fetches,
    };
  }
  return { headline: headlineOf(fetches), notes: notesOf(fetches, answer, response), fetches };
}

function headlineOf(fetches) {
  if (fetches.length === 0) return 'Answered by the router itself: no fetch was needed.';
  const count = (outcome) => fetches.filter((fetch) => fetch.outcome === outcome).length;
  const parts = [
    [count('mutation'), 'carried out as a mutation'],
    [count('kept'), 'kept'],
    [count('partial'), 'kept in part'],
    [count('asked'), count('asked') > 1 ? 'from their subgraphs' : 'from its subgraph'],
  ].filter(([number]) => number > 0);
  if (fetches.length === 1 && count('mutation')) return 'A mutation, carried out by its subgraph.';
  if (fetches.length === 1) return `Put together from 1 fetch, ${parts[0][1]}.`;
  const listed = parts.length === 1 ? `all ${parts[0][1]}` : parts.map((part) => part.join(' ')).join(', ');
  return `Put together from ${fetches.length} fetches: ${listed}.`;
}

/** Whether the answer is kept from now on. */
function notesOf(fetches, answer, { kept }) {
  if (fetches.length === 0 || fetches.some(({ outcome }) => outcome === 'mutation')) return [];
  if (kept === true) return ['All parts of this answer are kept.'];
  if (kept !== false) return [];
  if (fetches.some(({ isRefused }) => isRefused)) {
    return ['Not all parts of this answer are kept. The table says why.'];
  }
  if (answer.errors) return ['This answer is not kept as a whole, because it has errors.'];
  return ['This answer is not kept as a whole.'];
}

const OUTCOMES = {
  kept: 'Kept',
  partial: 'Kept in part',
  asked: 'Fetched',
  mutation: 'Mutation',
};

/** One line of the router's; `since` is how many seconds ago it was written. */
function fetchOf(line, since) {
  const [memory, redis, fetched, stale] = [line.memory, line.redis, line.fetched, line.stale].map(number);
  const outcome = outcomeOf(line, memory + redis, fetched);
  const freshFor = Number.isFinite(line.freshForSeconds) ? number(line.freshForSeconds - since) : undefined;
  return {
    subgraph: text(line.subgraph) ?? 'unnamed subgraph',
    what: texts(line.what),
    outcome,
    label: OUTCOMES[outcome],
    isRefused: text(line.notStored) !== undefined,
    memory,
    redis,
    fetched,
    stale,
    age: outcome === 'mutation' ? undefined : span(number(line.ageSeconds) + since),
    freshFor: freshFor === undefined ? undefined : span(freshFor),
    duration: Number.isFinite(line.durationMilliseconds) ? duration(number(line.durationMilliseconds)) : undefined,
    reasons: [...missedOf(line, outcome, fetched), ...staleOf(stale), ...keptOf(line, memory + redis + fetched)],
  };
}

function outcomeOf(line, kept, fetched) {
  if (line.notStored === 'mutation') return 'mutation';
  if (fetched === 0) return 'kept';
  return kept > 0 ? 'partial' : 'asked';
}

/** Why something was fetched. */
function missedOf(line, outcome, fetched) {
  const codes = texts(line.missed);
  if (codes.length > 0) {
    const about = codes.length === 1 ? 'Fetched' : 'Fetched, for different reasons';
    return [{ about, sentence: codes.map(missedSentence).join(' ') }];
  }
  if (fetched === 0 || outcome === 'mutation' || line.notStored === 'disabled') return [];
  // A line without names is one of a fetch that was only asked for.
  const sentence = texts(line.what).length
    ? 'Nothing was looked up, as for a request that says Cache-Control: no-cache. Browsers say that while their developer tools switch the cache off.'
    : 'Nothing was looked up, because the last answers to this fetch could not be kept.';
  return [{ about: 'Fetched', sentence }];
}

function staleOf(stale) {
  if (stale === 0) return [];
  const subject = stale === 1 ? '1 part was past the end of its time' : `${stale} parts were past the end of their time`;
  const sentence = `${subject} and used all the same: the subgraph allows that while it is asked again, or if it fails.`;
  return [{ about: 'Stale', sentence }];
}

/** Why something is not kept, and for whom the rest is. */
function keptOf(line, units) {
  const [code, scope, source] = [line.notStored, line.scope, line.ttlSource].map(text);
  const isSome = scope !== undefined || line.fetched < units;
  const refused = code !== undefined && {
    about: isSome ? 'Not all kept' : 'Not kept',
    sentence: notStoredSentence(code),
  };
  const kept = scope !== undefined && {
    about: `${code === undefined ? 'Kept' : 'The rest is kept'} ${forWhom(scope)}`,
    sentence: source === undefined ? '' : ttlSentence(source),
  };
  return [refused, kept].filter(Boolean);
}
