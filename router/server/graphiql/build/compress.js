// Replaces every large file of the build by its gzip form: a quarter of the bytes in the
// repository, in the `weft` program and on the wire. fflate, pinned by the lock file,
// gives the same bytes on every machine; Node's zlib would not.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { gzipSync } from 'fflate';

const ASSETS = fileURLToPath(new URL('../dist/graphiql', import.meta.url));
const COMPRESSED = /\.(js|css|ttf)$/;

for (const name of readdirSync(ASSETS).filter((name) => COMPRESSED.test(name))) {
  const file = path.join(ASSETS, name);
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9, mtime: 0 }));
  rmSync(file);
}
