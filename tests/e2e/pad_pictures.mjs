// Takes the pictures of "From nothing to a lamp in a minute": node pad_pictures.mjs, with SLUICE_HTTP, SLUICE_MQTT_PORT and
// PICTURE_FOLDER. mosquitto's tools play the lamp.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { open_browser, open_page } from './browser.mjs';
import { publish } from './mqtt_client.mjs';
import { lamp } from './played_devices.mjs';

const { SLUICE_HTTP: http, PICTURE_FOLDER: folder } = process.env;
assert.ok(http && folder, 'SLUICE_HTTP and PICTURE_FOLDER are not both set');
mkdirSync(folder, { recursive: true });

const browser = await open_browser();
const device = await lamp('home/lamp');
const context = { viewport: { width: 360, height: 560 }, isMobile: true, hasTouch: true, colorScheme: 'light', reducedMotion: 'reduce' };
try {
  await publish({ topic: 'home/lamp', payload: 'OFF', retain: true, qos: 1 });
  const { page } = await open_page(browser, `${http}/pad#lamp-in-a-minute`, context);
  const picture = (name) => page.screenshot({ path: `${folder}/${name}.png` });
  await page.getByLabel('Add a widget').selectOption('Switch');
  await page.getByLabel('Name').fill('Lamp');
  await page.getByLabel('Command topic').fill('home/lamp/set');
  await page.getByLabel('State topic').fill('home/lamp');
  await picture('pad_1_add_a_switch');
  await page.getByRole('button', { name: 'Add', exact: true }).tap();
  await page.getByText('Off', { exact: true }).waitFor();
  await page.getByRole('switch').tap();
  await page.locator('[role=switch][aria-checked=true]').waitFor();
  await picture('pad_2_switched');
  await page.getByRole('button', { name: 'Share' }).tap();
  await page.locator('.qr').waitFor();
  await picture('pad_3_shared');
} finally {
  for (const topic of ['ui/pad/lamp-in-a-minute', 'home/lamp']) await publish({ topic, payload: '', retain: true, qos: 1 });
  device.stop();
  await browser.close();
}
process.exit(0);
