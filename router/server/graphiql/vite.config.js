import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vite';

import { thirdPartyNotices } from './build/third-party-notices.js';

const source = (name) => fileURLToPath(new URL(`./src/${name}`, import.meta.url));
const exactly = (name) => new RegExp(`^${name}$`);

// `<name>-<8 characters of hash>.<ending>` with one dot: the router sees from the name
// that a file never changes.
const hashed = ({ name }) => `graphiql/${name.replaceAll('.', '-')}-[hash].js`;

const notices = thirdPartyNotices();

export default defineConfig({
  // Relative addresses: the page works under any path prefix.
  base: './',
  plugins: [notices.collect(), notices.write()],
  worker: {
    format: 'es',
    plugins: () => [notices.collect()],
    rolldownOptions: { output: { entryFileNames: hashed, chunkFileNames: hashed } },
  },
  resolve: {
    alias: [
      { find: exactly('monaco-editor/esm/vs/editor/edcore.main.js'), replacement: source('monaco.js') },
      { find: exactly('prettier/(parser-babel|plugins/estree)'), replacement: source('prettier-jsonc.js') },
    ],
  },
  build: {
    target: 'es2022',
    // Everything but index.html lies in one folder that the router mounts as it is.
    assetsDir: 'graphiql',
    // Files, not `data:` addresses: a stricter content security policy, better caching.
    assetsInlineLimit: 0,
    sourcemap: false,
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // "use client" in packages means nothing in a page without server rendering.
      checks: { moduleLevelDirective: false },
      output: { entryFileNames: hashed, chunkFileNames: hashed },
    },
  },
});
