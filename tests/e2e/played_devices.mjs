// Devices for the tests, played with mosquitto_sub and mosquitto_pub.
import { spawn } from 'node:child_process';
import { publish } from './mqtt_client.mjs';

// Everything that comes on a filter, from when the subscription stands. `until` waits for a condition on what has come.
export async function listener(filter, react = () => {}) {
  const child = spawn(
    'stdbuf',
    ['-oL', 'mosquitto_sub', '-h', '127.0.0.1', '-p', process.env.SLUICE_MQTT_PORT, '-t', filter, '-q', '1', '-R', '-d', '-F', 'MESSAGE %r %q %t %p'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const messages = [];
  const waits = new Set();
  let rest = '';
  let granted;
  const standing = new Promise((resolve) => (granted = resolve));
  child.stdout.on('data', (bytes) => {
    const lines = (rest + bytes).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (/^Subscribed/.test(line)) granted();
      const [, retain, qos, topic, payload] = /^MESSAGE (\d) (\d) (\S+) (.*)$/.exec(line) ?? [];
      if (topic === undefined) continue;
      messages.push({ topic, payload, qos, retain, at: performance.now() });
      react(messages.at(-1));
      for (const wait of waits) wait();
    }
  });
  await standing;
  return {
    messages,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`never came; there were ${JSON.stringify(messages)}`)), 15_000);
        const look = () => {
          if (!condition(messages)) return;
          clearTimeout(timer);
          waits.delete(look);
          resolve(messages);
        };
        waits.add(look);
        look();
      }),
    stop: () => child.kill(),
  };
}

// A lamp: what it is told on {topic}/set it is, and says so, retained, on {topic}; after `obeys` has resolved.
export function lamp(topic, obeys = Promise.resolve()) {
  let work = obeys;
  return listener(`${topic}/set`, ({ payload }) => {
    work = work.then(() => publish({ topic, payload, retain: true, qos: 1 })).catch(() => {}); // the test sees what is missing
  });
}
