// The page in a real browser against a real broker: what MQTT publishes is seen, what the form publishes arrives by MQTT.
// SLUICE_HTTP (http://127.0.0.1:PORT) and SLUICE_MQTT_PORT say where the broker is. Waits for conditions, never for time.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { breakable_line } from './breakable_line.mjs';
import { axe_violations, open_browser, open_page } from './browser.mjs';
import { one_message, publish, run_shell } from './mqtt_client.mjs';

const run = `e2e-${randomBytes(4).toString('hex')}`; // topics of this run only: the broker may be in use
const http = process.env.SLUICE_HTTP;
assert.ok(http, 'SLUICE_HTTP is not set');

let browser;
before(async () => {
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
});

// A test fails on any complaint of the browser, save those it says it provokes.
function page_test(name, { provokes, publish_first, refuse_stream, ...context_options }, body) {
  test(name, { timeout: 60_000 }, async () => {
    if (publish_first) await publish(publish_first);
    const { page, complaints } = await open_page(browser, http, context_options, refuse_stream);
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

const row = (page, topic) => page.locator(`[id="row_${encodeURIComponent(topic)}"]`);
const find = (page, topic) => page.getByLabel('Filter topics').fill(topic);
const sees = (page, topic, value) => row(page, topic).locator('.value').getByText(value, { exact: true }).waitFor();
const button = (page, name) => page.getByRole('button', { name, exact: true });

test('the page comes with a policy that allows nothing foreign and nothing inline', async () => {
  const answer = await fetch(`${http}/`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
});

page_test('a value published by MQTT appears in the tree, and the next one takes its place', {}, async (page) => {
  const topic = `${run}/kitchen/temp`;
  await find(page, topic);
  await publish({ topic, payload: '21.5' });
  await sees(page, topic, '21.5');
  assert.match(await row(page, topic).locator('.count').innerText(), /^1\s*message$/);
  await publish({ topic, payload: '21.7' });
  await sees(page, topic, '21.7');
  assert.match(await row(page, topic).locator('.count').innerText(), /^2\s*messages$/);
  assert.equal(await page.locator('.connection').innerText(), 'Live');
});

const state = { topic: `${run}/retained`, payload: 'kept', retain: true, qos: 1 };
page_test('a value retained before the page was opened is there at once', { publish_first: state }, async (page) => {
  await find(page, state.topic);
  await sees(page, state.topic, 'kept');
  await publish({ ...state, payload: '' });
  await sees(page, state.topic, '(empty)');
});

const thermostat = {
  topic: `${run}/thermostat`,
  payload: '{"target":21.0,"id":12345678901234567890}',
  retain: true,
  qos: 2,
};
page_test('a click shows the whole message and fills the form', { publish_first: thermostat }, async (page) => {
  const { topic } = thermostat;
  await find(page, topic);
  await row(page, topic).click();
  const detail = page.getByRole('region', { name: 'Selected topic' });
  await detail.getByRole('heading', { name: topic }).waitFor();
  assert.equal(
    await detail.locator('.payload pre').innerText(),
    '{\n  "target": 21.0,\n  "id": 12345678901234567890\n}',
  );
  const facts = await detail.locator('.facts').innerText();
  assert.match(facts, /QoS\s+2/);
  assert.match(facts, /Retain flag\s+set/);
  assert.match(facts, /Time\s+\d\d:\d\d:\d\d/);
  assert.match(facts, /Size\s+41 bytes/);
  assert.equal(await page.getByLabel('Topic', { exact: true }).inputValue(), topic);
  assert.equal(
    await page.getByLabel('Payload', { exact: true }).inputValue(),
    '{"target":21.0,"id":12345678901234567890}',
  );
  assert.equal(await page.getByLabel('QoS').inputValue(), '2');
  assert.equal(await page.getByLabel('Retain').isChecked(), true);
  await publish({ topic, payload: '', retain: true });
  await detail.getByText(/^Empty/).waitFor();
});

page_test('a long payload is never cut silently: the detail pane has all of it', {}, async (page) => {
  const topic = `${run}/devices`;
  const payload = `begin ${'0123456789'.repeat(6000)} end`;
  await find(page, topic);
  await publish({ topic, payload, retain: true, qos: 1 });
  await row(page, topic).locator('.value').getByText('…').waitFor();
  await row(page, topic).click();
  const shown = page.locator('.payload pre').getByText(/ end$/);
  await shown.waitFor();
  assert.equal(await shown.innerText(), payload);
  await publish({ topic, payload: '', retain: true });
  await sees(page, topic, '(empty)');

  // An event is not kept anywhere: the page says so, and shows the next one whole.
  await publish({ topic: `${topic}/event`, payload });
  await row(page, `${topic}/event`).click();
  await page.getByText('The first 4,096 of 60,010 characters are shown.').waitFor();
  await page.getByText('The broker does not keep this value').waitFor();
  await publish({ topic: `${topic}/event`, payload });
  await shown.waitFor();
});

page_test('binary is marked as binary', {}, async (page) => {
  const topic = `${run}/camera`;
  await find(page, topic);
  await publish({ topic, payload: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00]) });
  await sees(page, topic, '(binary, 5 bytes)');
  await row(page, topic).click();
  await page.getByRole('button', { name: 'Base64', exact: true }).click();
  await page.getByRole('heading', { name: 'Payload, binary as base64' }).waitFor();
  assert.equal(await page.locator('.payload pre').innerText(), '/9j/4AA=');
  assert.equal(await page.getByLabel('Payload', { exact: true }).inputValue(), '');
});

for (const [name, topic, payload, qos] of [
  ['an event', `${run}/lamp/set`, 'ON', '2'],
  ['a topic with a dot level', `${run}/a/../b`, 'dots', '1'],
  ['a topic and a payload of odd characters', `${run}/it's 100%/grüße ☃?&`, '"quoted" $HOME\nsecond line', '0'],
]) {
  page_test(`${name} published by the form arrives by MQTT`, {}, async (page) => {
    const received = await one_message(topic);
    await page.getByLabel('Topic', { exact: true }).fill(topic);
    await page.getByLabel('Payload', { exact: true }).fill(payload);
    await page.getByLabel('QoS').selectOption(qos);
    await button(page, 'Publish').click();
    assert.deepEqual(await received.message, { topic, payload, qos, retain: '0' });
    const receipt = page.locator('.accepted');
    await receipt.waitFor();
    assert.match(await receipt.innerText(), /Matched\s+[1-9]/);
    await find(page, topic);
    await row(page, topic).waitFor();
  });
}

page_test('a retained publish stays, and an empty one clears it', {}, async (page) => {
  const topic = `${run}/state`;
  await page.getByLabel('Topic', { exact: true }).fill(topic);
  await page.getByLabel('Payload', { exact: true }).fill('on');
  await page.getByLabel('Retain').check();
  await button(page, 'Publish').click();
  await page.locator('.accepted').waitFor();
  const kept = await one_message(topic);
  assert.deepEqual(await kept.message, { topic, payload: 'on', qos: '1', retain: '1' });
  await find(page, topic);
  await sees(page, topic, 'on');
  await page.getByLabel('Payload', { exact: true }).fill('');
  await button(page, 'Clear').click();
  await page.locator('.accepted').getByText('Cleared').waitFor();
  await sees(page, topic, '(empty)');
  assert.equal((await fetch(`${http}/topics/${topic}`)).status, 404);
});

page_test('the curl line does what the form would have done', {}, async (page) => {
  const topic = `${run}/it's curl/$HOME`;
  const payload = '@it\'s `id` $(id) "x"\n-d';
  await page.getByLabel('Topic', { exact: true }).fill(topic);
  await page.getByLabel('Payload', { exact: true }).fill(payload);
  await page.getByLabel('QoS').selectOption('1');
  const received = await one_message(topic);
  await run_shell(await page.locator('#curl').textContent());
  assert.deepEqual(await received.message, { topic, payload, qos: '1', retain: '0' });
});

test('a lost connection is told, and mends itself with the values of now', { timeout: 60_000 }, async () => {
  const topic = `${run}/while-away`;
  const line = await breakable_line(http);
  const { page } = await open_page(browser, line.url);
  try {
    await publish({ topic, payload: 'before', retain: true, qos: 1 });
    await find(page, topic);
    await sees(page, topic, 'before');
    await line.cut();
    await page.locator('.connection.lost').waitFor();
    await publish({ topic, payload: 'meanwhile', retain: true, qos: 1 });
    await line.mend();
    await page.locator('.connection.live').waitFor();
    await sees(page, topic, 'meanwhile');
    await publish({ topic, payload: '', retain: true });
    await sees(page, topic, '(empty)');
  } finally {
    await page.context().close();
    await line.cut();
  }
});

// The browser itself logs every answer of 400 and above; only this one is expected.
page_test('a wildcard in the topic shows the problem', { provokes: /status of 400/ }, async (page) => {
  await page.getByLabel('Topic', { exact: true }).fill(`${run}/+/temp`);
  await page.getByLabel('Payload', { exact: true }).fill('1');
  await button(page, 'Publish').click();
  const refusal = page.locator('.refused');
  await refusal.waitFor();
  const answer = await fetch(`${http}/topics/${run}/%2B/temp?qos=1`, { method: 'POST', body: '1' });
  assert.equal(answer.status, 400);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = await answer.json();
  const shown = await refusal.innerText();
  for (const text of [problem.title, problem.detail, problem.hint].filter(Boolean))
    assert.ok(shown.includes(text), `${text}: ${shown}`);
  assert.ok(problem.title);
  assert.match(shown, /\(400\)/);
  assert.equal(await page.locator('.accepted').count(), 0);
});

const refusal = {
  status: 403,
  contentType: 'application/problem+json',
  body: '{"title":"Not allowed to read #","detail":"anonymous may not subscribe","hint":"Sign in first.","status":403}',
};
page_test('a refused stream says why', { refuse_stream: refusal, provokes: /status of 403/ }, async (page) => {
  await page.getByText('Not allowed to read #').waitFor();
  await page.getByText('anonymous may not subscribe').waitFor();
  await page.getByText('Sign in first.').waitFor();
  assert.deepEqual(await axe_violations(page), []);
  await page.unrouteAll();
  await button(page, 'Connect').click();
  await page.locator('.connection.live').waitFor();
});

page_test('the tree is usable from the keyboard alone', {}, async (page) => {
  for (const name of ['one', 'two']) await publish({ topic: `${run}/keys/${name}`, payload: name, retain: true });
  await page.keyboard.press('/');
  await page.keyboard.type(`${run}/keys`);
  assert.equal(await page.getByLabel('Filter topics').inputValue(), `${run}/keys`);
  await sees(page, `${run}/keys/two`, 'two');
  await page.getByRole('tree').focus();
  const pressed = async (key, topic) => {
    await page.keyboard.press(key);
    await page.locator(`[role=tree][aria-activedescendant="row_${encodeURIComponent(topic)}"]`).waitFor();
  };
  await pressed('Home', run);
  await pressed('ArrowRight', `${run}/keys`);
  await pressed('ArrowLeft', `${run}/keys`);
  await row(page, `${run}/keys/two`).waitFor({ state: 'detached' });
  await pressed('ArrowRight', `${run}/keys`);
  await pressed('End', `${run}/keys/two`);
  await pressed('ArrowUp', `${run}/keys/one`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: `${run}/keys/one` }).waitFor();
  assert.equal(await row(page, `${run}/keys/one`).getAttribute('aria-selected'), 'true');
  for (const name of ['one', 'two']) await publish({ topic: `${run}/keys/${name}`, payload: '', retain: true });
});

for (const [name, options] of [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { colorScheme: 'light', viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
]) {
  // Half-way through a flash a colour is no colour of the design: motion is off here.
  page_test(
    `axe finds nothing to object to: ${name}`,
    { ...options, reducedMotion: 'reduce', provokes: /status of 400/ },
    async (page) => {
      const topic = `${run}/axe/${name}/${'w'.repeat(80)}`;
      await find(page, topic);
      await publish({ topic, payload: `{"a":[1,"${'w'.repeat(300)}"]}` });
      await row(page, topic).click();
      await page.locator('.payload pre').waitFor();
      assert.deepEqual(await axe_violations(page), []);
      await page.getByLabel('Topic', { exact: true }).fill(`${run}/#`);
      await button(page, 'Publish').click();
      await page.locator('.refused').waitFor();
      assert.deepEqual(await axe_violations(page), []);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      assert.equal(wide, false, 'the page is wider than the window');
    },
  );
}
