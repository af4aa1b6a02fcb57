// The page of the API and the MQTT client, in a real browser, with MQTT on the other side.
import assert from 'node:assert/strict';
import { one_message, publish, run_shell } from './mqtt_client.mjs';
import { accessible, button, desktop, http, part_test, phone, run } from './pages.mjs';

for (const [name, options] of [
  ['desktop', desktop],
  ['phone', phone],
]) {
  part_test(`an operation is tried on this broker, and by its curl line: ${name}`, 'api', options, async (page) => {
    await page.getByLabel('Operations that hold').fill('putTopic');
    await page.locator('summary').getByText('PUT /topics/{topic}').click();
    const topic = `${run}/${name}/api`;
    await page.getByLabel(/^topic path/).fill(topic);
    await page.getByLabel('Body', { exact: true }).fill('by the page');
    await button(page, 'Try it').click();
    await page.getByText('201 Created').waitFor();
    assert.match(await page.getByRole('region', { name: 'Headers of the answer' }).innerText(), /content-type: application\/json/);
    assert.equal(await (await fetch(`${http}/topics/${topic}`)).text(), 'by the page');
    await page.getByLabel('Body', { exact: true }).fill("it's curl");
    await run_shell(`${await page.locator('#curl').textContent()} -o /dev/null -s`);
    assert.equal(await (await fetch(`${http}/topics/${topic}`)).text(), "it's curl");
    await accessible(page);
  });

  part_test(`the client subscribes and publishes over MQTT: ${name}`, 'client', options, async (page) => {
    const topic = `${run}/${name}/client`;
    await button(page, 'Connect').click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByLabel('Topic filter').fill(`${run}/${name}/#`);
    await button(page, 'Subscribe').click();
    await page.getByText('Subscribed at QoS 1.').waitFor();
    await publish({ topic, payload: 'from mosquitto', qos: 1 });
    const list = page.getByRole('list', { name: 'Messages' });
    await list.getByText('from mosquitto').waitFor();
    const heard = await one_message(topic);
    await page.getByLabel('Topic', { exact: true }).fill(topic);
    await page.getByLabel('Payload').fill('from the page');
    await button(page, 'Publish').click();
    assert.equal((await heard.message).payload, 'from the page');
    await list.getByText('from the page').waitFor();
    await accessible(page);
    await button(page, 'Disconnect').click();
    await page.getByText('Not connected').waitFor();
  });
}
