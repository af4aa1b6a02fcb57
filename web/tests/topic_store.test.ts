import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginning } from '../src/beginning';
import { levels_max, preview_characters_max, topics_max } from '../src/limits';
import { topic_store } from '../src/topic_store';
import { message } from './message';

test('a value lands at the end of its branch, and every level counts it', () => {
  const store = new topic_store();
  store.take(message({ id: '1', topic: 'home/kitchen/temp', payload: '21.5' }), false, 10);
  store.take(message({ id: '2', topic: 'home/kitchen/temp', payload: '21.6' }), false, 20);
  store.take(message({ id: '3', topic: 'home', payload: 'on' }), false, 30);
  assert.equal(store.find('home/kitchen/temp')?.message?.payload, '21.6');
  assert.equal(store.find('home/kitchen')?.message, undefined);
  assert.deepEqual([store.find('home')?.messages, store.find('home')?.topics], [3, 2]);
  assert.deepEqual([store.find('home/kitchen')?.messages, store.find('home/kitchen')?.changed_at], [2, 20]);
  assert.deepEqual([store.root.messages, store.root.topics], [3, 2]);
});

test('empty levels are levels', () => {
  const store = new topic_store();
  store.take(message({ topic: '/a' }), false, 0);
  store.take(message({ topic: 'a//' }), false, 0);
  assert.deepEqual(
    store.root.children.map((node) => node.level),
    ['', 'a'],
  );
  assert.equal(store.find('/a')?.level, 'a');
  assert.equal(store.find('a//')?.parent?.topic, 'a/');
});

test('siblings are sorted, numbers as numbers', () => {
  const store = new topic_store();
  for (const topic of ['10', '9', 'b', 'A', '1', 'a', '01']) store.take(message({ topic }), false, 0);
  assert.deepEqual(
    store.root.children.map((node) => node.level),
    ['01', '1', '9', '10', 'a', 'A', 'b'],
  );
});

test('a message that a resumed stream repeats is counted once', () => {
  const store = new topic_store();
  store.take(message({ id: 'k7-1' }), false, 10);
  store.take(message({ id: 'k7-1' }), false, 20);
  assert.deepEqual([store.root.messages, store.find('a')?.changed_at], [1, 10]);
});

test('a retained value read again does not cover a newer event, a live message always does', () => {
  const store = new topic_store();
  store.take(message({ id: '2', payload: 'event', ts: '2026-11-22T15:30:46.000Z' }), false, 10);
  store.take(message({ id: '1', payload: 'old state', ts: '2026-11-22T15:30:45.000Z' }), true, 20);
  assert.equal(store.find('a')?.message?.payload, 'event');
  store.take(message({ id: '3', payload: 'clock set back', ts: '2026-11-22T15:30:00.000Z' }), false, 30);
  assert.equal(store.find('a')?.message?.payload, 'clock set back');
});

test('values that were only read do not flash', () => {
  const store = new topic_store();
  store.take(message({}), true, 10);
  assert.equal(store.find('a')?.changed_at, -Infinity);
});

test('a long payload is kept as its beginning, and its length is known', () => {
  const store = new topic_store();
  for (const length of [preview_characters_max - 1, preview_characters_max, preview_characters_max + 1]) {
    store.take(message({ payload: 'x'.repeat(length) }), false, 0);
    const kept = store.find('a')?.message;
    assert.equal(kept?.characters, length);
    assert.equal(kept?.cut, length > preview_characters_max);
    assert.equal(kept?.payload.length, Math.min(length, preview_characters_max));
  }
});

test('a surrogate pair is not cut in two', () => {
  assert.equal(beginning('ab☃', 2), 'ab');
  assert.equal(beginning('a😀b', 2), 'a');
  assert.equal(beginning('a😀b', 3), 'a😀');
  assert.equal(beginning('short', 10), 'short');
});

test('one topic more than fits is counted, and topics already kept stay live', () => {
  const store = new topic_store();
  for (let i = 0; i < topics_max; i++) store.take(message({ topic: `t/${i}` }), false, 0);
  assert.equal(store.refused, 0);
  store.take(message({ topic: 'one/more' }), false, 0);
  store.take(message({ topic: 't' }), false, 0); // a branch that would become a topic
  store.take(message({ topic: 't/7', id: '9', payload: 'live' }), false, 0);
  assert.deepEqual([store.refused, store.root.topics], [2, topics_max]);
  assert.equal(store.find('one'), undefined);
  assert.equal(store.find('t/7')?.message?.payload, 'live');
});

test('a topic too deep for a tree is counted, not followed', () => {
  const store = new topic_store();
  store.take(message({ topic: '/'.repeat(65_535) }), false, 0);
  assert.deepEqual([store.refused, store.structure], [1, 0]);
  store.take(message({ topic: '/'.repeat(levels_max - 1) }), false, 0);
  assert.equal(store.refused, 1);
});

test('endless names do not fill the memory', () => {
  const store = new topic_store();
  for (let i = 0; i < 1000; i++) store.take(message({ topic: `${i}${'n'.repeat(60_000)}` }), false, 0);
  assert.ok(store.refused > 800);
});
