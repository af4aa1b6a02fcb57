// The page /contrast in a real browser: the server measures itself, and what is drawn is what it counted. SLUICE_HTTP and
// SLUICE_MQTT_PORT say where the broker is.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe_violations, open_browser } from './browser.mjs';
import { one_message } from './mqtt_client.mjs';

const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');
const measured_within_ms = 60_000;
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const receivers = 12;

let browser;
before(async () => {
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
});

function contrast_test(name, options, body) {
  test(name, { timeout: 120_000 }, async () => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    try {
      await page.goto(`${http}/contrast`);
      await page.getByRole('button', { name: 'Measure' }).waitFor();
      await body(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  });
}

async function measure(page) {
  await page.getByLabel('Receivers').fill(String(receivers));
  await page.getByText(`Receivers: ${receivers} receivers`).waitFor();
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.getByText(`Measured with ${receivers} receivers.`).waitFor({ timeout: measured_within_ms });
  return JSON.parse(await page.locator('details pre').textContent());
}

const row = (page, list, way) => page.getByRole('list', { name: list, exact: true }).locator('li').filter({ has: page.getByText(way, { exact: true }) });

contrast_test('what is drawn is what was counted, and an MQTT client sees the messages', {}, async (page) => {
  const arrived = await one_message('contrast/temp');
  const counted = await measure(page);
  assert.equal((await arrived.message).payload, '21.5');
  assert.deepEqual(counted.notes, []);
  for (const [list, group] of [
    ['Bytes of a message to the broker', 'publish'],
    ['Bytes of a message from the broker', 'receive'],
    ['Bytes of a sign of life', 'ping'],
    ['Bytes for each idle receiver', 'idle'],
  ])
    assert.equal(await page.getByRole('list', { name: list, exact: true }).locator('li').count(), counted[group].length, list);
  const posted = counted.publish.find((each) => each.way === 'post-curl');
  const number = await row(page, 'Bytes of a message to the broker', 'POST from curl').locator('.number').innerText();
  assert.equal(number, `${posted.bytes_per_message} B`);
  const once = counted.fan_out.find((each) => each.way === 'mqtt-publish');
  assert.equal(await row(page, 'Bytes that the sender sends', 'One PUBLISH').locator('.number').innerText(), `${once.to_server} B`);
  await page.getByText('sends 2 bytes and gets 2 bytes').waitFor();
  await page.getByText(`and ${receivers} receivers had it after`).waitFor();
});

contrast_test('a bar is as long as its number says', {}, async (page) => {
  const counted = await measure(page);
  const widths = await page
    .getByRole('list', { name: 'Bytes of a message to the broker', exact: true })
    .locator('li')
    .evaluateAll((items) =>
      items.map((item) => [...item.querySelectorAll('rect')].reduce((sum, each) => sum + Number(each.getAttribute('width')), 0)),
    );
  const bytes = counted.publish.map((each) => each.bytes_per_message);
  const longest = Math.max(...bytes);
  widths.forEach((width, i) => assert.ok(Math.abs(width - (1000 * bytes[i]) / longest) < 0.5, `bar ${i}`));
  assert.equal(await page.locator('.fan').first().locator('path').first().getAttribute('d').then((d) => d.match(/M/g).length), receivers);
});

contrast_test('the command and the JSON are there to take along', {}, async (page) => {
  const counted = await measure(page);
  assert.equal(await page.locator('.command code').innerText(), counted.command);
  assert.match(counted.command, /^sluice contrast .*--receivers 12$/);
  assert.equal(await page.locator('details pre').isVisible(), false);
  await page.getByText('Everything that was counted, as JSON').click();
  assert.equal(await page.locator('details pre').isVisible(), true);
});

contrast_test('everybody can use it', {}, async (page) => {
  assert.deepEqual(await axe_violations(page), []);
  await measure(page);
  await page.getByText('Everything that was counted, as JSON').click();
  assert.deepEqual(await axe_violations(page), []);
});

contrast_test('it fits a phone, and fingers', { ...phone, colorScheme: 'dark' }, async (page) => {
  await measure(page);
  const { wide, room } = await page.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: innerWidth }));
  assert.ok(wide <= room, `${wide} px in ${room}`);
  const small = await page
    .locator('button:visible, select:visible, input:visible, summary:visible, nav a:visible')
    .evaluateAll((items) => items.filter((item) => item.getBoundingClientRect().height < 44).map((item) => item.outerHTML));
  assert.deepEqual(small, []);
  assert.deepEqual(await axe_violations(page), []);
});

test('who may not measure is told how it could be allowed', { timeout: 60_000 }, async () => {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.route('**/api/v1/contrast', (route) =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ title: 'You may not do this', status: 403, hint: 'A line of <b>the acl_file</b>' }),
      }),
    );
    await page.goto(`${http}/contrast`);
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.getByText('You may not do this').waitFor();
    await page.getByText('A line of <b>the acl_file</b>').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Measure' }).isEnabled(), true);
  } finally {
    await context.close();
  }
});
