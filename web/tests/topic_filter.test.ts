import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topic_filter } from '../src/topic_filter';

const matches = (filter: string, topic: string): boolean => topic_filter(filter)!(topic);

test('nothing written filters nothing', () => {
  assert.equal(topic_filter(''), undefined);
  assert.equal(topic_filter('  '), undefined);
});

test('plain text is found anywhere in the topic, in either case', () => {
  assert.ok(matches('KITCH', 'home/kitchen/temp'));
  assert.ok(matches('home/kit', 'home/kitchen/temp'));
  assert.ok(!matches('bath', 'home/kitchen/temp'));
});

test('wildcards mean what they mean in MQTT', () => {
  assert.ok(matches('home/+/temp', 'home/kitchen/temp'));
  assert.ok(!matches('home/+/temp', 'home/kitchen/oven/temp'));
  assert.ok(!matches('home/+', 'home'));
  assert.ok(matches('home/#', 'home')); // the level above is included
  assert.ok(matches('home/#', 'home/a/b'));
  assert.ok(matches('+/+', '/finance'));
  assert.ok(matches('#', 'anything/at/all'));
  assert.ok(!matches('home/#', 'homes'));
});

test('a filter that MQTT refuses matches nothing', () => {
  for (const filter of ['home+', 'a/#/b', '#/a', 'a#']) assert.ok(!matches(filter, 'home/a/b'), filter);
});

test('wildcards do not reach into $ topics', () => {
  assert.ok(!matches('#', '$SYS/broker'));
  assert.ok(!matches('+/broker', '$SYS/broker'));
  assert.ok(matches('$SYS/#', '$SYS/broker'));
});
