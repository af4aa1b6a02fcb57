// The packets of MQTT 5 that a client sends and gets, as bytes. Knows no connection and no order of events.
import { byte_reader, byte_writer, remaining_length_max, wire_error } from './bytes';
import { read_properties, write_properties, type properties } from './properties';

export type quality = 0 | 1 | 2;

export interface message {
  topic: string;
  payload: Uint8Array;
  qos: quality;
  retain: boolean;
  properties?: properties;
}

export interface connect {
  client_id: string; // '': the broker gives one
  clean_start: boolean;
  keep_alive: number; // seconds
  user?: string | undefined;
  password?: string | undefined;
  will?: message | undefined;
  properties?: properties | undefined;
}

export interface subscription {
  filter: string;
  qos: quality;
  no_local?: boolean;
  retain_as_published?: boolean;
  retain_handling?: 0 | 1 | 2; // retained values: always, only for a new subscription, never
  identifier?: number;
}

// puback, pubrec, pubrel and pubcomp are one shape.
export type acknowledgement_kind = 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';

export type received_packet =
  | { kind: 'connack'; session_present: boolean; reason: number; properties: properties }
  | { kind: 'publish'; id: number; dup: boolean; message: message & { properties: properties } }
  | { kind: acknowledgement_kind; id: number; reason: number; properties: properties }
  | { kind: 'suback' | 'unsuback'; id: number; reasons: number[]; properties: properties }
  | { kind: 'pingresp' }
  | { kind: 'disconnect'; reason: number; properties: properties };

const acknowledgement_type = { puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7 } as const;
const subscribe_type = 8;
const unsubscribe_type = 10;

function framed(first: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return new byte_writer().byte(first).variable(body.length).raw(body).done();
}

export function encode_connect(given: connect): Uint8Array<ArrayBuffer> {
  const { will, user, password } = given;
  const flags =
    (user === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40) |
    (will ? 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0) : 0) |
    (given.clean_start ? 0x02 : 0);
  const body = new byte_writer().text('MQTT').byte(5).byte(flags).two_bytes(given.keep_alive);
  write_properties(body, given.properties);
  body.text(given.client_id);
  if (will) {
    write_properties(body, will.properties);
    body.text(will.topic).binary(will.payload);
  }
  if (user !== undefined) body.text(user);
  if (password !== undefined) body.text(password);
  return framed(0x10, body.done());
}

export function encode_publish(given: message, id: number, dup: boolean): Uint8Array<ArrayBuffer> {
  const body = new byte_writer().text(given.topic);
  if (given.qos > 0) body.two_bytes(id);
  write_properties(body, given.properties);
  body.raw(given.payload);
  return framed(0x30 | (dup ? 8 : 0) | (given.qos << 1) | (given.retain ? 1 : 0), body.done());
}

export function encode_acknowledgement(kind: acknowledgement_kind, id: number, reason = 0): Uint8Array<ArrayBuffer> {
  const body = new byte_writer().two_bytes(id);
  if (reason !== 0) body.byte(reason);
  return framed((acknowledgement_type[kind] << 4) | (kind === 'pubrel' ? 2 : 0), body.done());
}

// All filters of one packet share the subscription identifier.
export function encode_subscribe(id: number, wanted: subscription[]): Uint8Array<ArrayBuffer> {
  const body = new byte_writer().two_bytes(id);
  const identifier = wanted[0]?.identifier;
  write_properties(body, identifier === undefined ? {} : { subscription_identifier: [identifier] });
  for (const { filter, qos, no_local, retain_as_published, retain_handling = 0 } of wanted)
    body.text(filter).byte(qos | (no_local ? 4 : 0) | (retain_as_published ? 8 : 0) | (retain_handling << 4));
  return framed((subscribe_type << 4) | 2, body.done());
}

export function encode_unsubscribe(id: number, filters: string[]): Uint8Array<ArrayBuffer> {
  const body = new byte_writer().two_bytes(id);
  write_properties(body);
  for (const filter of filters) body.text(filter);
  return framed((unsubscribe_type << 4) | 2, body.done());
}

export function encode_pingreq(): Uint8Array<ArrayBuffer> {
  return framed(0xc0, new Uint8Array());
}

export function encode_disconnect(reason = 0): Uint8Array<ArrayBuffer> {
  return framed(0xe0, reason === 0 ? new Uint8Array() : Uint8Array.of(reason));
}

function decode_publish(flags: number, body: byte_reader): received_packet {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new wire_error('QoS 3'); // [MQTT-3.3.1-4]
  const topic = body.text();
  const id = qos > 0 ? body.two_bytes() : 0;
  const found = read_properties(body);
  return {
    kind: 'publish',
    id,
    dup: (flags & 8) !== 0,
    message: { topic, payload: body.rest(), qos: qos as quality, retain: (flags & 1) !== 0, properties: found },
  };
}

function reason_and_properties(body: byte_reader): { reason: number; properties: properties } {
  const reason = body.left() > 0 ? body.byte() : 0;
  return { reason, properties: body.left() > 0 ? read_properties(body) : {} };
}

function decode_body(first: number, body: byte_reader): received_packet {
  switch (first >> 4) {
    case 2: {
      const session_present = (body.byte() & 1) !== 0;
      return { kind: 'connack', session_present, reason: body.byte(), properties: read_properties(body) };
    }
    case 3:
      return decode_publish(first & 0xf, body);
    case 4:
    case 5:
    case 6:
    case 7: {
      const kind = (['puback', 'pubrec', 'pubrel', 'pubcomp'] as const)[(first >> 4) - 4]!;
      return { kind, id: body.two_bytes(), ...reason_and_properties(body) };
    }
    case 9:
    case 11: {
      const id = body.two_bytes();
      const found = read_properties(body);
      return { kind: first >> 4 === 9 ? 'suback' : 'unsuback', id, reasons: [...body.rest()], properties: found };
    }
    case 13:
      return { kind: 'pingresp' };
    case 14:
      return { kind: 'disconnect', ...reason_and_properties(body) };
    default:
      throw new wire_error(`a packet of type ${first >> 4}`);
  }
}

// Cuts what arrives into packets: a WebSocket frame may hold half a packet or several. [MQTT-6.0.0-2]
export class packet_splitter {
  private waiting_ = new Uint8Array();

  constructor(private readonly packet_bytes_max_ = remaining_length_max) {}

  take(chunk: Uint8Array): received_packet[] {
    const bytes = new Uint8Array(this.waiting_.length + chunk.length);
    bytes.set(this.waiting_);
    bytes.set(chunk, this.waiting_.length);
    const found: received_packet[] = [];
    let at = 0;
    for (;;) {
      const size = this.packet_size(bytes.subarray(at));
      if (size === undefined || at + size.head + size.body > bytes.length) break;
      const body = bytes.subarray(at + size.head, at + size.head + size.body);
      found.push(decode_body(bytes[at]!, new byte_reader(body)));
      at += size.head + size.body;
    }
    this.waiting_ = bytes.slice(at);
    return found;
  }

  private packet_size(bytes: Uint8Array): { head: number; body: number } | undefined {
    const length_bytes = bytes.subarray(1, 5);
    const last = length_bytes.findIndex((digit) => digit < 0x80);
    if (last < 0 && length_bytes.length < 4) return undefined;
    const body = new byte_reader(length_bytes).variable();
    if (body > this.packet_bytes_max_) throw new wire_error(`a packet of ${body} bytes`);
    return { head: 2 + last, body };
  }
}
