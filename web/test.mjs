// Bundles tests/*.test.ts into a scratch folder and runs them there: node --test alone reads no TypeScript before Node 22.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const room = fileURLToPath(new URL('.', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'sluice-web-'));
try {
  await build({
    absWorkingDir: room,
    entryPoints: readdirSync(`${room}tests`)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => `tests/${name}`),
    outdir: scratch,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const compiled = readdirSync(scratch).map((name) => join(scratch, name));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...compiled], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
