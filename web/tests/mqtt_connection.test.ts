import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { to_utf8 } from '../src/mqtt/bytes';
import { mqtt_connection } from '../src/mqtt/connection';
import { outgoing_max } from '../src/mqtt/outgoing';

// A WebSocket without a network: the test is the broker, and time passes when the test says so.
class scripted_socket {
  static readonly OPEN = 1;
  static made: scripted_socket[] = [];
  readyState = 0;
  bufferedAmount = 0;
  binaryType = '';
  sent: string[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    scripted_socket.made.push(this);
  }
  send(bytes: Uint8Array): void {
    this.sent.push(Buffer.from(bytes).toString('hex'));
  }
  close(): void {
    this.readyState = 3;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  says(text: string): void {
    this.onmessage?.({ data: Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex')).buffer });
  }
  breaks(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

const connack = '2003 00 00 00';
const connack_session_present = '2003 01 00 00';
const pingreq = 'c000';
let said: unknown[];
let connection: mqtt_connection;
let timers: { wake: () => void; milliseconds: number }[];
const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
const socket = () => scripted_socket.made.at(-1)!;
const waiting = () => timers.filter((timer) => timer !== undefined);
const wake = () => {
  const [next] = waiting();
  delete timers[timers.indexOf(next!)];
  next!.wake();
};
const goes_live = (answer = connack) => {
  socket().opens();
  socket().says(answer);
};
const event = (topic: string, qos: 0 | 1 | 2) => ({ topic, payload: to_utf8('1'), qos, retain: false });

beforeEach(() => {
  said = [];
  scripted_socket.made = [];
  timers = [];
  globalThis.setTimeout = ((wake: () => void, milliseconds: number) => timers.push({ wake, milliseconds })) as never;
  globalThis.clearTimeout = ((id: number | undefined) => id !== undefined && delete timers[id - 1]) as never;
  (globalThis as Record<string, unknown>).WebSocket = scripted_socket;
  connection = new mqtt_connection(
    { url: 'ws://x/mqtt', client_id: 'c' },
    {
      state: (state) => said.push(state.kind),
      message: ({ topic, payload }) => said.push([topic, Buffer.from(payload).toString()]),
    },
  );
  connection.open();
});

afterEach(() => {
  connection.close();
  Object.assign(globalThis, real);
});

test('it connects with the subprotocol, and is live when the broker says so', () => {
  assert.equal(socket().protocol, 'mqtt');
  socket().opens();
  assert.match(socket().sent[0]!, /^10..00044d51545405/);
  assert.deepEqual(said, ['connecting']);
  socket().says(connack);
  assert.deepEqual(said, ['connecting', 'live']);
  assert.equal(socket().sent.at(-1), pingreq);
});

test('each quality is acknowledged as it must be, and QoS 2 is delivered once', () => {
  goes_live();
  socket().sent = [];
  socket().says('3005 000161 00 30');
  socket().says('3207 000161 0007 00 31');
  socket().says('3407 000161 0008 00 32');
  socket().says('3c07 000161 0008 00 32');
  socket().says('6202 0008');
  socket().says('3407 000161 0008 00 33');
  assert.deepEqual(said.slice(2), [['a', '0'], ['a', '1'], ['a', '2'], ['a', '3']]);
  assert.deepEqual(socket().sent, ['40020007', '50020008', '50020008', '70020008', '50020008']);
});

test('QoS 1 settles with the PUBACK, with its reason', async () => {
  goes_live();
  const good = connection.publish(event('a', 1));
  const bad = connection.publish(event('b', 1));
  assert.deepEqual(socket().sent.slice(-2), ['3207000161' + '0001' + '0031', '3207000162' + '0002' + '0031']);
  socket().says('4009 0002 87 05 1f00026e6f 4002 0001');
  assert.deepEqual(await good, { accepted: true, reason: 0, text: '' });
  assert.deepEqual(await bad, { accepted: false, reason: 0x87, text: 'no' });
});

test('QoS 2 goes its four steps', async () => {
  goes_live();
  const sent = connection.publish(event('a', 2));
  socket().says('5002 0001');
  assert.equal(socket().sent.at(-1), '62020001');
  socket().says('7002 0001');
  assert.equal((await sent).accepted, true);
});

test('what was pressed without a connection is sent with the next one, and QoS 0 is refused', async () => {
  const kept = connection.publish(event('a', 1));
  assert.equal((await connection.publish(event('b', 0))).accepted, false);
  assert.equal(connection.unsettled(), 1);
  goes_live();
  assert.ok(socket().sent.includes('320700016100010031'));
  socket().says('40020001');
  assert.equal((await kept).accepted, true);
  assert.equal(connection.unsettled(), 0);
});

test('after a loss: longer and longer pauses, then subscriptions again, and what was not acknowledged again with DUP', async () => {
  goes_live();
  const granted = connection.subscribe([{ filter: 'a/#', qos: 1 }]);
  assert.equal(socket().sent.at(-1), '8209' + '0001' + '00' + '0003612f23' + '01');
  socket().says('9004 0001 00 01');
  assert.deepEqual(await granted, [1]);
  void connection.publish(event('a', 1));
  socket().breaks();
  assert.equal(said.at(-1), 'lost');
  const pauses = [];
  for (let i = 0; i < 8; i++) {
    pauses.push(waiting()[0]!.milliseconds);
    wake();
    socket().breaks();
  }
  pauses.forEach((pause, i) => {
    const expected = Math.min(500 * 2 ** i, 20_000);
    assert.ok(pause >= expected * 0.75 && pause <= expected * 1.25, `pause ${i}: ${pause}`);
  });
  wake();
  goes_live(connack_session_present);
  assert.ok(socket().sent.some((packet) => /^8209....000003612f2301$/.test(packet)), 'subscribed again');
  assert.ok(socket().sent.includes('3a0700016100020031'), 'sent again with DUP and the same identifier');
});

test('a broker that forgot the session gets the message anew', () => {
  goes_live();
  void connection.publish(event('a', 1));
  socket().breaks();
  wake();
  goes_live();
  assert.ok(socket().sent.some((packet) => /^3207000161....0031$/.test(packet)));
});

test('a filter that was unsubscribed is not subscribed again', () => {
  goes_live();
  void connection.subscribe([{ filter: 'a', qos: 0 }, { filter: 'b', qos: 0 }]);
  void connection.unsubscribe(['a']);
  assert.equal(socket().sent.at(-1), 'a206' + '0002' + '00' + '000161');
  socket().breaks();
  wake();
  goes_live();
  assert.deepEqual(socket().sent.filter((packet) => packet.startsWith('82')).map((packet) => packet.slice(10)), ['00016200']);
});

test('a refused sign-in is not tried again, a busy broker is', () => {
  socket().opens();
  socket().says('2003 00 86 00');
  assert.equal(said.at(-1), 'refused');
  assert.deepEqual(waiting(), []);
  connection.open();
  socket().opens();
  socket().says('2003 00 89 00');
  assert.equal(said.at(-1), 'lost');
  assert.equal(waiting().length, 1);
});

test('another client with the same name ends it; a broker that stops does not', () => {
  goes_live();
  socket().says('e0018b');
  assert.equal(said.at(-1), 'lost');
  wake();
  goes_live();
  socket().says('e0018e');
  assert.equal(said.at(-1), 'refused');
  assert.deepEqual(waiting(), []);
});

test('a line on which no ping is answered is dead', () => {
  goes_live();
  socket().says('d000');
  wake();
  assert.equal(socket().sent.at(-1), pingreq);
  assert.equal(said.at(-1), 'live');
  wake();
  assert.equal(said.at(-1), 'lost');
});

test('a broker that breaks the protocol is told so and left', () => {
  goes_live();
  const first = socket();
  first.says('3607 000161 0001 00 31');
  assert.equal(first.sent.at(-1), 'e00181');
  assert.equal(said.at(-1), 'lost');
});

test('what waits is bounded, and so is what a slow network has not taken', async () => {
  for (let i = 0; i < outgoing_max; i++) void connection.publish(event('a', 1));
  assert.equal((await connection.publish(event('a', 1))).accepted, false);
  assert.equal(connection.unsettled(), outgoing_max);
  goes_live();
  socket().bufferedAmount = 2_000_000;
  assert.equal((await connection.publish(event('a', 0))).accepted, false);
});

test('no more goes out unacknowledged than the broker can take', () => {
  for (let i = 0; i < 5; i++) void connection.publish(event('a', 1));
  goes_live('2006 00 00 03 210002');
  const published = () => socket().sent.filter((packet) => packet.startsWith('32')).length;
  assert.equal(published(), 2);
  socket().says('4002 0001');
  assert.equal(published(), 3);
});

test('a topic without a UTF-8 form is refused where it is asked for', async () => {
  goes_live();
  const result = await connection.publish(event('a\ud800', 1));
  assert.equal(result.accepted, false);
  assert.match(result.text, /surrogate/);
});

test('what the broker would end the connection for does not get there', async () => {
  goes_live();
  const sent = socket().sent.length;
  for (const topic of ['', 'a/+', '#', 'a\0', 'x'.repeat(65_536)]) assert.equal((await connection.publish(event(topic, 1))).reason, 0x90, topic.slice(0, 9));
  for (const filter of ['', 'a#', '#/a', 'a+/b', 'a\0']) assert.deepEqual(await connection.subscribe([{ filter, qos: 0 }]), [0x8f], filter);
  assert.equal(socket().sent.length, sent);
  for (const filter of ['#', '+', 'a/+/b/#', '/', '$SYS/#']) void connection.subscribe([{ filter, qos: 0 }]);
  assert.equal(socket().sent.length, sent + 5);
});

test('closing says good-bye and settles what waited', async () => {
  goes_live();
  const waiting_one = connection.publish(event('a', 1));
  const last = socket();
  connection.close();
  assert.equal(last.sent.at(-1), 'e000');
  assert.equal((await waiting_one).accepted, false);
});
