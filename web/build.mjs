// Bundles src/ into dist/: flat files with fixed names, the same bytes from the same sources and lock file.
// dist/ is committed and embedded in the broker, so a C++ build needs no npm.
import { build } from 'esbuild';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const room = fileURLToPath(new URL('.', import.meta.url));
const gzip_bytes_max = 66_000; // 60 000 as soon as the pages share what they import
const pad_sources = ['pad.tsx', 'pad.css', 'pad.html', 'pad_worker.ts', 'pad.webmanifest', 'pad_icon.svg', 'pad_icon_192.png'];
const bundled = ['preact', '@preact/signals', '@preact/signals-core'];

function licence_banner() {
  const texts = bundled.map((name) => readFileSync(`${room}node_modules/${name}/LICENSE`, 'utf8').trim());
  const holders = texts.map((text) => text.match(/^Copyright .*$/m)[0]);
  const permission = texts[0].slice(texts[0].indexOf('Permission is hereby'));
  if (!texts.every((text) => text.endsWith(permission)))
    throw new Error('the bundled licences differ: write them all out');
  return `/*! ${bundled.join(', ')}\n${[...new Set(holders)].join('\n')}\n\n${permission} */`;
}

rmSync(`${room}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: room,
  entryPoints: ['main.tsx', 'main.css', 'index.html', 'topic.ts', 'topic.css', 'topic.html', 'favicon.svg', ...pad_sources].map((name) => `src/${name}`),
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2021',
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.html': 'copy', '.svg': 'copy', '.png': 'copy', '.webmanifest': 'copy' },
  banner: { js: licence_banner() },
  legalComments: 'inline',
});

let total = 0;
for (const name of readdirSync(`${room}dist`).sort()) {
  const bytes = readFileSync(`${room}dist/${name}`);
  const gzipped = gzipSync(bytes, { level: 9 }).length;
  total += gzipped;
  console.log(`${name.padEnd(12)} ${String(bytes.length).padStart(7)} B ${String(gzipped).padStart(7)} B gzip`);
}
console.log(`${'together'.padEnd(20)} ${String(total).padStart(9)} B gzip, at most ${gzip_bytes_max}`);
if (total > gzip_bytes_max) process.exitCode = 1;
