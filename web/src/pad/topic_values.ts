// The newest value of each topic that this pad shows, and the last of those that become a line or a list. Bounded.
// What was seen before the present connection is old, and so is everything while there is none.
import { signal, type Signal } from '@preact/signals';
import { from_utf8 } from '../mqtt/bytes';
import { topic_filter } from '../topic_filter';

export interface topic_value {
  topic: string;
  text: string | undefined; // undefined: binary
  bytes: Uint8Array;
  at: number; // milliseconds since 1970
  connection: number; // which one brought it
}

const history_max = 120;
const kept_characters_max = 4000; // of one value, over a reload
const kept_values_max = 200;
const storage_name = 'pad/values';

interface watched {
  matches: ((topic: string) => boolean) | undefined; // undefined: the filter is a topic
  newest: Signal<topic_value | undefined>;
  history: Signal<topic_value[]>;
}

export const connection_number = signal(0); // 0: none yet
export const is_live = signal(false);
const all = new Map<string, watched>(); // bounded: filters of the widgets of one layout, see forget_others
const kept = new Map<string, topic_value>(read_kept());

export function is_old(value: topic_value | undefined): boolean {
  return value !== undefined && (!is_live.value || value.connection !== connection_number.value);
}

export function watched_topic(filter: string): watched {
  let found = all.get(filter);
  if (!found) {
    const before = kept.get(filter);
    found = {
      matches: /[+#]/.test(filter) ? topic_filter(filter) : undefined,
      newest: signal(before),
      history: signal(before ? [before] : []),
    };
    all.set(filter, found);
  }
  return found;
}

export function forget_others(filters: Set<string>): void {
  for (const filter of all.keys()) if (!filters.has(filter)) all.delete(filter);
}

// A retained value that comes again with each connection is no second point of a line.
export function take_value(topic: string, bytes: Uint8Array, replayed: boolean): void {
  const value: topic_value = { topic, text: from_utf8(bytes), bytes, at: Date.now(), connection: connection_number.value };
  for (const [filter, each] of all) {
    if (each.matches ? !each.matches(topic) : filter !== topic) continue;
    each.newest.value = value;
    const before = each.history.value;
    if (replayed && before.some((other) => other.topic === topic && other.text === value.text)) continue;
    each.history.value = [...each.history.value, value].slice(-history_max);
  }
}

let last_kept = '';

// Called now and then, and when the page goes away.
export function keep_values(): void {
  const rows = [...all]
    .flatMap(([filter, { newest }]) => (newest.value ? [[filter, newest.value] as const] : []))
    .filter(([, { text }]) => text !== undefined && text.length <= kept_characters_max)
    .slice(0, kept_values_max)
    .map(([filter, { topic, text, at }]) => [filter, topic, text, at]);
  const text = JSON.stringify(rows);
  if (text === last_kept) return;
  last_kept = text;
  write_storage(storage_name, text);
}

function read_kept(): [string, topic_value][] {
  try {
    const rows = JSON.parse(read_storage(storage_name) ?? '[]') as [string, string, string, number][];
    return rows.map(([filter, topic, text, at]) => [
      filter,
      { topic, text, bytes: new TextEncoder().encode(text), at, connection: 0 },
    ]);
  } catch {
    return [];
  }
}

// Storage may be full or forbidden; a pad works without, it only forgets.
export function read_storage(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function write_storage(name: string, text: string): void {
  try {
    localStorage.setItem(name, text);
  } catch {
    // as above
  }
}
