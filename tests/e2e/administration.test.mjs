// The pages for who looks after a broker: figures, retained values, clients, in a real browser against a broker that
// lets anonymous callers administer ($CONTROL/#).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { publish, run_shell } from './mqtt_client.mjs';
import { accessible, button, desktop, http, part_test, phone, run } from './pages.mjs';

for (const [name, options] of [
  ['desktop', desktop],
  ['phone', phone],
]) {
  part_test(`the overview shows health, figures and lines: ${name}`, 'overview', options, async (page) => {
    await page.locator('.facts').getByText('Ready', { exact: true }).waitFor();
    for (const figure of ['Messages in', 'Connected clients', 'Retained values', 'Memory', 'Running for'])
      await page.locator('.facts dt').getByText(figure, { exact: true }).waitFor();
    await page.getByRole('img', { name: /^Messages a second/ }).waitFor();
    await page.getByRole('img', { name: /^Memory: [\d.]+ MB/ }).waitFor();
    await accessible(page);
  });

  part_test(`retained values are listed, deleted, and cleared after a look: ${name}`, 'retained', options, async (page) => {
    const below = `${run}/${name}`;
    for (let i = 0; i < 52; i++)
      assert.ok((await fetch(`${http}/topics/${below}/${String(i).padStart(2, '0')}`, { method: 'PUT', body: `value ${i}` })).ok);
    await page.getByLabel('Topic filter').fill(`${below}/#`);
    await page.getByLabel('Topic filter').press('Enter');
    await page.getByText('50 values shown, 52 values in all.').waitFor();
    await button(page, 'Next page').click();
    await page.getByText('2 values shown, 52 values in all.').waitFor();
    await page.getByRole('cell', { name: 'value 51', exact: true }).waitFor();
    await accessible(page);
    await button(page, `Delete ${below}/51`).click();
    await page.getByText(`Cleared ${below}/51.`).waitFor();
    assert.equal((await fetch(`${http}/topics/${below}/51`)).status, 404);
    await button(page, 'Count what would be cleared').click();
    await page.getByRole('alertdialog').getByText('51 retained values').waitFor();
    await button(page, 'Keep them').click();
    assert.equal((await fetch(`${http}/topics/${below}/00`)).status, 200);
    await button(page, 'Count what would be cleared').click();
    await button(page, 'Clear 51 values').click();
    await page.getByText('Cleared 51 values.').waitFor();
    assert.deepEqual(await (await fetch(`${http}/topics/${below}?tree`)).json(), []);
  });
}

part_test('a number that changed meanwhile clears nothing', 'retained', { ...desktop, provokes: /status of 4/ }, async (page) => {
  await publish({ topic: `${run}/changed/a`, payload: '1', retain: true, qos: 1 });
  await page.getByLabel('Topic filter').fill(`${run}/changed/#`);
  await button(page, 'Count what would be cleared').click();
  await publish({ topic: `${run}/changed/b`, payload: '2', retain: true, qos: 1 });
  await button(page, 'Clear 1 value').click();
  await page.locator('main [role=status] strong').waitFor();
  assert.equal((await fetch(`${http}/topics/${run}/changed/a`)).status, 200);
  await run_shell(await page.locator('#mosquitto_sub').textContent()).catch(() => {}); // ends by its own deadline
  assert.deepEqual(await (await fetch(`${http}/topics/${run}/changed?tree`)).json(), []);
});

for (const [name, options] of [
  ['desktop', desktop],
  ['phone', phone],
]) {
  part_test(`a client is found, looked at, and disconnected: ${name}`, 'clients', options, async (page) => {
    const id = `${run}-${name}`;
    const port = process.env.SLUICE_MQTT_PORT;
    const client = spawn('mosquitto_sub', ['-V', '5', '-h', '127.0.0.1', '-p', port, '-i', id, '-t', `${run}/seen/#`, '-q', '1'], { stdio: 'ignore' });
    try {
      await page.getByLabel('Client id holds').fill(id);
      const shown = button(page, `Show ${id}`);
      await assert.doesNotReject(async () => {
        for (let tries = 0; tries < 60 && (await shown.count()) === 0; tries++) {
          const listed = page.waitForResponse(/\/api\/v1\/clients\?/);
          await button(page, 'List').click();
          await listed;
        }
        await shown.waitFor();
      });
      await shown.click();
      await page.getByRole('list', { name: 'Filters' }).getByText(`${run}/seen/#`).waitFor();
      await page.getByText('(listening)').waitFor();
      await button(page, 'Trace its packets').click();
      await page.locator('[aria-pressed=true]', { hasText: 'Trace its packets' }).waitFor();
      await publish({ topic: `${run}/seen/lamp`, payload: 'on' });
      await page.getByRole('list', { name: 'Events' }).getByText('→ PUBLISH').first().waitFor();
      await accessible(page);
      await button(page, 'Disconnect').click();
      await page.getByRole('list', { name: 'Events' }).getByText('client.disconnected').first().waitFor();
    } finally {
      if (client.exitCode === null) {
        client.kill();
        await once(client, 'exit');
      }
    }
  });
}
