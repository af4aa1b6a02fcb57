// The one connection of the page, and what arrives on it: the layout, found devices, and values.
import { effect, signal } from '@preact/signals';
import { from_utf8 } from '../mqtt/bytes';
import { is_discovery, discovery_filters, finding, take_announcement } from './found_devices';
import { layout_topic_root, truth_topic } from './layout';
import { link, type link_state } from './link';
import { take_layout, widgets } from './pad_layout';
import { connection_number, forget_others, is_live, keep_values, take_value } from './topic_values';
import { send_waiting } from './waiting_commands';

export const line_state = signal<link_state>({ kind: 'connecting' });
const keep_every_ms = 3000;

export const line = new link({
  state(state) {
    if (state.kind === 'live') connection_number.value++;
    is_live.value = state.kind === 'live';
    line_state.value = state;
    if (state.kind === 'live') send_waiting(line);
  },
  message(topic, payload, replayed) {
    take_value(topic, payload, replayed);
    const text = from_utf8(payload);
    if (text === undefined) return;
    if (topic.startsWith(`${layout_topic_root}/`)) take_layout(topic.slice(layout_topic_root.length + 1), text);
    else if (finding.value && is_discovery(topic)) take_announcement(topic, text);
  },
});

export function start(): void {
  effect(() => {
    const shown = widgets.value.map((each) => truth_topic(each)).filter((topic) => topic !== '');
    const filters = new Set([`${layout_topic_root}/+`, ...shown, ...(finding.value ? discovery_filters : [])]);
    forget_others(filters);
    line.watch([...filters]);
  });
  line.open();
  setInterval(keep_values, keep_every_ms);
  addEventListener('pagehide', keep_values);
  addEventListener('online', () => line.retry_now());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && line.retry_now());
}
