// A busy broker and an open dashboard: the page goes on painting, and its memory stays where it is.
// SLUICE_LOAD_RATE is the number of messages a second (10 000) and SLUICE_LOAD_SECONDS how long (5).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open_browser, open_page } from './browser.mjs';

const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');
const rate = Number(process.env.SLUICE_LOAD_RATE ?? 10_000);
const seconds = Number(process.env.SLUICE_LOAD_SECONDS ?? 5);
const frames_min = Number(process.env.SLUICE_LOAD_FRAMES ?? 30);
const topics = 5000;
const batches_a_second = 10;
const heap_bytes_max = 150_000_000;

let browser;
before(async () => {
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
});

let sent = 0;

function batch(size) {
  let lines = '';
  for (let i = 0; i < size; i++, sent++) lines += `load/${sent % 50}/${sent % topics} ${sent}\n`;
  return fetch(`${http}/api/v1/publish?as=lines&qos=0&receipts=none`, { method: 'POST', body: lines });
}

// Paced by the clock: a broker that is slower than the wish gets fewer, and the figure says so.
async function load() {
  const begin = performance.now();
  for (let turn = 1; performance.now() - begin < seconds * 1000; turn++) {
    const answer = await batch(rate / batches_a_second);
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
    const ahead = begin + (turn * 1000) / batches_a_second - performance.now();
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
  }
  return (sent * 1000) / (performance.now() - begin);
}

test(`${rate} messages a second over ${topics} topics leave the page usable`, { timeout: 150_000 }, async (t) => {
  const { page, complaints } = await open_page(browser, http);
  try {
    await page.getByLabel('Filter topics').fill('load/');
    const measured = page.evaluate(async (duration) => {
      let frames = 0;
      const begin = performance.now();
      while (performance.now() - begin < duration) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        frames++;
      }
      return { frames: (frames * 1000) / (performance.now() - begin), heap: performance.memory.usedJSHeapSize };
    }, seconds * 1000);
    const [published, { frames, heap }] = await Promise.all([load(), measured]);
    t.diagnostic(`${Math.round(published)} messages a second, ${frames.toFixed(1)} frames a second, heap ${(heap / 1e6).toFixed(1)} MB`);
    await page.getByRole('treeitem').first().waitFor();
    assert.ok(frames >= frames_min, `${frames.toFixed(1)} frames a second`);
    assert.ok(heap < heap_bytes_max, `${heap} bytes`);
    assert.deepEqual(complaints, []);
  } finally {
    await page.context().close();
  }
});
