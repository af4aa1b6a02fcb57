// The controller in a real browser, at the size of a phone, with mosquitto's tools as the devices.
// SLUICE_HTTP and SLUICE_MQTT_PORT say where the broker is. Waits for conditions, never for time.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { breakable_line } from './breakable_line.mjs';
import { axe_violations, open_browser, open_page } from './browser.mjs';
import { one_message, publish } from './mqtt_client.mjs';
import { lamp, listener } from './played_devices.mjs';

const run = `e2e-${randomBytes(4).toString('hex')}`;
const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');
const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, reducedMotion: 'reduce' };

let browser;
const devices = [];
before(async () => {
  browser = await open_browser();
});
after(async () => {
  for (const device of devices) device.stop();
  await browser?.close();
});

const playing = (device) => {
  devices.push(device);
  return device;
};
let pads = 0;
const fresh_pad = () => `${run}-${++pads}`;
const layout = (name, widgets) => publish({ topic: `ui/pad/${name}`, payload: JSON.stringify({ widgets }), retain: true, qos: 1 });

// `widgets`: a layout that is there before the page is. A test fails on any complaint of the browser that it doesn't provoke.
function pad_test(name, { widgets, base = http, provokes, init, context = phone }, body) {
  test(name, { timeout: 60_000 }, async () => {
    const pad = fresh_pad();
    if (widgets) await layout(pad, widgets);
    const { page, complaints } = await open_page(init ? with_script(browser, init) : browser, `${base}/pad#${pad}`, context);
    try {
      await body(page, pad);
      assert.deepEqual(
        complaints.filter((complaint) => !provokes?.test(complaint)),
        [],
      );
    } finally {
      await page.context().close();
    }
  });
}

// A browser whose pages run a script of ours first.
const with_script = (real, script) => ({
  newContext: async (options) => {
    const context = await real.newContext(options);
    await context.addInitScript(script);
    return context;
  },
});

const card = (page, name) => page.getByRole('region', { name, exact: true });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const note = (page, name, text) => card(page, name).locator('.note').getByText(text).waitFor();
const is = (page, checked) => page.locator(`[role=switch][aria-checked=${checked}]`).waitFor();

pad_test('from an empty pad to a lamp switched, and the next phone sees the same', {}, async (page, pad) => {
  const topic = `${run}/lamp`;
  let obey;
  const device = playing(await lamp(topic, new Promise((resolve) => (obey = resolve))));
  await page.getByText('Nothing on this pad yet').waitFor();
  await page.getByLabel('Add a widget').selectOption('Switch');
  await page.getByLabel('Name').fill('Lamp');
  await page.getByLabel('Command topic').fill(`${topic}/set`);
  await page.getByLabel('State topic').fill(topic);
  await button(page, 'Add').click();
  await card(page, 'Lamp').getByText('Unknown').waitFor();
  await page.getByRole('switch').tap();
  await device.until((messages) => messages.some(({ payload, retain }) => payload === 'ON' && retain === '0'));
  await note(page, 'Lamp', 'Waiting for the device');
  assert.equal(await page.getByRole('switch').getAttribute('aria-checked'), 'false', 'not on before the lamp says so');
  obey();
  await is(page, true);
  await page.locator('.note:empty').waitFor({ state: 'attached' });

  const kept = await one_message(`ui/pad/${pad}`);
  assert.deepEqual(JSON.parse((await kept.message).payload), {
    widgets: [{ id: 'w1', kind: 'switch', label: 'Lamp', command: `${topic}/set`, state: topic }],
  });
  const other = await open_page(browser, `${http}/pad#${pad}`, phone);
  await is(other.page, true);
  await other.page.getByRole('switch').tap();
  await is(page, false);
  await is(other.page, false);
  await other.page.context().close();
});

const silent = { id: 'a', kind: 'switch', label: 'Deaf lamp', command: `${run}/deaf/set`, state: `${run}/deaf` };
pad_test('a device that does not answer is said not to have answered', { widgets: [silent] }, async (page) => {
  await publish({ topic: silent.state, payload: 'OFF', retain: true, qos: 1 });
  await card(page, 'Deaf lamp').getByText('Off', { exact: true }).waitFor();
  await page.getByRole('switch').tap();
  await note(page, 'Deaf lamp', 'Waiting for the device');
  await note(page, 'Deaf lamp', 'No answer yet');
  await is(page, false);
});

