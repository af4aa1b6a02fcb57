// Devices that announce themselves in the way of Home Assistant, while somebody looks for them. Bounded.
import { signal } from '@preact/signals';
import { read_announcement, type found_widget } from './discovery';

export const discovery_filters = ['homeassistant/+/+/config', 'homeassistant/+/+/+/config'];
export const finding = signal(false);
export const found = signal<Map<string, found_widget[]>>(new Map()); // by the topic of the announcement
const announcements_max = 500;
const characters_max = 100_000;

export function is_discovery(topic: string): boolean {
  return /^homeassistant(\/[^/]+){2,3}\/config$/.test(topic);
}

export function take_announcement(topic: string, text: string): void {
  const widgets = text.length > characters_max ? [] : read_announcement(topic, text);
  const next = new Map(found.value);
  next.delete(topic);
  if (widgets.length > 0 && next.size < announcements_max) next.set(topic, widgets);
  found.value = next;
}
