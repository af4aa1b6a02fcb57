import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { at_pointer, in_format, picture_url, to_colour, to_number, write_colour } from '../src/pad/payload';
import { throttle } from '../src/pad/throttle';

test('a pointer finds a member, and nothing where there is none', () => {
  const payload = '{"a":{"b/c":[1,"two",{"d~e":null}]},"on":true}';
  for (const [pointer, expected] of [
    ['', payload], ['/on', 'true'], ['/a/b~1c/0', '1'], ['/a/b~1c/1', 'two'], ['/a/b~1c/2/d~0e', 'null'], ['/a/b~1c/2', '{"d~e":null}'],
    ['/x', undefined], ['/on/x', undefined], ['/toString', undefined],
  ] as const)
    assert.equal(at_pointer(payload, pointer), expected, pointer);
  assert.equal(at_pointer('no json', '/a'), undefined);
});

test('a number is a number, and nothing else is', () => {
  assert.equal(to_number('21.5'), 21.5);
  for (const text of [undefined, '', ' ', 'ON', '1e999', 'NaN']) assert.equal(to_number(text), undefined, text);
});

test('a colour in each of its forms', () => {
  for (const text of ['#ff8000', '#FF8000', '255,128,0', '{"r":255,"g":128,"b":0}']) assert.equal(to_colour(text), '#FF8000', text);
  for (const text of [undefined, '', 'red', '#ff80', '256,0,0', '1,2', '{"r":1}', '{', '{"r":"255","g":0,"b":0}']) assert.equal(to_colour(text), undefined, text);
  assert.equal(write_colour('#ff8000', 'hex'), '#FF8000');
  assert.equal(write_colour('#FF8000', 'rgb'), '255,128,0');
  assert.equal(write_colour('#FF8000', 'object'), '{"r":255,"g":128,"b":0}');
});

test('a format holds the value as it is, dollar signs too', () => {
  assert.equal(in_format('{"v":"{}"}', '$&'), '{"v":"$&"}');
  assert.equal(in_format('', 'x'), 'x');
});

test('a picture is one by its bytes, or one of this broker; no other place, no other type', () => {
  assert.equal(picture_url(Uint8Array.of(0xff, 0xd8, 0xff), undefined), 'data:image/jpeg;base64,/9j/');
  const text = (value: string) => picture_url(new TextEncoder().encode(value), value);
  assert.equal(text('/topics/cam/last'), '/topics/cam/last');
  assert.equal(text('data:image/png;base64,AAAA'), 'data:image/png;base64,AAAA');
  for (const value of ['http://x/y.png', '//x/y.png', 'data:image/svg+xml,<svg/>', 'javascript:1', '']) assert.equal(text(value), undefined, value);
});

const real = { setTimeout: globalThis.setTimeout, now: performance.now };
let clock = 0;
let timers: { at: number; wake: () => void }[] = [];
const pass = (milliseconds: number): void => {
  clock += milliseconds;
  const due = timers.filter(({ at }) => at <= clock);
  timers = timers.filter(({ at }) => at > clock);
  for (const { wake } of due) wake();
};
beforeEach(() => {
  clock = 1000;
  timers = [];
  performance.now = () => clock;
  globalThis.setTimeout = ((wake: () => void, wait: number) => timers.push({ at: clock + wait, wake })) as never;
});
afterEach(() => {
  globalThis.setTimeout = real.setTimeout;
  performance.now = real.now;
});

test('twenty a second pass, and the last one always', () => {
  const sent: [string, boolean][] = [];
  const gate = new throttle((value, final) => sent.push([value, final]));
  for (let i = 0; i < 100; i++, pass(10)) gate.offer(String(i), false);
  gate.offer('last', true);
  pass(1000);
  assert.ok(sent.length >= 20 && sent.length <= 22, String(sent.length));
  assert.deepEqual(sent[0], ['0', false]);
  assert.deepEqual(sent.at(-1), ['last', true]);
  assert.equal(sent.filter(([, final]) => final).length, 1);
});
