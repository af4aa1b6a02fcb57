import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compared_lines_max } from '../src/limits';
import { line_difference } from '../src/line_difference';

const written = (before: string, after: string) =>
  line_difference(before, after)?.map(({ kind, text }) => ({ same: ' ', out: '-', in: '+' })[kind] + text);

test('only what changed is taken out and put in', () => {
  assert.deepEqual(written('a\nb\nc', 'a\nB\nc'), [' a', '-b', '+B', ' c']);
  assert.deepEqual(written('a\nb\nc\nd', 'b\nc\nx\nd'), ['-a', ' b', ' c', '+x', ' d']);
  assert.deepEqual(written('a', 'a'), [' a']);
  assert.deepEqual(written('a\na', 'a'), [' a', '-a']);
});

test('both texts can be read from the difference', () => {
  const lines = (seed: number) => Array.from({ length: 40 }, (_, i) => String((i * seed) % 7)).join('\n');
  for (const seed of [1, 2, 3, 5, 11]) {
    const found = line_difference(lines(seed), lines(seed + 1))!;
    const side = (left_out: string) => found.filter(({ kind }) => kind !== left_out).map(({ text }) => text).join('\n');
    assert.equal(side('in'), lines(seed));
    assert.equal(side('out'), lines(seed + 1));
  }
});

test('too many changed lines are not compared, a long common part costs nothing', () => {
  const many = (word: string) => Array.from({ length: compared_lines_max + 1 }, (_, i) => word + i).join('\n');
  assert.equal(line_difference(many('a'), many('b')), undefined);
  assert.equal(line_difference(`${many('a')}\nx`, `${many('a')}\ny`)?.length, compared_lines_max + 3);
});
