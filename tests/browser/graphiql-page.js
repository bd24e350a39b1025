// The GraphiQL page in the words of a person who uses it.

import assert from 'node:assert/strict';

/** Monaco draws blanks as no-break spaces. */
const plain = (text) => text.replaceAll('\u00a0', ' ');

export class GraphiqlPage {
  #page;

  constructor(page) {
    this.#page = page;
  }

  /** Resolves once the editors are there and the schema has been read. */
  async ready() {
    await this.#page.locator('.graphiql-query-editor .monaco-editor .view-line').first().waitFor();
    await this.#page.getByLabel('Re-fetch GraphQL schema').and(this.#page.locator(':enabled')).waitFor();
    await this.#page.locator('.graphiql-spinner').first().waitFor({ state: 'detached' });
  }

  /** The operation in the editor of the open tab. */
  query() {
    return this.#text('operation.graphql');
  }

  /** Resolve once the editor holds exactly `expected`. */
  queryBecomes(expected) {
    return this.#becomes('operation.graphql', expected);
  }

  headersBecome(expected) {
    return this.#becomes('request-headers.json', expected);
  }

  /** Replaces the query by `query <name> <selection>`. */
  typeQuery(name, selection) {
    return this.#typeOperation('query', name, selection);
  }

  /** Replaces the query by `mutation <name> <selection>`. */
  typeMutation(name, selection) {
    return this.#typeOperation('mutation', name, selection);
  }

  async addTab() {
    await this.#page.getByRole('button', { name: 'New tab' }).click();
  }

  openTab(name) {
    return this.#page.getByTitle(name, { exact: true }).click();
  }

  async #typeOperation(kind, name, selection) {
    await this.#clear('.graphiql-query-editor');
    await this.#insert(`${kind} ${name} ${selection}`);
    // GraphiQL reads what was typed a moment later and then names the tab after it.
    await this.#page.getByTitle(name, { exact: true }).waitFor();
  }

  async typeHeaders(text) {
    await this.#page.getByRole('button', { name: 'Headers', exact: true }).click();
    await this.#clear('.graphiql-editor-tool .graphiql-editor:not(.hidden)');
    await this.#insert(text);
  }

  /** Replaces the query by `keys`, typed one by one; resolves with what the editor offers next. */
  async completions(keys) {
    await this.#clear('.graphiql-query-editor');
    await this.#page.keyboard.type(keys);
    await this.#page.keyboard.press('Control+Space');
    const rows = this.#page.locator('.suggest-widget.visible .monaco-list-row');
    await rows.first().waitFor();
    return (await rows.locator('.label-name').allInnerTexts()).map(plain);
  }

  /** Presses the button that tidies the query, the variables and the headers. */
  async prettify() {
    await this.#page.getByRole('button', { name: /^Prettify query/ }).click();
  }

  /** Presses the run button; resolves with the request that was sent and the answer to it. */
  async run() {
    const answered = this.#page.waitForResponse(
      (response) => new URL(response.url()).pathname === '/graphql',
    );
    await this.#page.getByRole('button', { name: /^Execute query/ }).click();
    const response = await answered;
    return { request: response.request(), body: await response.json() };
  }

  /** The first lines of the result as they are drawn, once they contain `part`. */
  async shownResult(part) {
    const lines = this.#page.locator('.result-window .view-lines', { hasText: part });
    await lines.waitFor();
    return plain(await lines.innerText());
  }

  /** The whole result, including the lines scrolled out of sight. */
  async wholeResult() {
    return JSON.parse(await this.#text('response.json'));
  }

  /** Opens the panel "Cache" as who has no mouse does. */
  async openCache() {
    await this.#page.getByRole('button', { name: 'Show Cache' }).press('Enter');
    await this.#cache.waitFor();
  }

  /** Resolves once the panel "Cache" says `text`, a string or an expression, of the whole answer. */
  cacheSays(text) {
    return this.#cache.getByRole('status').filter({ hasText: text }).waitFor();
  }

  /** What the panel "Cache" says of each fetch: its title, its numbers by column and its reasons. */
  async cachedFetches() {
    const table = this.#cache.getByRole('table');
    const columns = await table.getByRole('columnheader').allInnerTexts();
    const fetches = [];
    for (const body of await table.locator('tbody').all()) {
      const [title] = await body.locator('th').allInnerTexts();
      const [numbers, reasons] = await body.locator('tr:has(td)').all();
      const cells = await numbers.locator('td').allInnerTexts();
      const byColumn = Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
      fetches.push({ title, ...byColumn, reasons: reasons ? await reasons.innerText() : '' });
    }
    return fetches;
  }

  /** Unfolds and reads the JSON that the panel "Cache" is made from. */
  async rawCache() {
    await this.#cache.getByText('Raw', { exact: true }).press('Enter');
    return JSON.parse(await this.#cache.getByLabel('extensions.cache').innerText());
  }

  get #cache() {
    return this.#page.getByRole('region', { name: 'Cache', exact: true });
  }

  /** The whole text of an editor, also what is scrolled out of sight. */
  #text(editor) {
    return this.#page.evaluate((name) => {
      const models = globalThis.__MONACO.editor.getModels();
      return models.find((model) => model.uri.path.endsWith(name)).getValue();
    }, editor);
  }

  async #becomes(editor, expected) {
    try {
      await this.#page.waitForFunction(
        ([name, text]) => {
          const models = globalThis.__MONACO.editor.getModels();
          return models.find((model) => model.uri.path.endsWith(name)).getValue() === text;
        },
        [editor, expected],
      );
    } catch (error) {
      assert.equal(await this.#text(editor), expected);
      throw error;
    }
  }

  async #clear(editor) {
    await this.#page.locator(`${editor} .monaco-editor`).first().click();
    await this.#page.keyboard.press('ControlOrMeta+a');
    await this.#page.keyboard.press('Delete');
  }

  /** As one insertion: typed key by key, the editor would close every bracket itself. */
  async #insert(text) {
    await this.#page.keyboard.insertText(text);
  }
}
