// What the tests of the pages share: a page opened at its address, the sizes it is looked at, and what it must not do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axe_violations, open_page } from './browser.mjs';

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
export function test_page(browser_of, name, url, { provokes, ...options }, body) {
  test(name, { timeout: 150_000 }, async () => {
    const { page, complaints } = await open_page(browser_of(), url, options);
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
