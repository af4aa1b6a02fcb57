// What the tests of the pages share: a page opened at its address, the sizes it is looked at, and what it must not do.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { axe_violations, open_browser, open_page } from './browser.mjs';

export const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');
// Topics and clients of one run of one file begin with it.
export const run = `e2e-${randomBytes(4).toString('hex')}`;

let browser;
before(async () => {
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
});

// Half-way through a flash a colour is no colour of the design: motion is off.
export const desktop = { reducedMotion: 'reduce', colorScheme: 'dark' };
export const phone = {
  reducedMotion: 'reduce',
  colorScheme: 'light',
  viewport: { width: 360, height: 740 },
  isMobile: true,
  hasTouch: true,
};

// A test fails on any complaint of the browser, save those it says it provokes.
export function test_page(name, url, { provokes, ...options }, body) {
  test(name, { timeout: 150_000 }, async () => {
    const { page, complaints } = await open_page(browser, url, options);
    try {
      await body(page);
      assert.deepEqual(
        complaints.filter((complaint) => !provokes?.test(complaint)),
        [],
      );
    } finally {
      await page.context().close();
    }
  });
}

export async function accessible(page) {
  assert.deepEqual(await axe_violations(page), []);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wide, false, 'the page is wider than the window');
}

// A part of the dashboard, by its address.
export const part_test = (name, part, options, body) => test_page(name, `${http}/#/${part}`, options, body);

export const button = (page, name) => page.getByRole('button', { name, exact: true });
// For a test that opens its page otherwise.
export const shared_browser = () => browser;
