import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { publish, read_receipt } from '../src/publication';

const real_fetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real_fetch;
});

function answer_with(body: string, init: ResponseInit): { calls: [string, RequestInit][] } {
  const calls: [string, RequestInit][] = [];
  globalThis.fetch = (async (url: string, request: RequestInit) => {
    calls.push([url, request]);
    return new Response(body, init);
  }) as typeof fetch;
  return { calls };
}

test('an event is a POST, a state a PUT, an empty state a DELETE', async () => {
  const { calls } = answer_with('{"matched":1}', { status: 200 });
  await publish({ topic: 'a/b', payload: 'ü', qos: 0, retain: false });
  await publish({ topic: 'a/b', payload: '1', qos: 2, retain: true });
  await publish({ topic: 'a/b', payload: '', qos: 1, retain: true });
  await publish({ topic: 'a/b', payload: '', qos: 1, retain: false });
  assert.deepEqual(
    calls.map(([url, request]) => [url, request.method]),
    [
      ['/topics/a/b?qos=0', 'POST'],
      ['/topics/a/b?qos=2', 'PUT'],
      ['/topics/a/b?qos=1', 'DELETE'],
      ['/topics/a/b?qos=1', 'POST'],
    ],
  );
});

test('the body is bytes, without a type of their own', async () => {
  const { calls } = answer_with('{}', { status: 200 });
  await publish({ topic: 'a/b', payload: 'ü', qos: 0, retain: false });
  assert.deepEqual(calls[0]![1].body, new Uint8Array([0xc3, 0xbc]));
  assert.equal(new Headers(calls[0]![1].headers).get('content-type'), null);
});

test('the receipt is handed on', async () => {
  answer_with('{"matched":3,"sent":2,"bytes":{"http":379,"mqtt":22}}', { status: 200 });
  const outcome = await publish({ topic: 'a', payload: '1', qos: 1, retain: false });
  assert.ok(outcome.accepted);
  assert.deepEqual(outcome.receipt, { matched: 3, sent: 2, bytes: { http: 379, mqtt: 22 } });
});

test('a receipt without a body is read from the headers', () => {
  assert.deepEqual(read_receipt('', new Headers({ 'Mqtt-Matched': '2' })), { matched: 2 });
  assert.deepEqual(read_receipt('', new Headers()), {});
});

test('a refusal is a problem, never an accepted publish', async () => {
  answer_with('{"title":"A topic name cannot contain wildcards"}', { status: 400 });
  const outcome = await publish({ topic: 'a/+', payload: '1', qos: 1, retain: false });
  assert.ok(!outcome.accepted);
  assert.deepEqual([outcome.problem.status, outcome.problem.title], [400, 'A topic name cannot contain wildcards']);
});

test('a topic without a URL and a broker without an answer are told', async () => {
  const half = await publish({ topic: '\udc00', payload: '', qos: 0, retain: false });
  assert.ok(!half.accepted && /UTF-8/.test(half.problem.title));
  globalThis.fetch = async () => {
    throw new TypeError('Failed to fetch');
  };
  const silent = await publish({ topic: 'a', payload: '', qos: 0, retain: false });
  assert.ok(!silent.accepted && silent.problem.status === 0);
});
