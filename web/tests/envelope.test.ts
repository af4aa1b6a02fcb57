import assert from 'node:assert/strict';
import { test } from 'node:test';
import { payload_bytes, read_envelope } from '../src/envelope';
import { message } from './message';

test('an envelope is read as the broker writes it', () => {
  const text =
    '{"id":"k7-1","ts":"2026-11-22T15:30:45.123Z","topic":"home/temp","payload":"21.5","qos":1,"retain":true,"props":{"expiry":60}}';
  assert.deepEqual(read_envelope(text), {
    id: 'k7-1',
    ts: '2026-11-22T15:30:45.123Z',
    topic: 'home/temp',
    payload: '21.5',
    binary: false,
    qos: 1,
    retain: true,
    props: { expiry: 60 },
  });
});

test('base64 is known as binary, and an inlined JSON value becomes text again', () => {
  assert.equal(read_envelope('{"topic":"a","payload":"AQI=","enc":"base64"}')?.binary, true);
  assert.equal(read_envelope('{"topic":"a","payload":{"x":1},"enc":"json"}')?.payload, '{"x":1}');
});

test('what is no envelope is refused', () => {
  for (const text of [
    '',
    'null',
    '7',
    '[]',
    '{}',
    '{"topic":3,"payload":""}',
    '{"topic":"a"}',
    '{"topic":"a","payload":',
  ]) {
    assert.equal(read_envelope(text), undefined, text);
  }
});

test('bytes are counted in UTF-8 for text and before base64 for binary', () => {
  assert.equal(payload_bytes(message({ payload: 'grüße ☃' })), 11);
  for (const bytes of [0, 1, 2, 3, 4, 1000, 1001, 1002]) {
    assert.equal(payload_bytes(message({ payload: Buffer.alloc(bytes, 7).toString('base64'), binary: true })), bytes);
  }
});
