import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type contrast, read_contrast } from '../src/contrast_result';
import * as words from '../src/contrast_words';
import { contrast_rows_max } from '../src/limits';

const row = (way: string, more: object = {}) => ({
  way,
  messages: 20,
  connections: 1,
  payload_bytes: 80,
  header_bytes: 360,
  to_server: 440,
  to_client: 0,
  bytes_per_message: 22,
  latency_us: 80.4,
  cpu_us: 9,
  memory_bytes: null,
  ...more,
});

const answer = (more: object = {}) => ({
  size: 4,
  receivers: 100,
  seconds: 2,
  publish: [row('mqtt-qos0')],
  receive: [],
  ping: [],
  fan_out: [],
  idle: [],
  notes: [],
  note: '',
  command: '',
  ...more,
});

function read(more: object = {}): contrast {
  return read_contrast(answer(more)) ?? assert.fail('this is a contrast');
}

test('what is no contrast is none, and what is odd in one does no harm', () => {
  for (const value of [null, 7, 'x', [], {}, answer({ idle: {} })]) assert.equal(read_contrast(value), null);
  const odd = read({ publish: [row('x', { to_server: 'many', latency_us: Infinity }), 7, null], notes: ['a', 7], size: '4' });
  assert.deepEqual([odd.rows.publish.length, odd.rows.publish[0]!.to_server, odd.rows.publish[0]!.latency_us], [1, 0, 0]);
  assert.deepEqual([odd.notes, odd.size], [['a'], 0]);
  assert.equal(read({ ping: Array(1000).fill(row('x')) }).rows.ping.length, contrast_rows_max);
});

test('the sentence of publishing compares the least with the most', () => {
  const large = row('post-browser', { to_server: 11_240, to_client: 6400, header_bytes: 17_560, bytes_per_message: 882 });
  assert.equal(
    words.publish_sentence(read({ publish: [row('mqtt-qos0'), large] })),
    'The same 4 bytes take 22 B by MQTT QoS 0 and 882 B by POST from a browser: 40 times as many. Of what the browser sends and gets, 0.5 % is the payload.',
  );
  assert.match(words.publish_sentence(read()), /^Only MQTT is spoken here/);
});

test('a sign of life is told in bytes each way', () => {
  const ping = row('mqtt-ping', { payload_bytes: 0, header_bytes: 80, to_server: 40, to_client: 40, bytes_per_message: 4 });
  assert.equal(
    words.ping_sentence(read({ ping: [ping] })),
    'To say that it is still there, an MQTT client sends 2 bytes and gets 2 bytes.',
  );
});

test('the fan-out tells how many receivers there really were', () => {
  const one = row('mqtt-publish', { connections: 33, to_server: 22, latency_us: 1500 });
  const posts = row('http-posts', { messages: 32, to_server: 5504, latency_us: 35_000 });
  assert.equal(
    words.fan_out_sentence(read({ fan_out: [posts, one] })),
    'By MQTT the sender sends 22 B once, and 32 receivers had it after 1.5 ms. With 32 POSTs, one for each, it sends 5,504 B and is done after 35 ms.',
  );
});

test('numbers are written as people read them', () => {
  assert.equal(words.time_text(999.4), '999 µs');
  assert.equal(words.time_text(12_345), '12.3 ms');
  assert.equal(words.times(88, 40), '2.2');
  assert.equal(words.times(5, 0), 'many');
  assert.equal(words.way_name('carrier-pigeon'), 'carrier-pigeon');
  assert.equal(words.idle_bytes(read({ idle: [row('mqtt', { connections: 0 })] }).rows.idle[0]!), 0);
});
