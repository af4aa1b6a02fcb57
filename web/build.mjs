// Bundles src/ into dist/: flat files with fixed names, the same bytes from the same sources and lock file.
// dist/ is committed and embedded in the broker, so a C++ build needs no npm.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const room = fileURLToPath(new URL('.', import.meta.url));
const gzip_bytes_max = 60_000; // of one page
const bundled = ['preact', '@preact/signals', '@preact/signals-core'];
const sources = [
  ...['main.tsx', 'main.css', 'index.html', 'topic.ts', 'topic.css', 'topic.html', 'favicon.svg'],
  ...['contrast.tsx', 'contrast.css', 'contrast.html'],
  ...['pad.tsx', 'pad.css', 'pad.html', 'pad_worker.ts', 'pad.webmanifest', 'pad_icon.svg', 'pad_icon_192.png'],
];

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
  loader: { '.html': 'copy', '.svg': 'copy', '.png': 'copy', '.webmanifest': 'copy' },
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

// What a browser fetches for each page: its own files and what pages share.
const sizes = new Map();
for (const name of readdirSync(`${room}dist`).sort()) {
  const bytes = readFileSync(`${room}dist/${name}`);
  sizes.set(name, gzipSync(bytes, { level: 9 }).length);
  console.log(`${name.padEnd(16)} ${String(bytes.length).padStart(7)} B ${String(sizes.get(name)).padStart(7)} B gzip`);
}
for (const page of [...sizes.keys()].filter((name) => name.endsWith('.html'))) {
  const stem = page === 'index.html' ? 'main' : page.replace('.html', '');
  const fetched = [...sizes].filter(([name]) => name === page || name === 'favicon.svg' || name.startsWith('shared') || name.startsWith(stem));
  const total = fetched.reduce((sum, [, size]) => sum + size, 0);
  console.log(`${page.padEnd(26)} ${String(total).padStart(7)} B gzip in all, at most ${gzip_bytes_max}`);
  if (total > gzip_bytes_max) process.exitCode = 1;
}
