// One publish over HTTP: POST is an event, PUT a state that stays (retained), DELETE clears it. Shows nothing.
import { answer_timeout_ms } from './limits';
import { no_answer, read_problem, type problem } from './problem';
import { topic_url } from './topic_url';

export interface publication {
  topic: string;
  payload: string;
  qos: number;
  retain: boolean;
  properties?: publish_properties;
}

// Of MQTT 5, as they are written in a form: '' is a property that is not sent.
export interface publish_properties {
  expiry: string; // seconds
  content_type: string;
  response_topic: string;
  correlation: string; // text; base64 on its way
  utf8: boolean; // payload format indicator
  user: [string, string][];
}

export interface receipt {
  qos?: number;
  retain?: boolean;
  matched?: number;
  sent?: number;
  queued?: number;
  hint?: string;
  bytes?: { http?: number; mqtt?: number };
}

export type outcome =
  | { accepted: true; at: Date; topic: string; cleared: boolean; receipt: receipt }
  | { accepted: false; at: Date; problem: problem };

export type publish_method = 'POST' | 'PUT' | 'DELETE';

// In MQTT an empty retained payload clears the value [MQTT-3.3.1-6]. Over HTTP that is DELETE; an empty PUT is refused.
export function clears(message: publication): boolean {
  return message.retain && message.payload === '';
}

export function publish_request(message: publication): { method: publish_method; url: string; headers?: [string, string][] } {
  const method = clears(message) ? 'DELETE' : message.retain ? 'PUT' : 'POST';
  const options: Record<string, string> = { qos: String(message.qos) };
  const given = message.properties;
  if (!given || method === 'DELETE') return { method, url: topic_url(message.topic, options) };
  for (const name of ['expiry', 'content_type', 'response_topic'] as const) if (given[name] !== '') options[name] = given[name];
  if (given.correlation !== '') options.correlation = base64(given.correlation);
  if (given.utf8) options.pfi = '1';
  const user = given.user.filter(([name, value]) => name !== '' || value !== '');
  const url = topic_url(message.topic, options);
  if (user.length === 0) return { method, url };
  // One field for each: the order is the sender's, and a name may come twice [MQTT-3.3.2.3.7].
  return { method, url, headers: user.map((pair) => ['Mqtt-User-Property', pair.map(encodeURIComponent).join('=')]) };
}

// A browser joins fields of one name into one, and the broker takes that for one property: several go as one JSON object.
export function browser_headers(headers: [string, string][]): [string, string][] {
  if (headers.length < 2) return headers;
  const pairs = headers.map(([, value]) => value.split('=').map(decodeURIComponent) as [string, string]);
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new repeated_name();
  return [['Mqtt-User-Properties', base64(JSON.stringify(Object.fromEntries(pairs)))]];
}

class repeated_name extends Error {
  constructor() {
    super('A browser cannot send two user properties of one name: use the curl line or mosquitto_pub.');
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

export async function publish(message: publication): Promise<outcome> {
  try {
    const { method, url, headers = [] } = publish_request(message);
    const answer = await fetch(url, {
      method,
      headers: [['Accept', 'application/json'], ...browser_headers(headers)],
      // Bytes, not a string: a string would add a Content-Type, and that would become the message's own.
      body: method === 'DELETE' ? null : new TextEncoder().encode(message.payload),
      cache: 'no-store',
      signal: AbortSignal.timeout(answer_timeout_ms),
    });
    if (!answer.ok) return { accepted: false, at: new Date(), problem: await read_problem(answer) };
    return {
      accepted: true,
      at: new Date(),
      topic: message.topic,
      cleared: method === 'DELETE',
      receipt: read_receipt(await answer.text(), answer.headers),
    };
  } catch (error) {
    if (error instanceof repeated_name) {
      return { accepted: false, at: new Date(), problem: { status: 0, title: 'Not sent', detail: error.message } };
    }
    return { accepted: false, at: new Date(), problem: no_answer(error) };
  }
}

// The headers say the same as the body, so that an answer without a body still tells who was reached.
export function read_receipt(body: string, headers: Headers): receipt {
  const matched = headers.get('Mqtt-Matched');
  const from_headers: receipt = matched === null ? {} : { matched: Number(matched) };
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...from_headers, ...value } : from_headers;
  } catch {
    return from_headers;
  }
}