const alone = { id: 'a', kind: 'switch', label: 'Note', command: `${run}/alone`, confirm: true };
pad_test('without a state topic the kept command is the truth; asked about, it is sent after a yes', { widgets: [alone] }, async (page) => {
  await page.getByRole('switch').tap();
  await page.getByRole('alertdialog').waitFor();
  await button(page, 'Cancel').tap();
  await is(page, false);
  await page.getByRole('switch').tap();
  await button(page, 'Send').tap();
  await is(page, true);
  const kept = await one_message(alone.command);
  assert.deepEqual(await kept.message, { topic: alone.command, payload: 'ON', qos: '1', retain: '1' });
});

const controls = [
  { id: 'b', kind: 'button', label: 'Horn', command: `${run}/horn`, on: 'down', off: 'up' },
  { id: 's', kind: 'slider', label: 'Heat', command: `${run}/heat/set`, state: `${run}/heat`, max: 40 },
  { id: 'c', kind: 'colour', label: 'Hue', command: `${run}/hue/set`, state: `${run}/hue` },
  { id: 't', kind: 'text', label: 'Sign', command: `${run}/sign/set`, state: `${run}/sign`, pointer: '/text', format: '{"text":"{}"}' },
  { id: 'o', kind: 'select', label: 'Mode', command: `${run}/mode/set`, state: `${run}/mode`, options: ['eco', 'full'] },
  { id: 'j', kind: 'joystick', label: 'Crane', command: `${run}/crane` },
];
pad_test('each control commands, and the device has the last word', { widgets: controls }, async (page) => {
  for (const name of ['heat', 'hue', 'sign', 'mode']) playing(await lamp(`${run}/${name}`));
  const seen = playing(await listener(`${run}/#`));
  const payloads = (topic) => seen.messages.filter((each) => each.topic === `${run}/${topic}`).map(({ payload }) => payload);
  const arrives = (topic, payload) => seen.until(() => payloads(topic).at(-1) === payload);

  const horn = await button(page, 'Horn').boundingBox();
  await page.mouse.move(horn.x + 20, horn.y + 20);
  await page.mouse.down();
  await arrives('horn', 'down');
  await page.mouse.up();
  await arrives('horn', 'up');
  await button(page, 'Horn').focus();
  await page.keyboard.press('Enter');
  await seen.until(() => payloads('horn').length === 4);
  assert.deepEqual(payloads('horn'), ['down', 'up', 'down', 'up']);

  await page.getByRole('slider', { name: 'Heat' }).fill('33');
  await arrives('heat/set', '33');
  await card(page, 'Heat').getByText('33').waitFor();
  await card(page, 'Hue').locator('input').fill('#12ab34');
  await arrives('hue/set', '#12AB34');
  await card(page, 'Hue').getByText('#12AB34').waitFor();
  await page.getByRole('textbox', { name: 'Sign' }).fill('open');
  await card(page, 'Sign').getByRole('button', { name: 'Send' }).tap();
  await arrives('sign/set', '{"text":"open"}');
  await page.getByRole('combobox', { name: 'Mode' }).selectOption('full');
  await arrives('mode', 'full');

  const stick = card(page, 'Crane').locator('svg');
  await stick.scrollIntoViewIfNeeded();
  const ground = await stick.boundingBox();
  const [x, y] = [ground.x + ground.width / 2, ground.y + ground.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + ground.width, y, { steps: 60 });
  await seen.until(() => payloads('crane').some((payload) => JSON.parse(payload).x === 100));
  await page.mouse.up();
  await arrives('crane', '{"x":0,"y":0}');
});

