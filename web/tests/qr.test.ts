import assert from 'node:assert/strict';
import { test } from 'node:test';
import { data_codewords, format_bits, path, qr_modules, with_remainder } from '../src/qr';
import { check_bytes } from '../src/qr_check_bytes';

test('check bytes of "HELLO WORLD", 1-M, as many a text book has them', () => {
  const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
  assert.deepEqual(check_bytes(data, 10), [196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
});

test('format and version bits as in the tables of the standard', () => {
  assert.equal(format_bits(0).toString(2), '101010000010010');
  assert.equal(format_bits(5).toString(2), '100000011001110');
  assert.equal(with_remainder(7, 0b1111100100101, 12).toString(2).padStart(18, '0'), '000111110010010100');
  assert.equal(with_remainder(10, 0b1111100100101, 12).toString(2).padStart(18, '0'), '001010010011010011');
});

test('data codewords: mode, count, bytes, terminator, padding', () => {
  const hex = (bytes: number[]): string => Buffer.from(bytes).toString('hex');
  assert.equal(hex(data_codewords(new TextEncoder().encode('ab'), 16, 8)), '40261620ec11ec11ec11ec11ec11ec11');
  assert.equal(data_codewords(new Uint8Array(14), 16, 8).length, 16);
});

test('the size grows with the text, and ends with version 10', () => {
  for (const [length, size] of [
    [14, 21], [15, 25], [26, 25], [27, 29], [42, 29], [62, 33], [84, 37], [106, 41], [122, 45], [152, 49], [180, 53], [213, 57],
  ] as const)
    assert.equal(qr_modules('x'.repeat(length))?.length, size, `${length} bytes`);
  assert.equal(qr_modules('x'.repeat(214)), undefined);
});

// Reads the first block's bytes back from the modules of version 1, where codewords are not interleaved.
test('what was written can be read from the modules', () => {
  const grid = qr_modules('pad#küche')!;
  let format = 0;
  for (let i = 0; i < 8; i++) format |= Number(grid[8]![grid.length - 1 - i]) << i;
  for (let i = 8; i < 15; i++) format |= Number(grid[grid.length - 15 + i]![8]) << i;
  const mask = [0, 1, 2, 3, 4, 5, 6, 7].find((number) => format_bits(number) === format);
  assert.notEqual(mask, undefined, 'no such format');
  const in_square = (x: number, y: number): boolean => (x < 9 && y < 9) || (x > 12 && y < 9) || (x < 9 && y > 12) || x === 6 || y === 6;
  const flips = [
    (x: number, y: number) => (x + y) % 2, (_: number, y: number) => y % 2, (x: number) => x % 3, (x: number, y: number) => (x + y) % 3,
    (x: number, y: number) => ((y >> 1) + Math.floor(x / 3)) % 2, (x: number, y: number) => ((x * y) % 2) + ((x * y) % 3),
    (x: number, y: number) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x: number, y: number) => (((x + y) % 2) + ((x * y) % 3)) % 2,
  ];
  const bits = path(21).filter(([x, y]) => !in_square(x, y)).map(([x, y]) => Number(grid[y]![x]! !== (flips[mask!]!(x, y) === 0)));
  assert.equal(bits.length, 26 * 8);
  const byte = (at: number): number => bits.slice(at, at + 8).reduce((value, bit) => value * 2 + bit, 0);
  const length = byte(4);
  const text = Buffer.from(Array.from({ length }, (_, i) => byte(12 + 8 * i))).toString('utf8');
  assert.equal(text, 'pad#küche');
});
