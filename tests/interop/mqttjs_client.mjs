// mqtt.js for the tests: every door of the broker, clients that end with their test, waiting for conditions.
// SLUICE_MQTT (mqtt://127.0.0.1:PORT) and SLUICE_WS (ws://127.0.0.1:PORT/mqtt) say where the broker is.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import mqtt from 'mqtt';

const patience_ms = 15_000;
const run = `mqttjs-${randomBytes(4).toString('hex')}`; // topics and identifiers of this run only
const urls = { tcp: process.env.SLUICE_MQTT, websocket: process.env.SLUICE_WS };
for (const url of Object.values(urls)) assert.ok(url, 'SLUICE_MQTT or SLUICE_WS is not set');

const version_names = { 3: '3.1', 4: '3.1.1', 5: '5.0' };
let count = 0;

// Registers a test for each transport and version. The body gets a fresh topic and `open`, which makes clients.
export function each_door(name, versions, body) {
  for (const transport of Object.keys(urls)) {
    for (const version of versions) {
      test(`${name} (${version_names[version]}, ${transport})`, { timeout: 50_000 }, async () => {
        const clients = [];
        const topic = `${run}/${count++}`;
        const open = (options = {}) => open_client(urls[transport], version, clients, options);
        try {
          await body({ topic, open, version, name: topic.replace('/', '-') });
        } finally {
          await Promise.all(clients.map((client) => client.endAsync(true)));
        }
      });
    }
  }
}

// `messages` fills from the first moment on: what a kept session holds comes right behind CONNACK.
async function open_client(url, version, clients, options) {
  const client = mqtt.connect(url, {
    protocolVersion: version,
    protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
    clientId: `${run}-${count++}`,
    reconnectPeriod: 0,
    connectTimeout: patience_ms,
    ...options,
  });
  clients.push(client);
  client.messages = [];
  client.connacks = [];
  client.on('message', (topic, payload, packet) => client.messages.push({ topic, payload, packet }));
  client.on('connect', (connack) => client.connacks.push(connack));
  client.on('error', (failure) => (client.failure = failure));
  await until(() => client.connected || client.failure, `${url} was connected`);
  if (!client.connected) throw client.failure;
  return client;
}

export async function until(condition, what) {
  const deadline = Date.now() + patience_ms;
  for (;;) {
    const outcome = condition();
    if (outcome) return outcome;
    assert.ok(Date.now() < deadline, `this did not happen within ${patience_ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function messages(client, expected) {
  await until(() => client.messages.length >= expected, `${expected} messages came`).catch((late) => {
    throw new Error(`${late.message}; it got ${client.messages.length}, the last ${texts(client).slice(-5)}`);
  });
  return client.messages;
}

export function texts(client) {
  return client.messages.map(({ payload }) => payload.toString());
}

// As a power cut would: no DISCONNECT.
export function cut(client) {
  client.stream.destroy();
}

// Leaves with DISCONNECT, and is gone when this is done.
export const leave = (client) => client.endAsync();

export function numbers(total) {
  return Array.from({ length: total }, (_, number) => String(number));
}

// What a session needs to outlive its connection.
export function kept(version, client_id) {
  const options = { clean: false, clientId: client_id };
  return version === 5 ? { ...options, properties: { sessionExpiryInterval: 300 } } : options;
}