const steady = [{ id: 's', kind: 'slider', label: 'Heat', command: `${run}/fast` }];
pad_test('a dragged slider sends at most twenty values a second, and always the last', { widgets: steady }, async (page) => {
  const seen = playing(await listener(`${run}/fast`));
  await page.getByRole('slider', { name: 'Heat' }).evaluate(async (slider) => {
    const begin = performance.now();
    for (let i = 1; performance.now() - begin < 1000; i++) {
      slider.value = String(i % 90);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise(requestAnimationFrame);
    }
    slider.value = '95';
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await seen.until((messages) => messages.at(-1)?.payload === '95' && messages.at(-1).qos === '1');
  assert.ok(seen.messages.length > 4 && seen.messages.length <= 24, `${seen.messages.length} values`);
});

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const displays = [
  { id: 'g', kind: 'gauge', label: 'Tank', state: `${run}/tank`, pointer: '/level', unit: '%' },
  { id: 'n', kind: 'number', label: 'Temperature', state: `${run}/temp`, unit: '°C' },
  { id: 'l', kind: 'led', label: 'Door', state: `${run}/door`, on: 'open' },
  { id: 'c', kind: 'chart', label: 'Curve', state: `${run}/temp` },
  { id: 'i', kind: 'image', label: 'Camera', state: `${run}/camera` },
  { id: 'o', kind: 'log', label: 'All', state: `${run}/log/#` },
];
pad_test('each display shows what its topic says', { widgets: displays }, async (page) => {
  await publish({ topic: `${run}/tank`, payload: '{"level":62}', retain: true, qos: 1 });
  await page.locator('[role=meter][aria-valuenow="62"]').waitFor();
  for (const payload of ['20', '22.5']) {
    await publish({ topic: `${run}/temp`, payload });
    await card(page, 'Temperature').getByText(payload).waitFor();
  }
  await card(page, 'Curve').getByText('22.5 (20 to 22.5)').waitFor();
  await publish({ topic: `${run}/door`, payload: 'open' });
  await card(page, 'Door').getByText('On', { exact: true }).waitFor();
  await publish({ topic: `${run}/camera`, payload: png });
  const picture = page.getByRole('img', { name: 'Camera' });
  await picture.waitFor();
  assert.equal(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth)), 1);
  await publish({ topic: `${run}/log/a`, payload: '<b>bold</b>' });
  await card(page, 'All').getByText(`${run}/log/a`).waitFor();
  await card(page, 'All').getByText('<b>bold</b>').waitFor();
  assert.deepEqual(await axe_violations(page), []);
});

const two = [
  { id: 'a', kind: 'number', label: 'First', state: `${run}/1` },
  { id: 'b', kind: 'number', label: 'Second', state: `${run}/2` },
];
pad_test('widgets are moved, set and removed in place, for every phone', { widgets: two }, async (page, pad) => {
  const names = async () => page.locator('.widget h2').allInnerTexts();
  await card(page, 'First').waitFor();
  await button(page, 'Edit').tap();
  await button(page, 'Move on First').tap();
  assert.deepEqual(await names(), ['Second', 'First']);
  await button(page, 'Settings of First').tap();
  await page.getByLabel('Name').fill('Third');
  await page.getByLabel('Unit').fill('m');
  assert.deepEqual(await axe_violations(page), []);
  await button(page, 'Save').tap();
  await card(page, 'Third').waitFor();
  await button(page, 'Remove Second').tap();
  await card(page, 'Second').waitFor({ state: 'detached' });
  await page.reload();
  await page.locator('.connection.live').waitFor();
  await card(page, 'Third').waitFor();
  const kept = JSON.parse((await (await one_message(`ui/pad/${pad}`)).message).payload);
  assert.deepEqual(kept, { widgets: [{ id: 'a', kind: 'number', label: 'Third', state: `${run}/1`, unit: 'm' }] });
});

pad_test('a pad is shared by its address and a QR code', { widgets: two }, async (page, pad) => {
  await button(page, 'Share').tap();
  await page.getByRole('img', { name: `QR code of ${http}/pad#${pad}` }).waitFor();
  await page.getByRole('link', { name: `${http}/pad#${pad}` }).waitFor();
  assert.deepEqual(await axe_violations(page), []);
  await page.getByLabel('Name of a pad').fill(`${pad}-other`);
  await button(page, 'Open').tap();
  await page.getByRole('heading', { name: `${pad}-other` }).waitFor();
  await page.getByText('Nothing on this pad yet').waitFor();
});

pad_test('devices that announce themselves for Home Assistant are offered', {}, async (page) => {
  const topic = `${run}/found`;
  const announcement = `homeassistant/light/${run}/config`;
  const device = playing(await lamp(topic));
  await publish({
    topic: announcement,
    payload: JSON.stringify({ '~': topic, name: 'Ceiling', cmd_t: '~/set', stat_t: '~', bri_cmd_t: '~/bri/set', bri_stat_t: '~/bri', dev: { name: `Lamp ${run}` } }),
    retain: true,
    qos: 1,
  });
  await button(page, 'Find devices').tap();
  const found = page.getByRole('region', { name: `Lamp ${run}` });
  await found.getByText('Ceiling brightness').waitFor();
  assert.deepEqual(await axe_violations(page), []);
  await found.getByRole('button', { name: 'Add Ceiling', exact: true }).tap();
  await button(page, 'Close').tap();
  await page.getByRole('switch', { name: 'Ceiling' }).tap();
  await device.until((messages) => messages.at(-1)?.payload === 'ON');
  await is(page, true);
  await publish({ topic: announcement, payload: '', retain: true, qos: 1 });
});

