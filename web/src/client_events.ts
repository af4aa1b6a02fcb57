// What happens to one client, and on demand each of its packets, as the broker tells it. Bounded.
import { signal } from '@preact/signals';
import { client_events_max } from './limits';
import { members } from './request';

export interface client_event {
  at: string;
  name: string;
  words: string;
}

export const watched = signal<string | undefined>(undefined);
export const events = signal<client_event[]>([]); // newest first
export const listening = signal(false);
export const tracing = signal(false);

const names = ['client.connected', 'client.disconnected', 'subscribed', 'unsubscribed', 'retained.set', 'retained.cleared', 'auth.failed'];
let source: EventSource | undefined;
let packets: EventSource | undefined;

export function watch_client(client: string): void {
  stop_watching();
  watched.value = client;
  source = new EventSource('/api/v1/events?as=sse');
  source.addEventListener('open', () => (listening.value = true));
  source.addEventListener('error', () => (listening.value = false));
  for (const name of names) source.addEventListener(name, (event) => note(name, (event as MessageEvent<string>).data, client));
}

export function trace_client(client: string): void {
  stop_tracing();
  packets = new EventSource(`/api/v1/clients/${encodeURIComponent(client)}/trace?as=sse`);
  packets.addEventListener('open', () => (tracing.value = true));
  packets.addEventListener('error', () => (tracing.value = packets?.readyState === EventSource.OPEN));
  packets.addEventListener('packet', (event) => note('packet', event.data as string, client));
}

export function stop_tracing(): void {
  packets?.close();
  packets = undefined;
  tracing.value = false;
}

export function stop_watching(): void {
  stop_tracing();
  source?.close();
  source = undefined;
  watched.value = undefined;
  listening.value = false;
  events.value = [];
}

function note(name: string, text: string, client: string): void {
  let given: Record<string, unknown>;
  try {
    given = members(JSON.parse(text));
  } catch {
    return;
  }
  if (given.client !== client) return;
  const { event: _event, ts, client: _client, direction, packet, ...rest } = given;
  const words = Object.entries(rest)
    .map(([member, value]) => `${member} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
  const shown = name === 'packet' ? `${direction === 'sent' ? '→' : '←'} ${String(packet)}` : name;
  events.value = [{ at: typeof ts === 'string' ? ts : '', name: shown, words }, ...events.value].slice(0, client_events_max);
}
