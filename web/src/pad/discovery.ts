// Home Assistant's discovery messages, read as widgets: homeassistant/{component}/{id}/config, with the short names of
// keys, '~' for a base topic, and one message for all components of a device. What is not understood is left out.
import { new_widget, type widget } from './layout';

export interface found_widget {
  device: string;
  widget: widget;
}

type fields = Record<string, unknown>;

const short_names: Readonly<Record<string, string>> = {
  stat_t: 'state_topic', cmd_t: 'command_topic', val_tpl: 'value_template', stat_val_tpl: 'state_value_template',
  pl_on: 'payload_on', pl_off: 'payload_off', stat_on: 'state_on', stat_off: 'state_off', pl_prs: 'payload_press',
  bri_cmd_t: 'brightness_command_topic', bri_stat_t: 'brightness_state_topic', bri_scl: 'brightness_scale',
  bri_val_tpl: 'brightness_value_template', bri: 'brightness', rgb_cmd_t: 'rgb_command_topic',
  rgb_stat_t: 'rgb_state_topic', rgb_val_tpl: 'rgb_value_template', sup_clrm: 'supported_color_modes',
  cmd_tpl: 'command_template', unit_of_meas: 'unit_of_measurement', ops: 'options', ret: 'retain', dev: 'device',
  cmps: 'components', p: 'platform', obj_id: 'object_id', ent_cat: 'entity_category',
};
const components_max = 100;