const bell = { id: 'b', kind: 'button', label: 'Bell', command: `${run}/bell` };
const thermometer = { id: 'n', kind: 'number', label: 'Temperature', state: `${run}/cellar` };
test('it starts offline with what it last saw, keeps presses, and catches up', { timeout: 60_000 }, async () => {
  const pad = fresh_pad();
  await layout(pad, [bell, thermometer]);
  await publish({ topic: thermometer.state, payload: '11.5', retain: true, qos: 1 });
  const line = await breakable_line(http);
  const { page, complaints } = await open_page(browser, `${line.url}pad#${pad}`, phone);
  try {
    await card(page, 'Temperature').getByText('11.5').waitFor();
    const has_copy = async () => (await caches.open('pad').then((store) => store.keys())).some(({ url }) => url.endsWith('/pad.js'));
    await page.waitForFunction(has_copy);
    await line.cut();
    await page.locator('.connection.lost').waitFor();
    await note(page, 'Temperature', 'Old: from');
    await page.reload();
    await card(page, 'Temperature').getByText('11.5').waitFor();
    await note(page, 'Temperature', 'Old: from');
    await button(page, 'Bell').tap();
    await note(page, 'Bell', 'Waits for the connection');
    await page.getByText('1 command waits for the connection: Bell').waitFor();
    assert.deepEqual(await axe_violations(page), []);
    await page.reload();
    await page.getByText('1 command waits for the connection: Bell').waitFor();
    const rings = await one_message(bell.command);
    await publish({ topic: thermometer.state, payload: '12.5', retain: true, qos: 1 });
    await line.mend();
    assert.deepEqual(await rings.message, { topic: bell.command, payload: 'PRESS', qos: '1', retain: '0' });
    await card(page, 'Temperature').getByText('12.5').waitFor();
    await page.getByText('1 command that waited for the connection went out.').waitFor();
    assert.deepEqual(complaints.filter((complaint) => !/ERR_|Failed to load|WebSocket connection/.test(complaint)), []);
  } finally {
    await page.context().close();
    await line.cut();
  }
});

// A network that lets no WebSocket through: it opens for nobody.
const no_web_socket = () => {
  globalThis.WebSocket = class {
    static OPEN = 1;
    readyState = 3;
    constructor() {
      setTimeout(() => this.onclose?.());
    }
    close() {}
  };
};
const behind = { id: 'a', kind: 'switch', label: 'Lamp', command: `${run}/behind/set`, state: `${run}/behind` };
pad_test('where no WebSocket gets through, it goes by HTTP', { widgets: [behind], init: no_web_socket }, async (page) => {
  await page.getByText('Live over HTTP').waitFor();
  playing(await lamp(behind.state));
  await page.getByRole('switch').tap();
  await is(page, true);
  await publish({ topic: behind.state, payload: 'OFF', retain: true, qos: 1 });
  await is(page, false);
});

test('it can be installed, and its worker knows this page only', async () => {
  const manifest = await (await fetch(`${http}/pad.webmanifest`)).json();
  assert.equal(manifest.display, 'standalone');
  assert.equal(manifest.start_url, '/pad');
  for (const { src, type } of manifest.icons) {
    const icon = await fetch(http + src);
    assert.equal(icon.status, 200);
    assert.equal(icon.headers.get('content-type'), type);
  }
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${http}/pad`);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto(http);
  assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
  await context.close();
});

for (const [name, context] of [
  ['phone, dark', { ...phone, colorScheme: 'dark' }],
  ['desktop', { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' }],
]) {
  pad_test(`axe finds nothing to object to: ${name}`, { widgets: [...controls, ...displays, silent], context }, async (page) => {
    await card(page, 'Crane').waitFor();
    await button(page, 'Edit').click();
    assert.deepEqual(await axe_violations(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.equal(wide, false, 'the page is wider than the window');
  });
}
