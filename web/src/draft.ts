// What stands in the publish form. A click in the tree fills it, but never over a payload that somebody is writing.
import { signal } from '@preact/signals';
import type { kept_message } from './topic_store';
import type { publication, publish_properties } from './publication';
import { whole_message } from './selection';

export const topic = signal('');
export const payload = signal('');
export const qos = signal(1);
export const retain = signal(false);
export const properties = signal<publish_properties>({
  expiry: '',
  content_type: '',
  response_topic: '',
  correlation: '',
  utf8: false,
  user: [],
});

let written = false;

export function drafted(): publication {
  return { topic: topic.value, payload: payload.value, qos: qos.value, retain: retain.value, properties: properties.value };
}

export function write_payload(text: string): void {
  payload.value = text;
  written = text !== '';
}

export function fill(from: string, message: kept_message | undefined): void {
  topic.value = from;
  if (!message) return;
  qos.value = message.qos;
  retain.value = message.retain;
  if (written) return;
  const whole = whole_message(message);
  // Half a payload, or base64 that would be sent as text, must not be published by accident.
  payload.value = whole && !whole.binary ? whole.payload : '';
}
