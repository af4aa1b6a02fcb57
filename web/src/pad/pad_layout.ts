// Which pad is shown, its widgets, and every change of them: at once on this screen, and as a retained message for all.
import { batch, signal } from '@preact/signals';
import { free_id, layout_topic_root, pad_name_of, read_layout, widgets_max, write_layout, type widget } from './layout';
import { read_storage, write_storage } from './topic_values';
import { waiting } from './waiting_commands';

const pads_max = 100;

export const pad_name = signal(pad_name_of(location.hash));
export const widgets = signal<widget[]>(kept_layout(pad_name.value));
export const other_pads = signal<string[]>([]); // bounded: pads_max
export const editing = signal(false);
const layouts = new Map<string, string>(); // bounded: pads_max

export function layout_topic(name: string): string {
  return `${layout_topic_root}/${name}`;
}

function storage_name(name: string): string {
  return `pad/layout/${name}`;
}

function kept_layout(name: string): widget[] {
  return read_layout(read_storage(storage_name(name)) ?? '') ?? [];
}

export function take_layout(name: string, text: string): void {
  if (text === '') layouts.delete(name);
  else if (layouts.has(name) || layouts.size < pads_max) layouts.set(name, text);
  other_pads.value = [...layouts.keys()].filter((other) => other !== pad_name.value).sort();
  // An own change that is still on its way is newer than what the broker tells.
  if (name !== pad_name.value || waiting.value.some(({ command }) => command.topic === layout_topic(name))) return;
  const read = text === '' ? [] : read_layout(text);
  if (read && write_layout(read) !== write_layout(widgets.value)) widgets.value = read;
  if (read) write_storage(storage_name(name), text);
}

export function show_pad(name: string): void {
  batch(() => {
    pad_name.value = name;
    other_pads.value = [...layouts.keys()].filter((other) => other !== name).sort();
    widgets.value = read_layout(layouts.get(name) ?? '') ?? kept_layout(name);
    editing.value = false;
  });
}

type saver = (topic: string, payload: string) => void;
let save: saver = () => {};
export function set_saver(given: saver): void {
  save = given;
}

function change(next: widget[]): void {
  widgets.value = next.slice(0, widgets_max);
  const text = write_layout(widgets.value);
  write_storage(storage_name(pad_name.value), text);
  save(layout_topic(pad_name.value), text);
}

export function add_widgets(given: widget[]): void {
  let next = widgets.value;
  for (const each of given) next = [...next, { ...each, id: free_id(next) }];
  change(next);
}

export function replace_widget(given: widget): void {
  change(widgets.value.map((each) => (each.id === given.id ? given : each)));
}

export function remove_widget(id: string): void {
  change(widgets.value.filter((each) => each.id !== id));
}

export function move_widget(id: string, by: -1 | 1): void {
  const at = widgets.value.findIndex((each) => each.id === id);
  const other = widgets.value[at + by];
  const moved = widgets.value[at];
  if (!moved || !other) return;
  const next = [...widgets.value];
  next[at] = other;
  next[at + by] = moved;
  change(next);
}
