// Writes `graphiql/THIRD-PARTY.txt`: the licence of every npm package with code or assets in the build.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|thirdpartynotices)(\.(md|txt|mit))?$/i;
const FILE_NAME = 'graphiql/THIRD-PARTY.txt';

/** The folder of the package that holds `moduleId`, or undefined for our own modules. */
function packageFolder(moduleId) {
  const file = moduleId.replace(/^\0+/, '').replace(/\?.*$/, '');
  const match = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
  return match && existsSync(path.join(match[1], 'package.json')) ? match[1] : undefined;
}

function notice(folder) {
  const about = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((name) => LICENCE_FILE.test(name))
    .sort()
    .map((name) => readFileSync(path.join(folder, name), 'utf8').replace(/\r\n/g, '\n').trim());
  return {
    title: `${about.name} ${about.version} (${about.license})`,
    text: texts.join('\n\n') || withoutFile(about),
  };
}

/** A package that ships no licence file still names its licence, author and origin. */
function withoutFile({ license, author, repository }) {
  const holder = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  const origin = typeof repository === 'string' ? repository : repository?.url;
  return `Licensed under ${license} by ${holder}; the package carries no licence file. Source: ${origin ?? 'npm'}`;
}

/** Packages with the same licence text, word for word, share one section. */
function byText(notices) {
  const sections = new Map();
  for (const { title, text } of notices) sections.set(text, [...(sections.get(text) ?? []), title].sort());
  return [...sections].sort(([, a], [, b]) => (a[0] < b[0] ? -1 : 1));
}

function section([text, titles]) {
  const rule = '-'.repeat(80);
  return [rule, ...titles, rule, '', text].join('\n');
}

/** Two plugins over one list: `collect` for the page and each worker, `write` for the page alone. */
export function thirdPartyNotices() {
  const folders = new Set();
  const collect = () => ({
    name: 'third-party-collect',
    moduleParsed({ id }) {
      const folder = packageFolder(id);
      if (folder) folders.add(folder);
    },
  });
  const write = () => ({
    name: 'third-party-write',
    generateBundle() {
      const source = ['The GraphiQL page of Weft contains code of these npm packages.']
        .concat(byText([...folders].map(notice)).map(section))
        .join('\n\n');
      this.emitFile({ type: 'asset', fileName: FILE_NAME, source: `${source}\n` });
    },
  });
  return { collect, write };
}
