// The MQTT side of the tests: Debian's mosquitto_pub and mosquitto_sub, so that a mistake of ours cannot agree with itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

const port = process.env.SLUICE_MQTT_PORT;
assert.ok(port, 'SLUICE_MQTT_PORT is not set');
const broker = ['-h', '127.0.0.1', '-p', port];
const patience_seconds = '15';

function ended(child, name) {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr.on('data', (text) => (complaint += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${name} ended with ${code}: ${complaint}`)),
    );
  });
}

export async function publish({ topic, payload, qos = 0, retain = false }) {
  const empty = payload.length === 0; // then nobody reads the tool's input
  const child = spawn(
    'mosquitto_pub',
    [...broker, '-t', topic, '-q', String(qos), ...(retain ? ['-r'] : []), empty ? '-n' : '-s'],
    {
      stdio: [empty ? 'ignore' : 'pipe', 'ignore', 'pipe'],
    },
  );
  child.stdin?.on('error', () => {}); // a tool that could not connect says so when it ends
  child.stdin?.end(payload);
  await ended(child, 'mosquitto_pub');
}

// Resolves once the subscription is granted; `message` then resolves with the first message.
export async function one_message(topic) {
  // -d tells when the subscription stands. The payload goes in hex, so that no line of it looks like a line of the tool.
  const child = spawn('stdbuf', [
    '-oL',
    'mosquitto_sub',
    ...broker,
    '-t',
    topic,
    '-q',
    '2',
    '-d',
    '-C',
    '1',
    '-W',
    patience_seconds,
    '-F',
    'MESSAGE %q %r %x %t',
  ]);
  let said = '';
  const end = ended(child, 'mosquitto_sub');
  const granted = new Promise((resolve) => {
    child.stdout.on('data', (text) => {
      said += text;
      if (/^Subscribed \(mid: \d+\): [012]/m.test(said)) resolve();
    });
  });
  const message = end.then(() => {
    const [, qos, retain, hex, name] =
      said.match(/^MESSAGE (\d) (\d) ([0-9a-f]*) (.*)$/m) ?? assert.fail(`no message: ${said}`);
    return { topic: name, payload: Buffer.from(hex, 'hex').toString('utf8'), qos, retain };
  });
  message.catch(() => {}); // awaited later; until then a failure is not unhandled
  await Promise.race([granted, end]);
  return { message };
}

export async function run_shell(line) {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'ignore', 'pipe'] });
  await ended(child, line);
}
