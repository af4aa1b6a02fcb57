// The manual in a real browser: its chapters can be read at every size, and its packets move for those who want it.
// SLUICE_HTTP (http://127.0.0.1:PORT) says where the broker is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe_violations, open_browser } from './browser.mjs';

const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const with_packets = '/docs/publish-and-subscribe';

let browser;
before(async () => {
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
});

function manual_test(name, path, context_options, body) {
  test(name, { timeout: 80_000 }, async () => {
    const context = await browser.newContext(context_options);
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    try {
      await page.goto(http + path);
      await body(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  });
}

const moving = (page) => page.locator('figure.packets .moving').first();

// Where the first packet is drawn, once it is on its way.
const place = (page) =>
  page.waitForFunction(() => {
    const box = document.querySelector('figure.packets .moving');
    return box && getComputedStyle(box).opacity === '1' ? { x: box.getBoundingClientRect().x } : null;
  });

manual_test('packets move from the one who sends to the one who gets them', with_packets, {}, async (page) => {
  const begin = await (await place(page)).jsonValue();
  await page.waitForFunction(
    (x) => document.querySelector('figure.packets .moving').getBoundingClientRect().x !== x,
    begin.x,
  );
});

manual_test('who does not want packets to move takes the tick away', with_packets, {}, async (page) => {
  await moving(page).waitFor({ state: 'attached' });
  const tick = page.getByLabel('Let the packets move').first();
  await tick.uncheck();
  assert.equal(await moving(page).evaluate((each) => getComputedStyle(each).display), 'none');
  await tick.check();
  assert.notEqual(await moving(page).evaluate((each) => getComputedStyle(each).display), 'none');
});

manual_test('nothing moves where the system says so', with_packets, { reducedMotion: 'reduce' }, async (page) => {
  assert.equal(await moving(page).evaluate((each) => getComputedStyle(each).display), 'none');
  assert.ok(!(await page.getByLabel('Let the packets move').first().isVisible()));
  assert.ok(await page.locator('figure.packets svg text').first().isVisible(), 'the picture is still there');
});

// axe looks at each chapter once, at one of the sizes by turns: it takes a second for each.
const sizes = { desktop: { colorScheme: 'dark' }, phone: { ...phone, colorScheme: 'light' } };
for (const [turn, [size, options]] of Object.entries(sizes).entries())
  manual_test(`chapters fit and are accessible at the size of a ${size}`, '/docs', options, async (page) => {
    const chapters = await page.locator('main li a').evaluateAll((links) => links.map((link) => link.href));
    assert.ok(chapters.length > 10);
    for (const [number, address] of [`${http}/docs`, ...chapters].entries()) {
      await page.goto(address);
      if (number % 2 === turn) assert.deepEqual(await axe_violations(page), [], address);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${address} is ${wide} px too wide`);
    }
  });
