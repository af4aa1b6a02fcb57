import assert from 'node:assert/strict';
import { test } from 'node:test';
import { free_id, is_retained, new_widget, pad_name_of, read_layout, truth_topic, widget_kinds, widgets_max, write_layout } from '../src/pad/layout';

test('a layout is what was written, and only what differs from a new widget is written', () => {
  const widgets = [
    { ...new_widget('switch', 'w1'), label: 'Lamp', command: 'l/set', state: 'l', confirm: true },
    { ...new_widget('select', 'w2'), command: 'm', options: ['a', 'b'] },
  ];
  const text = write_layout(widgets);
  assert.equal(
    text,
    '{"widgets":[{"id":"w1","kind":"switch","label":"Lamp","command":"l/set","state":"l","confirm":true},' +
      '{"id":"w2","kind":"select","command":"m","options":["a","b"]}]}',
  );
  assert.deepEqual(read_layout(text), widgets);
});

test('every kind survives being written and read', () => {
  const all = widget_kinds.map((kind, i) => new_widget(kind, `w${i}`));
  assert.deepEqual(read_layout(write_layout(all)), all);
});

test('what others wrote is not believed', () => {
  for (const text of ['', 'x', '1', 'null', '[]', '{"widgets":1}']) assert.equal(read_layout(text), undefined, text);
  const odd = [
    null, 1, {}, { id: 'a' }, { id: 'a', kind: 'toString' }, { id: 1, kind: 'switch' },
    { id: 'b', kind: 'slider', min: '1', max: null, label: 7, options: [1, 'x'], colour_form: 'none', confirm: 'yes', __proto__: 1, other: 2 },
    { id: 'b', kind: 'led' },
  ];
  assert.deepEqual(read_layout(JSON.stringify({ widgets: odd })), [{ ...new_widget('slider', 'b'), options: ['x'] }]);
  const many = Array.from({ length: 500 }, (_, i) => ({ id: `w${i}`, kind: 'led', label: 'x'.repeat(5000) }));
  const read = read_layout(JSON.stringify({ widgets: many }))!;
  assert.equal(read.length, widgets_max);
  assert.equal(read[0]!.label.length, 1000);
});

test('the truth is the state topic, or the kept command of what has none', () => {
  const lamp = { ...new_widget('switch', 'a'), command: 'c', state: 's' };
  assert.equal(truth_topic(lamp), 's');
  assert.equal(is_retained(lamp), false);
  assert.equal(truth_topic({ ...lamp, state: '' }), 'c');
  assert.equal(is_retained({ ...lamp, state: '' }), true);
  const button = { ...new_widget('button', 'a'), command: 'c' };
  assert.equal(truth_topic(button), '');
  assert.equal(is_retained(button), false);
});

test('a name is one level of a topic', () => {
  assert.equal(pad_name_of('#k%C3%BCche'), 'küche');
  for (const hash of ['', '#', '#a/b', '#%2B', '#%23', '#%E0%A4', '#a%00', `#${'x'.repeat(65)}`]) assert.equal(pad_name_of(hash), 'home', hash);
});

test('a new widget gets an id that nobody has', () => {
  assert.equal(free_id([]), 'w1');
  assert.equal(free_id([new_widget('led', 'w2')]), 'w3');
  assert.equal(free_id([new_widget('led', 'w1'), new_widget('led', 'w3')]), 'w4');
});
