// The MQTT client of this page: a connection of its own, its filters, and the last messages. Bounded.
import { signal } from '@preact/signals';
import { beginning } from './beginning';
import { client_messages_max } from './limits';
import { from_utf8 } from './mqtt/bytes';
import { mqtt_connection, own_url, type connection_state } from './mqtt/connection';
import type { message, quality } from './mqtt/packets';
import type { properties } from './mqtt/properties';

export interface received {
  at: Date;
  topic: string;
  text: string; // or its size, where it is no text
  qos: number;
  retain: boolean;
  properties: properties;
}

export const state = signal<connection_state>({ kind: 'closed' });
export const filters = signal<string[]>([]);
export const messages = signal<received[]>([]); // newest first
export const said = signal('');

const characters_max = 2000;
let connection: mqtt_connection | undefined;

export interface wish {
  client_id: string;
  user: string;
  password: string;
  clean_start: boolean;
  session_expiry: number;
}

export function connect(wish: wish): void {
  disconnect();
  const { client_id, user, password, clean_start, session_expiry } = wish;
  connection = new mqtt_connection(
    {
      url: own_url(),
      client_id,
      clean_start,
      ...(user !== '' && { user, password }),
      properties: { session_expiry_interval: session_expiry },
    },
    {
      state: (now) => void (state.value = now),
      message: (given) => void (messages.value = [shown(given), ...messages.value].slice(0, client_messages_max)),
    },
  );
  connection.open();
}

export function disconnect(): void {
  connection?.close();
  connection = undefined;
  state.value = { kind: 'closed' };
  filters.value = [];
}

export async function subscribe(filter: string, qos: quality): Promise<void> {
  const [reason = 0x80] = (await connection?.subscribe([{ filter, qos, retain_as_published: true }])) ?? [];
  if (reason < 0x80) filters.value = [...filters.value.filter((each) => each !== filter), filter];
  said.value = reason < 0x80 ? `Subscribed at QoS ${reason}.` : `Refused with reason 0x${reason.toString(16)}.`;
}

export async function unsubscribe(filter: string): Promise<void> {
  await connection?.unsubscribe([filter]);
  filters.value = filters.value.filter((each) => each !== filter);
  said.value = 'Unsubscribed.';
}

export async function publish(given: message): Promise<void> {
  const result = await connection?.publish(given);
  if (!result) said.value = 'Not connected.';
  else said.value = result.accepted ? `Published${result.reason === 0x10 ? '; nobody subscribes' : ''}.` : `Refused: ${result.text || `0x${result.reason.toString(16)}`}`;
}

function shortened(text: string, bytes: number): string {
  return text.length <= characters_max ? text : `${beginning(text, characters_max)}… (${bytes} bytes)`;
}

function shown({ topic, payload, qos, retain, properties }: message & { properties: properties }): received {
  const text = from_utf8(payload);
  return { at: new Date(), topic, qos, retain, properties, text: text === undefined ? `(${payload.length} bytes that are no text)` : shortened(text, payload.length) };
}
