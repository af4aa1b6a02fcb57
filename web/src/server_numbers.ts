// The broker's counters, as /metrics tells them to those who may read it, and else as far as $SYS does. One list of samples.
import { members } from './request';

export interface sample {
  at: number;
  messages_in: number; // counted since the start
  messages_out: number;
  bytes_in: number;
  bytes_out: number;
  dropped: number;
  clients: number;
  sessions: number | undefined;
  subscriptions: number;
  retained: number;
  memory_bytes: number | undefined;
  uptime_seconds: number | undefined;
}

export const samples_max = 300;

// The sum of all lines of a name, over its labels.
export function metric(text: string, name: string): number | undefined {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !/^[ {]/.test(line.slice(name.length))) continue;
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (!Number.isNaN(value)) sum = (sum ?? 0) + value;
  }
  return sum;
}

export function sample_of_metrics(text: string, at: number): sample {
  const of = (name: string): number => metric(text, name) ?? 0;
  const started = metric(text, 'process_start_time_seconds');
  return {
    at,
    messages_in: of('sluice_messages_received_total'),
    messages_out: of('sluice_messages_sent_total'),
    bytes_in: of('sluice_wire_received_bytes_total'),
    bytes_out: of('sluice_wire_sent_bytes_total'),
    dropped: of('sluice_messages_dropped_total'),
    clients: of('sluice_clients_connected'),
    sessions: metric(text, 'sluice_sessions'),
    subscriptions: of('sluice_subscriptions'),
    retained: of('sluice_retained_messages'),
    memory_bytes: metric(text, 'process_resident_memory_bytes'),
    uptime_seconds: started === undefined ? undefined : Math.max(0, at / 1000 - started),
  };
}

export function sample_of_tree(document: unknown, at: number): sample | undefined {
  const broker = members(members(document).$SYS).broker;
  const of = (...path: string[]): number | undefined => {
    const value = path.reduce<unknown>((found, level) => members(found)[level], broker);
    return typeof value === 'number' ? value : undefined;
  };
  const messages_in = of('publish', 'messages', 'received');
  if (messages_in === undefined) return undefined;
  return {
    at,
    messages_in,
    messages_out: of('publish', 'messages', 'sent') ?? 0,
    bytes_in: of('bytes', 'received') ?? 0,
    bytes_out: of('bytes', 'sent') ?? 0,
    dropped: of('publish', 'messages', 'dropped') ?? 0,
    clients: of('clients', 'connected') ?? 0,
    sessions: of('clients', 'total'),
    subscriptions: of('subscriptions', 'count') ?? 0,
    retained: of('retained messages', 'count') ?? 0,
    memory_bytes: of('heap', 'current') || undefined,
    uptime_seconds: Number.parseInt(String(members(broker).uptime), 10) || undefined,
  };
}

// Per second, between neighbours; a counter that fell has begun anew with a new process.
export function rates(samples: sample[], of: (each: sample) => number): (number | null)[] {
  return samples.slice(1).map((each, i) => {
    const [grown, seconds] = [of(each) - of(samples[i]!), (each.at - samples[i]!.at) / 1000];
    return grown < 0 || seconds <= 0 ? null : grown / seconds;
  });
}
