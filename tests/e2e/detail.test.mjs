// The detail pane and the publish form with all their parts, in a real browser: differences, numbers, bytes, properties.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { one_message, publish, run_shell } from './mqtt_client.mjs';
import { accessible, desktop, http, phone, run, test_page } from './pages.mjs';

const detail_test = (name, options, body) => test_page(name, http, options, body);

async function select(page, topic) {
  await page.getByLabel('Filter topics').fill(topic);
  await page.locator(`[id="row_${encodeURIComponent(topic)}"]`).click();
  await page.getByRole('heading', { name: topic }).waitFor();
}

for (const [name, options] of [
  ['desktop', desktop],
  ['phone', phone],
]) {
  detail_test(`two payloads of a topic are compared, and its numbers become a line: ${name}`, options, async (page) => {
    const topic = `${run}/${name}/sensor`;
    await publish({ topic, payload: '{"temp":20,"unit":"C"}' });
    await page.getByLabel('Filter topics').fill(topic);
    await publish({ topic, payload: '{"temp":20.5,"unit":"C"}' });
    await select(page, topic);
    await publish({ topic, payload: '{"temp":22,"unit":"C"}' });
    const changes = page.locator('.changes pre');
    await changes.locator('ins').getByText('"temp": 22,').waitFor();
    assert.equal(await changes.locator('del').innerText(), '-   "temp": 20.5,\n');
    assert.ok((await changes.innerText()).includes('"unit": "C"'));
    await page.getByRole('img', { name: /Numbers of \/temp: .* to 22$/ }).waitFor();
    await accessible(page);
  });
}

detail_test('binary is shown in hex, as base64, and with its real size', desktop, async (page) => {
  const topic = `${run}/bytes`;
  await publish({ topic, payload: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x41]), retain: true, qos: 1 });
  await select(page, topic);
  const shown = page.locator('.payload pre');
  await page.getByRole('heading', { name: 'Payload, binary in hex' }).waitFor();
  assert.match(await shown.innerText(), /^000000 {2}ff d8 ff e0 00 41 +\.\.\.\.\.A$/);
  await page.getByRole('button', { name: 'Base64', exact: true }).click();
  assert.equal(await shown.innerText(), '/9j/4ABB');
  const large = Buffer.alloc(10_000, 0xfe);
  await publish({ topic, payload: large, retain: true, qos: 1 });
  await page.getByText('Size').locator('..').getByText('10,000 bytes').waitFor();
  await page.getByRole('button', { name: 'Hex', exact: true }).click();
  await page.getByText('The first 4,096 of 10,000 bytes are shown.').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await shown.getByText('002700  fe fe').waitFor();
  await publish({ topic, payload: '', retain: true, qos: 1 });
});

// What mosquitto_sub says of the next message: its properties and its payload. -d tells when the subscription stands.
function message_with_properties(topic) {
  const words = ['-V', '5', '-h', '127.0.0.1', '-p', process.env.SLUICE_MQTT_PORT, '-t', topic, '-q', '1', '-C', '1', '-W', '60', '-d'];
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...words, '-F', 'GOT %E|%C|%R|%D|%F|%P|%p']);
  let said = '';
  const granted = new Promise((resolve) =>
    child.stdout.on('data', (text) => {
      said += text;
      if (/^Subscribed/m.test(said)) resolve();
    }),
  );
  const message = new Promise((resolve) => child.on('close', () => resolve(said.match(/^GOT (.*)$/m)?.[1] ?? said)));
  return { granted, message };
}

async function fill_all(page, topic) {
  await page.getByLabel('Topic', { exact: true }).fill(topic);
  await page.getByLabel('Payload', { exact: true }).fill('21.5');
  await page.getByText('MQTT 5 properties').click();
  await page.getByLabel('Expires after seconds').fill('600');
  await page.getByLabel('Content type').fill('text/plain');
  await page.getByLabel('Response topic').fill(`${topic}/answer`);
  await page.getByLabel('Correlation data').fill('grüße 7');
  await page.getByLabel('The payload is UTF-8 text').check();
  for (const [i, [name, value]] of [
    ['unit', '°C, = %'],
    ['zone', "it's"],
  ].entries()) {
    await page.getByRole('button', { name: 'Add a user property' }).click();
    await page.getByLabel('User property').nth(i).fill(name);
    await page.getByLabel('Its value').nth(i).fill(value);
  }
}

detail_test('all properties of MQTT 5 arrive: from the form, by curl and by mosquitto_pub', desktop, async (page) => {
  const topic = `${run}/properties`;
  await fill_all(page, topic);
  await accessible(page);
  const wanted = new RegExp(`^(600|599)\\|text/plain\\|${topic}/answer\\|grüße 7\\|1\\|unit:°C, = %,? *zone:it's\\|21\\.5$`);
  const ways = [
    ['form', () => page.getByRole('button', { name: 'Publish', exact: true }).click()],
    ['curl', async () => run_shell(await page.locator('#curl').textContent())],
    ['mosquitto_pub', async () => run_shell(await page.locator('#mosquitto_pub').textContent())],
  ];
  for (const [name, send] of ways) {
    const heard = message_with_properties(topic);
    await heard.granted;
    await send();
    assert.match(await heard.message, wanted, name);
  }
});

detail_test('the mosquitto_pub line keeps a value that survives a new look', desktop, async (page) => {
  const topic = `${run}/it's/$HOME`;
  await page.getByLabel('Topic', { exact: true }).fill(topic);
  await page.getByLabel('Payload', { exact: true }).fill('`id` "$(id)"\nsecond');
  const received = await one_message(topic);
  await run_shell(await page.locator('#mosquitto_pub').textContent());
  assert.equal((await received.message).payload, '`id` "$(id)"\nsecond');
});