const is_fields = (value: unknown): value is fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const text_of = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1000) : '');
const number_of = (value: unknown, standard: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : standard;
const payload_of = (value: unknown, standard: string): string =>
  typeof value === 'boolean' || typeof value === 'number' ? String(value) : text_of(value) || standard;

function long_names(given: fields): fields {
  const base = text_of(given['~']);
  const found: fields = {};
  for (const [name, value] of Object.entries(given)) {
    const long = Object.hasOwn(short_names, name) ? short_names[name]! : name;
    const is_topic = long.endsWith('_topic') && typeof value === 'string';
    found[long] = is_topic && base !== '' ? value.replace(/^~|~$/, base) : value;
  }
  return found;
}

// {{ value_json.a['b'] | round(1) }} as /a/b; '' for the value itself; undefined: more than a pointer can say.
export function pointer_of(template: unknown): string | undefined {
  if (template === undefined || template === '') return '';
  const inside = /^\s*\{\{-?\s*(value(?:_json)?)((?:\.\w+|\[\s*(?:'[^']*'|"[^"]*"|\d+)\s*\])*)\s*(?:\s*\|\s*\w+(?:\([^(){}]*\))?)*\s*-?\}\}\s*$/.exec(text_of(template));
  if (!inside) return undefined;
  const steps = [...inside[2]!.matchAll(/\.(\w+)|\[\s*(?:'([^']*)'|"([^"]*)"|(\d+))\s*\]/g)];
  if (inside[1] === 'value') return steps.length === 0 ? '' : undefined;
  return steps
    .map(([, ...names]) => names.find((name) => name !== undefined) ?? '')
    .map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

// {{ value }} is where our format has {}.
function format_of(template: unknown): string | undefined {
  const text = text_of(template);
  if (text === '') return '{}';
  const format = text.replace(/\{\{-?\s*value\s*-?\}\}/, '{}');
  return /\{\{|\{%/.test(format) || !format.includes('{}') ? undefined : format;
}

// The parts that a kind has in common with all others; undefined where a template is beyond us.
function made(kind: widget['kind'], label: string, given: fields, own: Partial<widget>, template: unknown): widget[] {
  const pointer = pointer_of(template);
  const format = format_of(given.command_template);
  if (pointer === undefined || format === undefined) return [];
  const retain = given.retain === true;
  return [{ ...new_widget(kind, ''), label, pointer, format, retain, ...own }];
}

function brightness_and_colour(label: string, given: fields): widget[] {
  const max = number_of(given.brightness_scale, 255);
  const brightness = text_of(given.brightness_command_topic);
  const rgb = text_of(given.rgb_command_topic);
  return [
    ...(brightness
      ? made('slider', `${label} brightness`, { retain: given.retain }, { command: brightness, state: text_of(given.brightness_state_topic), max }, given.brightness_value_template)
      : []),
    ...(rgb
      ? made('colour', `${label} colour`, { retain: given.retain }, { command: rgb, state: text_of(given.rgb_state_topic), colour_form: 'rgb' }, given.rgb_value_template)
      : []),
  ];
}

// One topic for all, in JSON: {"state":"ON","brightness":128,"color":{"r":1,"g":2,"b":3}}.
function json_light(label: string, given: fields): widget[] {
  const topics = { command: text_of(given.command_topic), state: text_of(given.state_topic), retain: given.retain === true };
  const modes = Array.isArray(given.supported_color_modes) ? given.supported_color_modes : [];
  const has_rgb = modes.some((mode) => mode === 'rgb' || mode === 'rgbw' || mode === 'rgbww');
  const light = (kind: widget['kind'], name: string, own: Partial<widget>): widget => ({
    ...new_widget(kind, ''), label: name, ...topics, ...own,
  });
  const on = payload_of(given.payload_on, 'ON');
  const off = payload_of(given.payload_off, 'OFF');
  const max = number_of(given.brightness_scale, 255);
  return [
    light('switch', label, { pointer: '/state', format: '{"state":"{}"}', on, off }),
    ...(given.brightness === true || modes.includes('brightness') || has_rgb
      ? [light('slider', `${label} brightness`, { pointer: '/brightness', format: '{"brightness":{}}', max })]
      : []),
    ...(has_rgb ? [light('colour', `${label} colour`, { pointer: '/color', format: '{"color":{}}', colour_form: 'object' })] : []),
  ];
}

function widgets_of(component: string, label: string, given: fields): widget[] {
  const command = text_of(given.command_topic);
  const state = text_of(given.state_topic);
  const on = payload_of(given.payload_on, 'ON');
  const off = payload_of(given.payload_off, 'OFF');
  const said = { on_state: payload_of(given.state_on, ''), off_state: payload_of(given.state_off, '') };
  const unit = text_of(given.unit_of_measurement).slice(0, 20);
  const range = { min: number_of(given.min, 1), max: number_of(given.max, 100), step: number_of(given.step, 1) };
  const options = Array.isArray(given.options) ? given.options.filter((each) => typeof each === 'string').slice(0, 100) : [];
  if (component === 'sensor') return state ? made('number', label, {}, { state, unit }, given.value_template) : [];
  if (component === 'binary_sensor') return state ? made('led', label, {}, { state, on, off }, given.value_template) : [];
  if (!command) return [];
  switch (component) {
    case 'light':
      if (given.schema === 'json') return json_light(label, given);
      return given.schema === 'template'
        ? []
        : [...made('switch', label, given, { command, state, on, off, ...said }, given.state_value_template), ...brightness_and_colour(label, given)];
    case 'switch':
      return made('switch', label, given, { command, state, on, off, ...said }, given.value_template);
    case 'button':
      return made('button', label, given, { command, on: payload_of(given.payload_press, 'PRESS') }, undefined);
    case 'number':
      return made('slider', label, given, { command, state, unit, ...range }, given.value_template);
    case 'select':
      return made('select', label, given, { command, state, options }, given.value_template);
    case 'text':
      return made('text', label, given, { command, state }, given.value_template);
    default:
      return [];
  }
}

export function read_announcement(topic: string, text: string): found_widget[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!is_fields(value)) return [];
  const given = long_names(value);
  const component = topic.split('/')[1] ?? '';
  const id = topic.split('/').at(-2) ?? '';
  const device = text_of(is_fields(given.device) ? given.device.name : '') || id;
  // {"name": null}: the entity is the device.
  const label = (own: fields, standard: string): string => text_of(own.name) || (own.name === null ? device : standard);
  if (component !== 'device' || !is_fields(given.components))
    return widgets_of(component, label(given, id), given).map((widget) => ({ device, widget }));
  return Object.entries(given.components)
    .slice(0, components_max)
    .flatMap(([name, part]) => {
      if (!is_fields(part)) return [];
      const own = long_names({ ...('~' in value ? { '~': value['~'] } : {}), ...part });
      const shared = Object.fromEntries(['state_topic', 'command_topic'].filter((each) => each in given).map((each) => [each, given[each]]));
      return widgets_of(text_of(own.platform), label(own, name), { ...shared, ...own }).map((widget) => ({ device, widget }));
    });
}
