// Moving between the pages of the dashboard, its keys, pausing, and logging in, in a real browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open_page } from './browser.mjs';
import { publish } from './mqtt_client.mjs';
import { accessible, button, desktop, http, phone, run, shared_browser, test_page } from './pages.mjs';

const navigation_test = (name, options, body) => test_page(name, http, options, body);
const value = (page, topic) => page.locator(`[id="row_${encodeURIComponent(topic)}"] .value`);

navigation_test('every page has an address, and the way back works', desktop, async (page) => {
  for (const title of ['Overview', 'Retained', 'Clients', 'MQTT client', 'API']) {
    await page.getByRole('link', { name: title, exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.locator('nav a[aria-current=page]').getByText(title, { exact: true }).waitFor();
    await page.waitForFunction((wanted) => document.title.startsWith(wanted), title);
  }
  await page.goBack();
  await page.locator('nav a[aria-current=page]').getByText('MQTT client', { exact: true }).waitFor();
  await page.locator('main').focus();
  await page.keyboard.press('/');
  await page.locator('#filter:focus').waitFor();
  assert.equal(new URL(page.url()).hash, '#/topics');
});

navigation_test('? lists the keys, and p pauses without losing a value', desktop, async (page) => {
  const topic = `${run}/paused`;
  await page.getByLabel('Filter topics').fill(topic);
  await publish({ topic, payload: 'first' });
  await value(page, topic).getByText('first', { exact: true }).waitFor();
  await page.locator('main').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('p');
  await page.locator('.connection').getByText('paused').waitFor();
  // The page's own publish is answered after the broker has routed it, and a page that is not paused sees it.
  const { page: other } = await open_page(shared_browser(), http);
  await other.getByLabel('Filter topics').fill(topic);
  await publish({ topic, payload: 'second' });
  await value(other, topic).getByText('second', { exact: true }).waitFor();
  await other.context().close();
  assert.equal(await value(page, topic).innerText(), 'first');
  await page.keyboard.press('p');
  await value(page, topic).getByText('second', { exact: true }).waitFor();
});

for (const [name, options] of [
  ['desktop', desktop],
  ['phone', phone],
]) {
  navigation_test(`links and keys are big enough to touch, and axe is content: ${name}`, options, async (page) => {
    await accessible(page);
    if (!options.isMobile) return;
    for (const link of await page.locator('nav a, header > button').all()) {
      const { height } = await link.boundingBox();
      assert.ok(height >= 44, `${await link.innerText()}: ${height}`);
    }
  });
}

test('a broker that wants a user gets one', { timeout: 60_000 }, async () => {
  const refusal = {
    status: 401,
    contentType: 'application/problem+json',
    body: '{"title":"Who are you?","status":401,"hint":"Log in."}',
  };
  const { page, complaints } = await open_page(shared_browser(), http, desktop, refusal);
  try {
    await page.getByText('Who are you?').waitFor();
    await accessible(page);
    await page.route('**/api/v1/login', (route) =>
      route.request().postDataJSON().password === 'right'
        ? route.fulfill({ status: 200, contentType: 'application/json', body: '{"username":"alice"}' })
        : route.fulfill({ ...refusal, body: '{"title":"No such user or password","status":401}' }),
    );
    await page.route('**/api/v1/me', (route) =>
      route.fulfill({ contentType: 'application/json', body: '{"user":"alice","administers":{"read":[],"write":[]}}' }),
    );
    await page.getByLabel('User name').fill('alice');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('No such user or password').waitFor();
    await page.unroute(/\/topics\?.*stream/);
    await page.getByLabel('Password').fill('right');
    await page.getByLabel('Password').press('Enter');
    await page.locator('.connection.live').waitFor();
    await page.locator('.logged_in').getByText('alice').waitFor();
    assert.equal(await page.getByLabel('Password').count(), 0);
    assert.deepEqual(complaints.filter((complaint) => !/status of 401/.test(complaint)), []);
  } finally {
    await page.context().close();
  }
});
