// Bundles src/ into dist/: flat files with fixed names, the same bytes from the same sources and lock file.
// dist/ is committed and embedded in the broker, so a C++ build needs no npm.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const room = fileURLToPath(new URL('.', import.meta.url));
const gzip_bytes_max = 60_000;
const bundled = ['preact', '@preact/signals', '@preact/signals-core'];
const sources = ['main.tsx', 'main.css', 'index.html', 'topic.ts', 'topic.css', 'topic.html', 'favicon.svg'];

function licence_banner() {
  const texts = bundled.map((name) => readFileSync(`${room}node_modules/${name}/LICENSE`, 'utf8').trim());
  const holders = texts.map((text) => text.match(/^Copyright .*$/m)[0]);
  const permission = texts[0].slice(texts[0].indexOf('Permission is hereby'));
  const words = (text) => text.split(/\s+/).join(' ');
  if (!texts.every((text) => words(text).endsWith(words(permission))))
    throw new Error('the bundled licences differ: write them all out');
  return `/*! ${bundled.join(', ')}\n${[...new Set(holders)].join('\n')}\n\n${permission} */`;
}

// What several pages import stands in shared.js (shared_2.js, ... for other groups of pages). esbuild names such files by
// their content; here the name depends on nothing but who imports them, so that it is the same after every change.
function shared_names({ outputs }) {
  const importers = (chunk) =>
    Object.keys(outputs).filter((path) => outputs[path].entryPoint && outputs[path].imports.some((each) => each.path === chunk));
  return Object.keys(outputs)
    .filter((path) => basename(path).startsWith('shared-'))
    .map((path) => ({ path, by: importers(path).join() }))
    .sort((a, b) => (a.by < b.by ? -1 : 1))
    .map(({ path }, i) => [basename(path), i === 0 ? 'shared.js' : `shared_${i + 1}.js`]);
}

const { metafile, outputFiles } = await build({
  absWorkingDir: room,
  entryPoints: sources.map((name) => `src/${name}`),
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  minify: true,
  format: 'esm',
  target: 'es2021',
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.html': 'copy', '.svg': 'copy' },
  legalComments: 'none',
  metafile: true,
  write: false,
});

const renamed = shared_names(metafile);
rmSync(`${room}dist`, { recursive: true, force: true });
mkdirSync(`${room}dist`);
for (const { path, contents, text } of outputFiles) {
  let name = basename(path);
  if (!/\.(js|css)$/.test(name)) {
    writeFileSync(`${room}dist/${name}`, contents);
    continue;
  }
  let written = text;
  for (const [from, to] of renamed) {
    written = written.replaceAll(from, to);
    if (name === from) name = to;
  }
  writeFileSync(`${room}dist/${name}`, name === 'shared.js' ? `${licence_banner()}\n${written}` : written);
}

let total = 0;
for (const name of readdirSync(`${room}dist`).sort()) {
  const bytes = readFileSync(`${room}dist/${name}`);
  const gzipped = gzipSync(bytes, { level: 9 }).length;
  total += gzipped;
  console.log(`${name.padEnd(12)} ${String(bytes.length).padStart(7)} B ${String(gzipped).padStart(7)} B gzip`);
}
console.log(`${'together'.padEnd(20)} ${String(total).padStart(9)} B gzip, at most ${gzip_bytes_max}`);
if (total > gzip_bytes_max) process.exitCode = 1;
