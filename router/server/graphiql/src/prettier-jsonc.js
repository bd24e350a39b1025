// A prettier plugin that formats JSON with comments through `jsonc-parser`, which GraphiQL
// bundles anyway. Stands in for prettier's Babel and ESTree plugins (see vite.config.js):
// half a megabyte whose only use here would be tidying variables and headers.
import { applyEdits, format } from 'jsonc-parser';

const AST_FORMAT = 'jsonc-text';
const LAYOUT = { insertSpaces: true, tabSize: 2, eol: '\n', insertFinalNewline: true };

export const parsers = {
  jsonc: {
    astFormat: AST_FORMAT,
    parse: (text) => ({ text }),
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
};

export const printers = {
  [AST_FORMAT]: {
    print: ({ node: { text } }) => applyEdits(text, format(text, undefined, LAYOUT)),
  },
};
