// The numbers of the selected topic: what history the broker keeps of them, and what comes while the topic is selected.
import { signal } from '@preact/signals';
import type { envelope } from './envelope';
import { number_at, number_field } from './number_line';
import { answer_timeout_ms } from './limits';
import { members, read } from './request';
import { topic_url } from './topic_url';

export interface range_point {
  at: number;
  average: number;
  least: number;
  most: number;
}

export interface numbers {
  topic: string;
  field: string; // JSON Pointer; '' where the payload is the number
  points: range_point[];
  kept: boolean; // the broker keeps history of this topic
}

const points_max = 1000;
export const numbers = signal<numbers | undefined>(undefined);
export const since = signal('-1h');

let wanted = ''; // topic whose history is being asked for

export function forget_numbers(): void {
  numbers.value = undefined;
  wanted = '';
}

export function note_number(message: envelope): void {
  if (message.binary) return;
  const known = numbers.value?.topic === message.topic ? numbers.value : undefined;
  const field = known?.field ?? number_field(message.payload);
  if (field === undefined) return;
  const value = number_at(message.payload, field);
  const at = Date.parse(message.ts);
  if (value === undefined || Number.isNaN(at)) return;
  const before = known?.points ?? [];
  const fresh = before.length === 0 || at > before.at(-1)!.at;
  const points = fresh ? [...before, { at, average: value, least: value, most: value }].slice(-points_max) : before;
  numbers.value = { topic: message.topic, field, kept: known?.kept ?? false, points };
  if (!known && wanted !== message.topic) void read_history();
}

export async function read_history(): Promise<void> {
  const asked = numbers.value;
  if (!asked) return;
  wanted = asked.topic;
  if (!asked.kept && !(await keeps_history(asked.topic))) return;
  const options = new URLSearchParams({ topic: asked.topic, since: since.value, points: '300', agg: 'avg,min,max' });
  if (asked.field !== '') options.set('field', asked.field);
  const given = await read(`/api/v1/series?${options}`);
  const now = numbers.value;
  if (!given.ok || now?.topic !== asked.topic) return;
  const rows = series_points(given.value);
  const newest = rows.at(-1)?.at ?? 0;
  // The last part of the time still fills: what came since then is in it, or comes behind it.
  numbers.value = { ...now, kept: true, points: [...rows, ...now.points.filter(({ at }) => at > newest && !asked.points.some((old) => old.at === at))] };
}

export function series_points(value: unknown): range_point[] {
  const { rows } = members(value);
  if (!Array.isArray(rows)) return [];
  return rows
    .filter((row): row is number[] => Array.isArray(row) && row.slice(0, 4).every((each) => typeof each === 'number'))
    .map(([at, average, least, most]) => ({ at: at!, average: average!, least: least!, most: most! }));
}

// Asked of the topic's own page, which says so: /api/v1/series would refuse, and a browser writes refusals to its console.
async function keeps_history(topic: string): Promise<boolean> {
  try {
    const given = await fetch(topic_url(topic), {
      headers: { Accept: 'text/html' },
      signal: AbortSignal.timeout(answer_timeout_ms),
    });
    return given.ok && (given.headers.get('Content-Type') ?? '').startsWith('text/html') && (await given.text()).includes('data-history="yes"');
  } catch {
    return false;
  }
}
