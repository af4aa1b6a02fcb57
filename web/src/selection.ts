// The topic in the detail pane, and its whole payload. The tree keeps only beginnings; of this one topic the page keeps all.
import { signal } from '@preact/signals';
import { to_envelope, type envelope } from './envelope';
import { answer_timeout_ms } from './limits';
import { no_answer, read_problem, type problem } from './problem';
import { forget_numbers, note_number } from './topic_numbers';
import type { kept_message, topic_node } from './topic_store';

export type reading =
  { kind: 'idle' } | { kind: 'busy' } | { kind: 'not_kept' } | { kind: 'refused'; problem: problem };

export const selected = signal<string | undefined>(undefined);
export const reading = signal<reading>({ kind: 'idle' });

let whole: envelope | undefined;
let whole_before: envelope | undefined; // the one before it, seen while the topic is selected

export function select(topic: string, message: kept_message | undefined): void {
  if (selected.value !== topic) forget();
  selected.value = topic;
  if (message && !message.cut) note_number(message);
  reading.value = { kind: 'idle' };
  if (message && !whole_message(message)) void read_whole(message);
}

export function deselect(): void {
  selected.value = undefined;
  forget();
}

function forget(): void {
  whole = whole_before = undefined;
  forget_numbers();
}

export function watch(message: envelope): void {
  if (message.topic !== selected.peek()) return;
  if (whole && !same(whole, message)) whole_before = whole;
  whole = message;
  note_number(message);
}

export function whole_message(kept: kept_message): envelope | undefined {
  if (!kept.cut) return kept;
  return whole && same(whole, kept) ? whole : undefined;
}

// The payload before the newest one, where it is known whole.
export function message_before(node: topic_node): envelope | undefined {
  if (!node.message || !whole || !same(whole, node.message)) return node.previous;
  return whole_before ?? node.previous;
}

export async function read_whole(kept: kept_message): Promise<void> {
  reading.value = { kind: 'busy' };
  const outcome = await fetch_message(kept);
  if (selected.value !== kept.topic) return;
  if ('problem' in outcome) reading.value = { kind: 'refused', problem: outcome.problem };
  else if (!outcome.message || !same(outcome.message, kept)) reading.value = { kind: 'not_kept' };
  else {
    whole = outcome.message;
    reading.value = { kind: 'idle' };
  }
}

// The broker keeps one value of a topic, the retained one. Asked for as a filter, because a list may be empty: a topic
// without a value would be a 404, and every browser writes those into its console as errors.
async function fetch_message(kept: kept_message): Promise<{ message: envelope | undefined } | { problem: problem }> {
  try {
    const answer = await fetch(`/topics?filter=${encodeURIComponent(kept.topic)}`, {
      headers: { Accept: 'application/json' },
      cache: 'no-store',
      signal: AbortSignal.timeout(answer_timeout_ms),
    });
    if (!answer.ok) return { problem: await read_problem(answer) };
    const values: unknown = await answer.json();
    return { message: Array.isArray(values) ? to_envelope(values[0]) : undefined };
  } catch (error) {
    return { problem: no_answer(error) };
  }
}

function same(a: envelope, b: envelope): boolean {
  return a.id === b.id && a.ts === b.ts;
}
