// The page of one topic in a real browser: its value as MQTT publishes it, its line of numbers, its publish box, and what
// is left of it without JavaScript. SLUICE_HTTP and SLUICE_MQTT_PORT say where the broker is.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { axe_violations, open_browser, open_page } from './browser.mjs';
import { one_message, publish } from './mqtt_client.mjs';

const run = `e2e-${randomBytes(4).toString('hex')}`;
const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');

let browser;
before(async () => {
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
});

function topic_test(name, topic, body) {
  test(name, { timeout: 60_000 }, async () => {
    const { page, complaints } = await open_page(browser, `${http}/topics/${topic}`);
    try {
      await body(page);
      assert.deepEqual(complaints, []);
    } finally {
      await page.context().close();
    }
  });
}

const value = (page, text) => page.locator('#value').getByText(text, { exact: true }).waitFor();

topic_test('the value follows what MQTT publishes, and its numbers become a line', `${run}/temp`, async (page) => {
  await value(page, '(nothing is kept here)');
  for (const payload of ['20', '22', '21']) {
    await publish({ topic: `${run}/temp`, payload });
    await value(page, payload);
  }
  assert.equal(await page.locator('#messages li').count(), 3);
  await page.getByText('3 values, from 20 to 22').waitFor();
  assert.match(await page.locator('#chart polyline').getAttribute('points'), /^[\d.]+,[\d.]+( [\d.]+,[\d.]+){2}$/);
});

topic_test('text is shown as text, and what it says of tags is not believed', `${run}/text`, async (page) => {
  const text = '<b>{{topic}}</b> & "quoted"';
  await publish({ topic: `${run}/text`, payload: text, retain: true, qos: 1 });
  await value(page, text);
  await page.reload();
  await value(page, text);
  assert.equal(await page.locator('#value b').count(), 0);
  assert.equal(await page.locator('#chart_section').isHidden(), true);
});

topic_test('the publish box sends, and tells what it took over HTTP and over MQTT', `${run}/lamp`, async (page) => {
  const arrived = await one_message(`${run}/lamp`);
  await page.getByLabel('Payload').fill('ON');
  await page.getByRole('button', { name: 'Publish' }).click();
  assert.equal((await arrived.message).payload, 'ON');
  await page.getByText(/^Published; 2 subscribers\.$/).waitFor();
  const taken = async (id) => Number(await page.locator(`#${id}`).innerText());
  assert.ok((await taken('http_last')) > 5 * (await taken('mqtt_last')), 'HTTP takes more than MQTT');
  assert.ok((await taken('mqtt_last')) > 2 + `${run}/lamp`.length);
  assert.equal(await taken('http_all'), await taken('http_last'));
});

topic_test('the page is one that everybody can use', `${run}/access`, async (page) => {
  await publish({ topic: `${run}/access`, payload: '{"temp":1}', retain: true, qos: 1 });
  await value(page, '{"temp":1}');
  assert.deepEqual(await axe_violations(page), []);
});

test('without JavaScript the value and the links are there', { timeout: 60_000 }, async () => {
  const topic = `${run}/plain/./odd`;
  const uri = `${http}/topics?topic=${encodeURIComponent(topic)}`;
  assert.ok((await fetch(uri, { method: 'PUT', body: 'kept' })).ok);
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(uri);
    assert.equal(await page.locator('#value').innerText(), 'kept');
    assert.equal(await page.locator('#publish_section').isHidden(), true);
    await page.getByRole('link', { name: 'Payload' }).click();
    assert.equal(await page.locator('body').innerText(), 'kept');
  } finally {
    await context.close();
  }
});

test('only a browser that wants to show something gets the page', async () => {
  const uri = `${http}/topics/${run}/raw`;
  assert.ok((await fetch(uri, { method: 'PUT', body: '1' })).ok);
  const type = async (accept, query = '') => (await fetch(uri + query, { headers: { Accept: accept } })).headers.get('Content-Type');
  const navigation = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
  assert.match(await type(navigation), /^text\/html/);
  assert.doesNotMatch(await type(navigation, '?as=raw'), /html/);
  assert.match(await type(navigation, '?as=json'), /^application\/json/);
  assert.doesNotMatch(await type('*/*'), /html/);
  assert.doesNotMatch(await type('image/avif,image/webp,*/*'), /html/);
  const answer = await fetch(uri, { headers: { Accept: navigation } });
  assert.match(answer.headers.get('Content-Security-Policy'), /default-src 'self'/);
  assert.doesNotMatch(answer.headers.get('Content-Security-Policy'), /unsafe/);
  assert.equal(answer.headers.get('Vary'), 'Accept');
});
