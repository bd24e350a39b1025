// What the router's codes in `extensions.cache` mean, one sentence each. The codes are those of
// router/server/src/caching/ledger.rs and of `Miss::name` in router/cache/src/look_up.rs.

const missed = {
  absent: 'It was not in the cache: never kept, or dropped since.',
  expired: 'What was kept of it had reached the end of its time.',
  invalidated: 'What was kept of it had been invalidated, by a mutation or by an operator.',
  'before-floor': 'What was kept of it is older than the invalidations this router knows of.',
  'other-generation': 'What was kept of it belongs to a log of invalidations that is gone.',
  'log-unknown':
    'This router had not heard of invalidations for too long to know whether what was kept still holds.',
  'redis-disconnected': 'There was no connection to Redis.',
  'redis-breaker-open': 'Redis was not asked, because it was slow or failed a moment ago.',
  'redis-timeout': 'Redis did not answer in time.',
  'redis-failed': 'The connection to Redis broke, or Redis answered with an error.',
  'redis-log-lost': 'The log of invalidations in Redis was replaced, or lost entries.',
  behind: 'The request must see a mutation (x-cache-pos) that this router had not heard of yet.',
};

const notStored = {
  mutation:
    'A mutation is carried out each time. What it may have changed was invalidated before this answer.',
  disabled: 'Caching is switched off for it in the configuration of the router.',
  'client-no-store': 'The request says Cache-Control: no-store.',
  failed: 'The subgraph failed, or answered without data.',
  errors: 'There are errors in the answer of the subgraph.',
  'set-cookie': 'The answer of the subgraph sets a cookie.',
  'no-store': 'The subgraph forbids it: its Cache-Control says no-store or no-cache.',
  'no-ttl':
    'Nobody says for how long: the subgraph gives no max-age, and the router has no default_max_age.',
  'private-without-identity':
    'It is private, and the request has no token that says whose it would be. Add an authorization header.',
  'too-large': 'It is over 1 MiB, or about more than 128 things.',
  malformed: 'What the subgraph answered is not what it was asked for.',
  unexpected:
    'The last answers to this fetch could not be kept, so nothing was prepared for keeping this one. The next one is kept.',
};

const scopes = {
  public: 'for everybody',
  anonymous: 'for everybody without a token',
  private: 'for this user alone',
};

const ttlSources = {
  response: 'The Cache-Control of the subgraph says for how long.',
  override: 'A rule in the configuration of the router says for how long.',
  default: 'The default_max_age of the router says for how long.',
};

const known = (sentences, code) => (Object.hasOwn(sentences, code) ? sentences[code] : undefined);
const unknown = (code) => `The reason is “${code}”, which this page does not know.`;

/** Why something kept was not found or not used. */
export const missedSentence = (code) => known(missed, code) ?? unknown(code);

/** Why an answer is not kept. */
export const notStoredSentence = (code) => known(notStored, code) ?? unknown(code);

/** For whom something is kept, after “Kept”, with the router's word for it. */
export const forWhom = (scope) => [known(scopes, scope), `(${scope})`].filter(Boolean).join(' ');

/** Who says for how long something is kept. */
export const ttlSentence = (source) => known(ttlSources, source) ?? `“${source}” says for how long.`;
