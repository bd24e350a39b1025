// The last answer in each tab of the editor, for the panel.

/** `answer` without `extensions.cache`, and that. */
export function withoutCache(answer) {
  const extensions = answer?.extensions;
  if (typeof extensions !== 'object' || extensions === null || !Object.hasOwn(extensions, 'cache')) {
    return { answer, cache: undefined };
  }
  const { cache, ...others } = extensions;
  const { extensions: _, ...rest } = answer;
  return { answer: Object.keys(others).length ? { ...rest, extensions: others } : rest, cache };
}

/** Remembers for each tab what was answered last; `subscribe` and `of` are for `useSyncExternalStore`. */
export class LastAnswers {
  /** The tab that GraphiQL writes an answer into when it comes. */
  openTab;
  #byTab = new Map();
  #listeners = new Set();
  #sent = 0;

  of(tab) {
    return this.#byTab.get(tab);
  }

  subscribe = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** `fetcher`, of whose answers the panel gets `extensions.cache` and the editor the rest. */
  watching(fetcher) {
    return async (parameters, options) => {
      // Only what the reader runs has a document; GraphiQL's own introspection has none.
      const isRun = Boolean(options && 'documentAST' in options);
      const turn = isRun ? ++this.#sent : undefined;
      const note = (last) => {
        // GraphiQL shows nothing of an answer that a later request has overtaken.
        if (turn === this.#sent) this.#note({ operationName: parameters.operationName, at: new Date(), ...last });
      };
      try {
        const { answer, cache } = withoutCache(await fetcher(parameters, options));
        note({ answer, cache });
        return answer;
      } catch (error) {
        note({});
        throw error;
      }
    };
  }

  #note(last) {
    this.#byTab.set(this.openTab, last);
    for (const listener of this.#listeners) listener();
  }
}
