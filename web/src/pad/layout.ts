// What a pad consists of: its widgets, as retained JSON under ui/pad/{name}. What others wrote there is not trusted.

export const layout_topic_root = 'ui/pad';
export const widgets_max = 100;
export const text_characters_max = 1000;
const options_max = 100;

interface kind_row {
  name: string;
  commands: boolean; // publishes on a command topic
  holds: boolean; // stands for a state: without a state topic the retained command is the truth
  settings: readonly setting[];
}

export type setting = 'on' | 'off' | 'on_state' | 'off_state' | 'min' | 'max' | 'step' | 'unit' | 'options' | 'colour_form' | 'confirm';

export const kind_table = {
  switch: { name: 'Switch', commands: true, holds: true, settings: ['on', 'off', 'on_state', 'off_state', 'confirm'] },
  button: { name: 'Button', commands: true, holds: false, settings: ['on', 'off', 'confirm'] },
  slider: { name: 'Slider', commands: true, holds: true, settings: ['min', 'max', 'step', 'unit'] },
  colour: { name: 'Colour', commands: true, holds: true, settings: ['colour_form'] },
  text: { name: 'Text', commands: true, holds: true, settings: ['confirm'] },
  select: { name: 'Choice', commands: true, holds: true, settings: ['options', 'confirm'] },
  joystick: { name: 'Joystick', commands: true, holds: false, settings: [] },
  gauge: { name: 'Gauge', commands: false, holds: true, settings: ['min', 'max', 'unit'] },
  number: { name: 'Number', commands: false, holds: true, settings: ['unit'] },
  led: { name: 'LED', commands: false, holds: true, settings: ['on'] },
  chart: { name: 'Chart', commands: false, holds: true, settings: ['unit'] },
  image: { name: 'Picture', commands: false, holds: true, settings: [] },
  log: { name: 'Log', commands: false, holds: false, settings: [] },
} as const satisfies Record<string, kind_row>;

export type widget_kind = keyof typeof kind_table;
export const widget_kinds = Object.keys(kind_table) as widget_kind[];
export type colour_form = 'hex' | 'rgb' | 'object';

export interface widget {
  id: string;
  kind: widget_kind;
  label: string;
  command: string;
  state: string;
  pointer: string; // JSON pointer into the state's payload; '': the payload itself
  format: string; // of the command; {} stands for the value
  on: string; // a button's press payload
  off: string; // a button's release payload; '': none
  on_state: string; // what the state topic says for on, where that is not what the command says; '': the same
  off_state: string;
  min: number;
  max: number;
  step: number;
  unit: string;
  options: string[];
  colour_form: colour_form;
  confirm: boolean;
  retain: boolean;
}

export function new_widget(kind: widget_kind, id: string): widget {
  return {
    id,
    kind,
    label: kind_table[kind].name,
    command: '',
    state: '',
    pointer: '',
    format: '{}',
    on: kind === 'button' ? 'PRESS' : 'ON',
    off: kind === 'button' ? '' : 'OFF',
    on_state: '',
    off_state: '',
    min: 0,
    max: 100,
    step: 1,
    unit: '',
    options: [],
    colour_form: 'hex',
    confirm: false,
    retain: false,
  };
}

// The topic whose retained value is the truth about this widget.
export function truth_topic(given: widget): string {
  return given.state || (kind_table[given.kind].holds ? given.command : '');
}

export function is_retained(given: widget): boolean {
  return given.retain || (kind_table[given.kind].holds && given.state === '');
}

function read_widget(value: unknown): widget | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as Record<string, unknown>;
  const { kind, id } = given;
  if (typeof kind !== 'string' || !Object.hasOwn(kind_table, kind) || typeof id !== 'string') return undefined;
  const found = new_widget(kind as widget_kind, id.slice(0, 40)) as unknown as Record<string, unknown>;
  for (const [name, standard] of Object.entries(found)) {
    const wanted = given[name];
    if (name === 'id' || name === 'kind' || name === 'options' || typeof wanted !== typeof standard) continue;
    if (typeof wanted === 'string') found[name] = wanted.slice(0, text_characters_max);
    else if (typeof wanted !== 'number' || Number.isFinite(wanted)) found[name] = wanted;
  }
  if (Array.isArray(given.options))
    found.options = given.options.filter((each) => typeof each === 'string').slice(0, options_max);
  if (!['hex', 'rgb', 'object'].includes(found.colour_form as string)) found.colour_form = 'hex';
  return found as unknown as widget;
}

export function read_layout(text: string): widget[] | undefined {
  try {
    const { widgets } = JSON.parse(text) as { widgets?: unknown };
    if (!Array.isArray(widgets)) return undefined;
    const found = widgets.slice(0, widgets_max).flatMap((each) => read_widget(each) ?? []);
    return found.filter(({ id }, i) => found.findIndex((other) => other.id === id) === i);
  } catch {
    return undefined;
  }
}

// Only what differs from a new widget, so that the topic reads well.
export function write_layout(widgets: widget[]): string {
  const short = widgets.map((each) => {
    const standard = new_widget(each.kind, each.id) as unknown as Record<string, unknown>;
    const differs = ([name, value]: [string, unknown]): boolean =>
      name === 'id' || name === 'kind' || JSON.stringify(value) !== JSON.stringify(standard[name]);
    return Object.fromEntries(Object.entries(each).filter(differs));
  });
  return JSON.stringify({ widgets: short });
}

// A name is one level of a topic, and part of a URL.
export function is_pad_name(name: string): boolean {
  return name !== '' && name.length <= 64 && !/[/+#\u0000-\u001f\u007f]/.test(name);
}

export function pad_name_of(hash: string): string {
  try {
    const name = decodeURIComponent(hash.replace(/^#/, ''));
    return is_pad_name(name) ? name : 'home';
  } catch {
    return 'home';
  }
}

export function free_id(widgets: widget[]): string {
  for (let i = widgets.length + 1; ; i++) if (!widgets.some(({ id }) => id === `w${i}`)) return `w${i}`;
}
