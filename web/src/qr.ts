// QR codes (ISO/IEC 18004): bytes, error correction level M, versions 1 to 10, which is up to 213 bytes. Gives dark and light
// modules; draws nothing.
import { check_bytes } from './qr_check_bytes';

export type modules = boolean[][];

// Per version at level M: data codewords of each block, check codewords of a block, centres of the alignment patterns.
const versions: readonly { blocks: number[]; check: number; centres: number[] }[] = [
  { blocks: [16], check: 10, centres: [] },
  { blocks: [28], check: 16, centres: [6, 18] },
  { blocks: [44], check: 26, centres: [6, 22] },
  { blocks: [32, 32], check: 18, centres: [6, 26] },
  { blocks: [43, 43], check: 24, centres: [6, 30] },
  { blocks: [27, 27, 27, 27], check: 16, centres: [6, 34] },
  { blocks: [31, 31, 31, 31], check: 18, centres: [6, 22, 38] },
  { blocks: [38, 38, 39, 39], check: 22, centres: [6, 24, 42] },
  { blocks: [36, 36, 36, 37, 37], check: 22, centres: [6, 26, 46] },
  { blocks: [43, 43, 43, 43, 44], check: 26, centres: [6, 28, 50] },
];
const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];
const byte_mode = 4;
const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);

// undefined: longer than version 10 can hold.
export function qr_modules(text: string): modules | undefined {
  const bytes = new TextEncoder().encode(text);
  const at = versions.findIndex((each, i) => sum(each.blocks) >= bytes.length + (i < 9 ? 2 : 3));
  const row = versions[at];
  if (!row) return undefined;
  const codewords = interleaved(data_codewords(bytes, sum(row.blocks), at < 9 ? 8 : 16), row.blocks, row.check);
  let best: { grid: modules; cost: number } | undefined;
  for (const number of masks.keys()) {
    const grid = drawn(at + 1, row.centres, codewords, number);
    const cost = penalty(grid);
    if (!best || cost < best.cost) best = { grid, cost };
  }
  return best?.grid;
}

export function data_codewords(bytes: Uint8Array, capacity: number, count_bits: number): number[] {
  const bits: number[] = [];
  const put = (value: number, count: number): void => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1); // bounded: the capacity of version 10
  };
  put(byte_mode, 4);
  put(bytes.length, count_bits);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const found: number[] = [];
  for (let at = 0; at < bits.length; at += 8) found.push(bits.slice(at, at + 8).reduce((value, bit) => value * 2 + bit, 0));
  for (let i = 0; found.length < capacity; i++) found.push(i % 2 === 0 ? 0xec : 0x11);
  return found;
}

function interleaved(data: number[], blocks: number[], check: number): number[] {
  let at = 0;
  const parts = blocks.map((size) => data.slice(at, (at += size)));
  const checks = parts.map((part) => check_bytes(part, check));
  const column = (rows: number[][], i: number): number[] => rows.flatMap((row) => row[i] ?? []);
  const all = (rows: number[][]): number[] => Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, i) => column(rows, i)).flat();
  return [...all(parts), ...all(checks)];
}

// The remainder of a polynomial over GF(2), appended to its value.
export function with_remainder(value: number, generator: number, degree: number): number {
  let rest = value << degree;
  for (let bit = 31 - Math.clz32(rest); bit >= degree; bit = 31 - Math.clz32(rest)) rest ^= generator << (bit - degree);
  return (value << degree) | rest;
}

export function format_bits(mask: number): number {
  return with_remainder(mask, 0b10100110111, 10) ^ 0b101010000010010; // level M is 00
}

function drawn(version: number, centres: number[], codewords: number[], mask: number): modules {
  const size = 17 + 4 * version;
  const grid: modules = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const fixed: modules = grid.map((row) => [...row]);
  const set = (x: number, y: number, dark: boolean): void => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    grid[y]![x] = dark;
    fixed[y]![x] = true;
  };
  for (let i = 0; i < size; i++) {
    set(i, 6, i % 2 === 0);
    set(6, i, i % 2 === 0);
  }
  const square = (x: number, y: number, reach: number, light: number[]): void => {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) set(x + dx, y + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(x, y, 4, [2, 4]);
  const last = centres.at(-1);
  for (const y of centres)
    for (const x of centres)
      if (!((x === 6 && (y === 6 || y === last)) || (x === last && y === 6))) square(x, y, 2, [1]);
  set_format(set, size, format_bits(mask));
  if (version >= 7) set_version(set, size, with_remainder(version, 0b1111100100101, 12));
  fill(grid, fixed, codewords, masks[mask]!);
  return grid;
}

type setter = (x: number, y: number, dark: boolean) => void;

function set_format(set: setter, size: number, bits: number): void {
  const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
  for (let i = 0; i < 15; i++) {
    // Down the column beside the upper left square, around its corner; then the other copy.
    if (i < 8) set(8, i < 6 ? i : i + 1, bit(i));
    else set(i === 8 ? 7 : 14 - i, 8, bit(i));
    if (i < 8) set(size - 1 - i, 8, bit(i));
    else set(8, size - 15 + i, bit(i));
  }
  set(8, size - 8, true);
}

function set_version(set: setter, size: number, bits: number): void {
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >> i) & 1) === 1;
    const [along, across] = [Math.floor(i / 3), size - 11 + (i % 3)];
    set(along, across, dark);
    set(across, along, dark);
  }
}

// The path of the codewords: two columns at a time from the right, up and down by turns, around column 6.
export function path(size: number): [number, number][] {
  const found: [number, number][] = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= 2, up = !up) {
    if (right === 6) right--;
    for (let i = 0; i < size; i++) for (const x of [right, right - 1]) found.push([x, up ? size - 1 - i : i]);
  }
  return found;
}

function fill(grid: modules, fixed: modules, codewords: number[], mask: (x: number, y: number) => boolean): void {
  let i = 0;
  for (const [x, y] of path(grid.length)) {
    if (fixed[y]![x]) continue;
    const bit = ((codewords[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
    grid[y]![x] = (bit === 1) !== mask(x, y);
    i++;
  }
}

// Section 7.8.3: what confuses a scanner costs.
function penalty(grid: modules): number {
  const size = grid.length;
  const columns = grid.map((_, x) => grid.map((row) => row[x]!));
  let cost = 0;
  for (const lane of [...grid, ...columns]) {
    const line = lane.map(Number).join('');
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) cost += run.length - 2;
    for (let at = 0; at + 11 <= size; at++) if (/^(10111010000|00001011101)/.test(line.slice(at, at + 11))) cost += 40;
  }
  for (let y = 0; y + 1 < size; y++)
    for (let x = 0; x + 1 < size; x++) {
      const dark = grid[y]![x];
      if (dark === grid[y]![x + 1] && dark === grid[y + 1]![x] && dark === grid[y + 1]![x + 1]) cost += 3;
    }
  const share = sum(grid.flat().map(Number)) / (size * size);
  return cost + Math.floor(Math.abs(share * 20 - 10)) * 10;
}
