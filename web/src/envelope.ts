// One message in the form that every face of the broker writes it. Trusts nothing: what is not an envelope is refused.

export interface envelope {
  id: string;
  ts: string;
  topic: string;
  payload: string;
  binary: boolean; // the payload is base64
  qos: number;
  retain: boolean;
  props: Record<string, unknown>;
}

export function read_envelope(text: string): envelope | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return to_envelope(value);
}

export function to_envelope(value: unknown): envelope | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, ts, topic, payload, enc, qos, retain, props } = value as Record<string, unknown>;
  if (typeof topic !== 'string' || payload === undefined) return undefined;
  return {
    id: typeof id === 'string' ? id : '',
    ts: typeof ts === 'string' ? ts : '',
    topic,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    binary: enc === 'base64',
    qos: typeof qos === 'number' ? qos : 0,
    retain: retain === true,
    props: typeof props === 'object' && props !== null ? (props as Record<string, unknown>) : {},
  };
}

export function payload_bytes(message: envelope): number {
  if (!message.binary) return new TextEncoder().encode(message.payload).length;
  const { payload } = message;
  const padding = payload.endsWith('==') ? 2 : payload.endsWith('=') ? 1 : 0;
  return Math.floor((payload.length * 3) / 4) - padding;
}
