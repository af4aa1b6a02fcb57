import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { live_stream } from '../src/live_stream';

// A browser's EventSource without a network: the test is the broker.
class scripted_source extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static made: scripted_source[] = [];
  readyState = scripted_source.CONNECTING;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  constructor(readonly url: string) {
    super();
    scripted_source.made.push(this);
  }
  close(): void {
    this.readyState = scripted_source.CLOSED;
  }
  named(name: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
  message(data: unknown): void {
    this.onmessage?.(new MessageEvent('message', { data: typeof data === 'string' ? data : JSON.stringify(data) }));
  }
  fail(ready_state: number): void {
    this.readyState = ready_state;
    this.onerror?.(new Event('error'));
  }
}

let said: unknown[];
let stream: live_stream;
let pauses: { wake: () => void; milliseconds: number }[];
const real_fetch = globalThis.fetch;
const real_timers = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
const settled = () => new Promise((resolve) => setImmediate(resolve));
const source = () => scripted_source.made.at(-1)!;

beforeEach(() => {
  said = [];
  scripted_source.made = [];
  pauses = [];
  // Node's own mock timers are called differently in every release from 18 on.
  globalThis.setTimeout = ((wake: () => void, milliseconds: number) => pauses.push({ wake, milliseconds })) as never;
  globalThis.clearTimeout = ((id: number | undefined) => id !== undefined && delete pauses[id - 1]) as never;
  (globalThis as Record<string, unknown>).EventSource = scripted_source;
  stream = new live_stream('/topics?stream', {
    message: (message, replayed) => said.push(['message', message.topic, replayed]),
    state: (state) => said.push(state.kind),
    gap: (after, oldest) => said.push(['gap', after, oldest]),
    dropped: (count) => said.push(['dropped', count]),
    unreadable: () => said.push('unreadable'),
  });
  stream.open();
});

afterEach(() => {
  stream.close();
  globalThis.fetch = real_fetch;
  Object.assign(globalThis, real_timers);
});

const waiting = () => pauses.filter((pause) => pause !== undefined);

test('the browser saying open is not the broker saying open', () => {
  source().dispatchEvent(new Event('open'));
  source().named('open', { stream: 's-1', retained: 2 });
  source().message({ topic: 'a', payload: '1' });
  source().message({ topic: 'b', payload: '1' });
  source().message({ topic: 'c', payload: '1' });
  assert.deepEqual(said, [
    'connecting',
    'live',
    'live',
    ['message', 'a', true],
    ['message', 'b', true],
    ['message', 'c', false],
  ]);
});

test('gap, dropped, bye and unreadable messages are all told', () => {
  source().named('gap', { after: 'k7-900', oldest: 'k7-1040', lost: null });
  source().named('dropped', { count: 12 });
  source().named('bye', {});
  source().message('not json');
  assert.deepEqual(said.slice(1), [['gap', 'k7-900', 'k7-1040'], ['dropped', 12], 'stopping', 'unreadable']);
});

test('a lost connection is left to the browser to mend', async () => {
  source().fail(scripted_source.CONNECTING);
  await settled();
  assert.deepEqual(said, ['connecting', 'lost']);
  assert.equal(scripted_source.made.length, 1);
});

test('a refusal is asked for its reason; without rights there is no second try', async () => {
  globalThis.fetch = (async () => new Response('{"title":"Not for you"}', { status: 403 })) as typeof fetch;
  source().fail(scripted_source.CLOSED);
  await settled();
  assert.deepEqual(said, ['connecting', 'refused']);
  assert.deepEqual(waiting(), []);
});

test('204 ends the stream for good', async () => {
  globalThis.fetch = (async () => new Response(null, { status: 204 })) as typeof fetch;
  source().fail(scripted_source.CLOSED);
  await settled();
  assert.deepEqual(said, ['connecting', 'ended']);
});

test('a busy broker is tried again, each time after a longer pause', async () => {
  globalThis.fetch = (async () => new Response('', { status: 503 })) as typeof fetch;
  for (const expected of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    source().fail(scripted_source.CLOSED);
    await settled();
    assert.deepEqual(
      waiting().map((pause) => pause.milliseconds),
      [expected],
    );
    const made = scripted_source.made.length;
    waiting()[0]!.wake();
    assert.equal(scripted_source.made.length, made + 1);
  }
});

test('an error of a source that was closed meanwhile changes nothing', async () => {
  const old = source();
  stream.open();
  old.fail(scripted_source.CLOSED);
  await settled();
  assert.deepEqual(said, ['connecting', 'connecting']);
});
