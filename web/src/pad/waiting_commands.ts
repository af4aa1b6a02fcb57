// Commands until the broker has them: over a lost connection and over a reload. Bounded; the user sees what waits.
import { signal } from '@preact/signals';
import type { publish_result } from '../mqtt/outgoing';
import type { command, link } from './link';
import { is_live, read_storage, write_storage } from './topic_values';

export interface waiting_command {
  command: command;
  label: string;
  at: number;
  newest_only: boolean; // a state: a later one takes its place. A press doesn't.
  sending: boolean;
  settle: (result: publish_result) => void;
}

export const waiting_max = 50;
const storage_name = 'pad/waiting';

export const waiting = signal<waiting_command[]>(read_kept());
export const sent_late = signal(0); // how many have gone out that had waited for a connection

function set_waiting(list: waiting_command[]): void {
  waiting.value = list;
  const rows = list.map(({ command, label, at, newest_only }) => ({ command, label, at, newest_only }));
  write_storage(storage_name, JSON.stringify(rows));
}

export function order(given: Omit<waiting_command, 'at' | 'sending' | 'settle'>, by: link): Promise<publish_result> {
  const others = given.newest_only
    ? waiting.value.filter(({ sending, newest_only, command }) => sending || !newest_only || command.topic !== given.command.topic)
    : waiting.value;
  if (others.length >= waiting_max)
    return Promise.resolve({ accepted: false, reason: 0x97, text: `${waiting_max} commands wait already` });
  return new Promise((settle) => {
    const made = { ...given, at: Date.now(), sending: false, settle };
    set_waiting([...others, made]);
    if (is_live.value) void send(made, by, false);
  });
}

async function send(each: waiting_command, by: link, waited: boolean): Promise<void> {
  each.sending = true;
  const result = await by.publish(each.command);
  each.sending = false;
  // Neither taken nor refused by the broker: it waits for the next connection.
  if (!result.accepted && result.reason === 0) {
    set_waiting([...waiting.value]);
    return;
  }
  set_waiting(waiting.value.filter((other) => other !== each));
  if (waited && result.accepted) sent_late.value++;
  each.settle(result);
}

export function send_waiting(by: link): void {
  for (const each of waiting.value) if (!each.sending) void send(each, by, true);
}

export function discard_waiting(): void {
  const dropped = waiting.value.filter(({ sending }) => !sending);
  set_waiting(waiting.value.filter(({ sending }) => sending));
  for (const { settle } of dropped) settle({ accepted: false, reason: 0, text: 'discarded' });
}

function is_command(value: unknown): value is command {
  if (typeof value !== 'object' || value === null) return false;
  const { topic, payload, qos, retain } = value as Record<string, unknown>;
  return typeof topic === 'string' && typeof payload === 'string' && qos === 1 && typeof retain === 'boolean';
}

function read_kept(): waiting_command[] {
  try {
    const rows = JSON.parse(read_storage(storage_name) ?? '[]') as waiting_command[];
    return rows
      .filter(({ command }) => is_command(command))
      .slice(0, waiting_max)
      .map((row) => ({ ...row, sending: false, settle: () => {} }));
  } catch {
    return [];
  }
}
