import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as draft from '../src/draft';
import { preview_characters_max } from '../src/limits';
import { deselect, reading, select, watch, whole_message } from '../src/selection';
import { topic_store, type kept_message } from '../src/topic_store';
import { message } from './message';

const long = 'x'.repeat(preview_characters_max + 1);
const real_fetch = globalThis.fetch;
const settled = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  globalThis.fetch = real_fetch;
  deselect();
});

function kept(given: Parameters<typeof message>[0]): kept_message {
  const store = new topic_store();
  store.take(message({ id: '1', ...given }), false, 0);
  return store.find(given.topic ?? 'a')!.message!;
}

function answer_with(body: unknown, status = 200): string[] {
  const urls: string[] = [];
  globalThis.fetch = (async (url: string) => {
    urls.push(url);
    return new Response(JSON.stringify(body), { status });
  }) as typeof fetch;
  return urls;
}

test('a value that was kept whole is not read again', async () => {
  const urls = answer_with({});
  const short = kept({ payload: 'short' });
  select('a', short);
  await settled();
  assert.deepEqual(urls, []);
  assert.equal(whole_message(short)?.payload, 'short');
});

test('the rest of a cut value is read from the broker', async () => {
  const urls = answer_with([message({ id: '1', topic: 'a b/c', payload: long })]);
  const cut = kept({ topic: 'a b/c', payload: long });
  select('a b/c', cut);
  await settled();
  await settled();
  assert.deepEqual(urls, ['/topics?filter=a%20b%2Fc']);
  assert.equal(whole_message(cut)?.payload, long);
});

test('no value, or another than the one shown, is not passed off as its rest', async () => {
  for (const values of [[], [message({ id: '2', payload: 'newer' })], {}]) {
    answer_with(values);
    const cut = kept({ payload: long });
    select('a', cut);
    await settled();
    await settled();
    assert.equal(reading.value.kind, 'not_kept');
    assert.equal(whole_message(cut), undefined);
  }
});

test('a refused read says why', async () => {
  answer_with({ title: 'Not authorized' }, 403);
  select('a', kept({ payload: long, retain: true }));
  await settled();
  await settled();
  assert.ok(reading.value.kind === 'refused' && reading.value.problem.title === 'Not authorized');
});

test('the next live message of the selected topic is whole', () => {
  answer_with({});
  select('a', kept({ payload: 'short' }));
  const live = message({ id: '7', payload: long });
  watch(live);
  assert.equal(whole_message(kept({ id: '7', payload: long }))?.payload, long);
  watch(message({ id: '8', topic: 'other', payload: long }));
  assert.equal(whole_message(kept({ id: '8', topic: 'other', payload: long })), undefined);
});

test('a click fills the form, but never over a payload that is being written', () => {
  draft.fill('a', kept({ payload: '1', qos: 2, retain: true }));
  assert.deepEqual([draft.topic.value, draft.payload.value, draft.qos.value, draft.retain.value], ['a', '1', 2, true]);
  draft.write_payload('mine');
  draft.fill('b', kept({ topic: 'b', payload: '2' }));
  assert.deepEqual(
    [draft.topic.value, draft.payload.value, draft.qos.value, draft.retain.value],
    ['b', 'mine', 0, false],
  );
  draft.write_payload('');
  draft.fill('b', kept({ topic: 'b', payload: '2' }));
  assert.equal(draft.payload.value, '2');
});

test('neither base64 nor half a payload gets into the form', () => {
  draft.write_payload('');
  draft.fill('a', kept({ payload: 'AQI=', binary: true }));
  assert.equal(draft.payload.value, '');
  draft.fill('a', kept({ payload: long }));
  assert.equal(draft.payload.value, '');
});
