import assert from 'node:assert/strict';
import { test } from 'node:test';
import { held_messages } from '../src/held_messages';
import { held_characters_max, topics_max } from '../src/limits';
import { message } from './message';

test('the newest message of each topic is held, with how many it stands for', () => {
  const held = new held_messages();
  for (const payload of ['1', '2', '3']) held.hold(message({ payload }), false);
  held.hold(message({ topic: 'b' }), true);
  const given: unknown[] = [];
  held.release((each, replayed, messages) => given.push([each.topic, each.payload, replayed, messages]));
  assert.deepEqual(given, [
    ['a', '3', false, 3],
    ['b', message({}).payload, true, 1],
  ]);
  held.release(() => assert.fail('released twice'));
});

test('what does not fit is counted', () => {
  const held = new held_messages();
  for (let i = 0; i <= topics_max; i++) held.hold(message({ topic: `t/${i}` }), false);
  assert.equal(held.refused, 1);
  held.release(() => {});
  held.hold(message({ payload: 'x'.repeat(held_characters_max) }), false);
  assert.equal(held.refused, 2);
});
