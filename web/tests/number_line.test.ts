import assert from 'node:assert/strict';
import { test } from 'node:test';
import { number_at, number_field, points_max, points_of, polyline, with_point } from '../src/number_line';

test('a payload that is a number, or has one, can be drawn', () => {
  assert.equal(number_field('21.5'), '');
  assert.equal(number_field('{"name":"x","a/b":1}'), '/a~1b');
  for (const payload of ['ON', '', '"1"', '[1]', 'null', '{"a":"b"}']) assert.equal(number_field(payload), undefined);
  assert.equal(number_at('21.5', ''), 21.5);
  assert.equal(number_at('{"a/b":1}', '/a~1b'), 1);
  for (const payload of ['ON', 'null', '{}', '{"a/b":"1"}']) assert.equal(number_at(payload, '/a~1b'), undefined);
});

test('rows of a series are points, and what is no number is left out', () => {
  assert.deepEqual(points_of({ rows: [[1, 2, 3], [4, null, 0], 'x', [5, 6]] }), [{ at: 1, value: 2 }, { at: 5, value: 6 }]);
  assert.deepEqual(points_of(null), []);
  assert.deepEqual(points_of({ rows: {} }), []);
});

test('there are never more points than fit', () => {
  let points = points_of({ rows: Array.from({ length: points_max + 5 }, (_, at) => [at, 1]) });
  points = with_point(points, { at: 1000, value: 2 });
  assert.equal(points.length, points_max);
  assert.deepEqual(points.at(-1), { at: 1000, value: 2 });
});

test('a line goes from the left to the right, the highest value on top', () => {
  assert.equal(polyline([], 100, 50), '');
  assert.equal(polyline([{ at: 1, value: 7 }], 100, 50), '100.0,25.0');
  assert.equal(polyline([{ at: 0, value: 0 }, { at: 10, value: 1 }], 100, 50), '0.0,47.0 100.0,3.0');
});
