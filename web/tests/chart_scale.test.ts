import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nice_steps, place_in } from '../src/chart_scale';

test('the steps beside a chart are round and span the values', () => {
  assert.deepEqual(nice_steps(0, 10).steps, [0, 5, 10]);
  assert.deepEqual(nice_steps(19.9, 22.3).steps, [19, 20, 21, 22, 23]);
  assert.deepEqual(nice_steps(-0.3, 0.1).steps, [-0.3, -0.2, -0.1, 0, 0.1]);
  for (const [least, most] of [
    [1e-9, 3e-9],
    [5, 1e12],
    [-1e300, 1e300],
  ] as const) {
    const { steps, low, high } = nice_steps(least, most);
    assert.ok(low <= least && high >= most && steps.length <= 7, `${steps}`);
  }
});

test('equal values have room above and below', () => {
  for (const value of [0, 21.5, -3]) {
    const { low, high } = nice_steps(value, value);
    assert.ok(low < value && value < high);
  }
});

test('a value stands in its part of the picture', () => {
  assert.equal(place_in({ low: 0, high: 10, begin: 100, end: 0 }, 2.5), 75);
  assert.equal(place_in({ low: 4, high: 4, begin: 0, end: 10 }, 4), 5);
});
