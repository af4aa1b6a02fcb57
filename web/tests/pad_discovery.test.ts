import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pointer_of, read_announcement } from '../src/pad/discovery';

const read = (component: string, given: unknown) => read_announcement(`homeassistant/${component}/node/config`, JSON.stringify(given));
// Only what the case is about.
const short = (component: string, given: unknown) =>
  read(component, given).map(({ widget: { kind, label, command, state, pointer, format } }) => [kind, label, command, state, pointer, format]);

test('templates that a pointer can say, and those that it can not', () => {
  for (const [template, pointer] of [
    [undefined, ''], ['{{ value }}', ''], ['{{ value | float }}', ''], ['{{ value_json.temp }}', '/temp'], ["{{value_json['a/b'].c | round(1)}}", '/a~1b/c'],
    ['{{ value_json.list[0] }}', '/list/0'], ['{{ value_json.t | float * 2 }}', undefined], ['{% if value %}x{% endif %}', undefined], ['{{ states("x") }}', undefined],
  ] as const)
    assert.equal(pointer_of(template), pointer, template);
});

test('a switch with short names, a base topic, and states of its own', () => {
  const [found] = read('switch', { '~': 'home/x', name: 'Plug', cmd_t: '~/set', stat_t: '~', pl_on: 'on', pl_off: 'off', stat_on: '1', stat_off: '0', dev: { name: 'Kitchen' } });
  assert.equal(found!.device, 'Kitchen');
  const { kind, label, command, state, on, off, on_state, off_state } = found!.widget;
  assert.deepEqual([kind, label, command, state, on, off, on_state, off_state], ['switch', 'Plug', 'home/x/set', 'home/x', 'on', 'off', '1', '0']);
});

test('a light becomes a switch, a slider and a colour', () => {
  const given = { name: 'L', command_topic: 'l/set', state_topic: 'l', brightness_command_topic: 'l/b/set', brightness_state_topic: 'l/b', rgb_command_topic: 'l/c/set' };
  assert.deepEqual(short('light', given), [
    ['switch', 'L', 'l/set', 'l', '', '{}'],
    ['slider', 'L brightness', 'l/b/set', 'l/b', '', '{}'],
    ['colour', 'L colour', 'l/c/set', '', '', '{}'],
  ]);
  const json = { name: 'L', cmd_t: 'l/set', stat_t: 'l', schema: 'json', sup_clrm: ['rgb'] };
  assert.deepEqual(short('light', json), [
    ['switch', 'L', 'l/set', 'l', '/state', '{"state":"{}"}'],
    ['slider', 'L brightness', 'l/set', 'l', '/brightness', '{"brightness":{}}'],
    ['colour', 'L colour', 'l/set', 'l', '/color', '{"color":{}}'],
  ]);
});

test('the other components', () => {
  assert.deepEqual(short('sensor', { name: 'T', stat_t: 's', val_tpl: '{{ value_json.t }}' }), [['number', 'T', '', 's', '/t', '{}']]);
  assert.deepEqual(short('binary_sensor', { name: 'D', stat_t: 'd' }), [['led', 'D', '', 'd', '', '{}']]);
  assert.deepEqual(short('button', { name: 'B', cmd_t: 'b' }), [['button', 'B', 'b', '', '', '{}']]);
  assert.deepEqual(short('number', { name: 'N', cmd_t: 'n', cmd_tpl: '{"v":{{ value }}}' }), [['slider', 'N', 'n', '', '', '{"v":{}}']]);
  assert.deepEqual(short('select', { name: 'S', cmd_t: 's', ops: ['a'] }), [['select', 'S', 's', '', '', '{}']]);
  assert.deepEqual(short('text', { name: null, cmd_t: 't', dev: { name: 'Sign' } }), [['text', 'Sign', 't', '', '', '{}']]);
});

test('one message for all components of a device', () => {
  const given = { '~': 'home/d', dev: { name: 'Station' }, stat_t: '~/all', cmps: { t: { p: 'sensor', name: 'Temp', val_tpl: '{{ value_json.t }}' }, r: { p: 'button', cmd_t: '~/reset' } } };
  assert.deepEqual(short('device', given), [
    ['number', 'Temp', '', 'home/d/all', '/t', '{}'],
    ['button', 'r', 'home/d/reset', '', '', '{}'],
  ]);
});

test('what is no announcement, or beyond us, offers nothing', () => {
  for (const text of ['', '{', '[]', 'null', '7', '{"name":"x"}']) assert.deepEqual(read_announcement('homeassistant/switch/x/config', text), [], text);
  assert.deepEqual(read('climate', { cmd_t: 'x' }), []);
  assert.deepEqual(read('sensor', { stat_t: 's', val_tpl: '{{ value_json.a + 1 }}' }), []);
  assert.deepEqual(read('light', { cmd_t: 'x', schema: 'template' }), []);
});
