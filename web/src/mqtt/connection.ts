// An MQTT 5 client over WebSocket: connects, says truthfully how it stands, and after a loss connects again by itself,
// subscribes again and sends what was not acknowledged. Each received message goes to the listener; none is kept.
import { wire_error } from './bytes';
import { outgoing, refused, type publish_result } from './outgoing';
import * as wire from './packets';
import type { properties } from './properties';
import { is_topic_filter, is_topic_name } from './topic_names';

export interface connection_options {
  url: string;
  client_id?: string;
  user?: string;
  password?: string;
  will?: wire.message;
  clean_start?: boolean; // of the first connection; a reconnection always continues its session
  keep_alive?: number; // seconds
  properties?: properties; // of CONNECT, session_expiry_interval among them
}

export type connection_state =
  | { kind: 'connecting' }
  | { kind: 'live'; session_present: boolean; properties: properties }
  | { kind: 'lost'; attempts: number; pause_ms: number } // trying again by itself
  | { kind: 'refused'; reason: number; text: string } // only open() tries again
  | { kind: 'closed' };

export interface connection_listener {
  state(state: connection_state): void;
  message(message: wire.message & { properties: properties }): void;
}

export const incoming_bytes_max = 4_000_000;
export const unsent_bytes_max = 1_000_000; // QoS 0 beyond this is refused: the network is slower than the sender
const incoming_quality_2_max = 100;
const subscriptions_max = 1000;
const filters_per_packet = 100;
const answer_ms = 10_000;
const first_pause_ms = 500;
const last_pause_ms = 20_000;
// Server unavailable, busy, quota, rate: it may be otherwise in a moment. Every other refusal will be repeated.
const passing_reasons: readonly number[] = [0x88, 0x89, 0x97, 0x9f];
const session_taken_over = 0x8e;

// wss where the page came by https: a browser refuses the other.
export function own_url(): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/mqtt`;
}

export class mqtt_connection {
  private socket_: WebSocket | undefined;
  private live_ = false;
  private attempts_ = 0;
  private connected_once_ = false;
  private client_id_: string;
  private last_id_ = 0;
  private retry_timer_: ReturnType<typeof setTimeout> | undefined;
  private watch_timer_: ReturnType<typeof setTimeout> | undefined;
  private heard_ = false; // something came since the watch last looked
  private splitter_ = new wire.packet_splitter(incoming_bytes_max);
  private readonly subscriptions_ = new Map<string, wire.subscription>();
  private readonly asked_ = new Map<number, (reasons: number[]) => void>();
  private readonly received_ = new Set<number>(); // QoS 2 [MQTT-4.3.3-10]
  private readonly outgoing_ = new outgoing(
    (bytes) => this.send(bytes),
    () => this.next_id(),
  );

  constructor(
    private readonly options_: connection_options,
    private readonly listener_: connection_listener,
  ) {
    this.client_id_ = options_.client_id ?? '';
  }

  open(): void {
    this.drop();
    this.listener_.state({ kind: 'connecting' });
    const socket = new WebSocket(this.options_.url, 'mqtt');
    socket.binaryType = 'arraybuffer';
    this.socket_ = socket;
    socket.onopen = () => socket === this.socket_ && this.greet();
    socket.onmessage = (event: MessageEvent) => socket === this.socket_ && this.take(event.data);
    socket.onclose = () => socket === this.socket_ && this.lost();
    this.watch_timer_ = setTimeout(() => this.lost(), answer_ms);
  }

  // Says good-bye, so that the broker sends no will.
  close(): void {
    if (this.live_) this.send(wire.encode_disconnect());
    this.drop();
    this.outgoing_.give_up('the connection was closed');
    this.listener_.state({ kind: 'closed' });
  }

  // For a phone that has its network back: does not wait for the pause to end.
  retry_now(): void {
    if (this.retry_timer_ !== undefined) this.open();
  }

  // Resolves with the broker's reason codes; with none while there is no connection: it is made up for then.
  subscribe(wanted: wire.subscription[]): Promise<number[]> {
    const filter_invalid = 0x8f;
    if (!wanted.every(({ filter }) => is_topic_filter(filter))) return Promise.resolve(wanted.map(() => filter_invalid));
    const fresh = wanted.filter(({ filter }) => !this.subscriptions_.has(filter)).length;
    if (this.subscriptions_.size + fresh > subscriptions_max) return Promise.resolve(wanted.map(() => 0x97));
    for (const each of wanted) this.subscriptions_.set(each.filter, each);
    return this.ask((id) => wire.encode_subscribe(id, wanted));
  }

  unsubscribe(filters: string[]): Promise<number[]> {
    for (const filter of filters) this.subscriptions_.delete(filter);
    return this.ask((id) => wire.encode_unsubscribe(id, filters));
  }

  // QoS 1 and 2 wait for a connection and settle when acknowledged; QoS 0 is refused without one.
  publish(message: wire.message): Promise<publish_result> {
    const name_invalid = 0x90;
    if (!is_topic_name(message.topic)) return Promise.resolve(refused('no topic can have this name', name_invalid));
    try {
      const bytes = wire.encode_publish(message, 1, false); // what cannot be written is refused here, not when it is sent
      if (message.qos > 0) return this.outgoing_.add(message);
      if (!this.live_ || !this.socket_) return Promise.resolve(refused('there is no connection'));
      if (this.socket_.bufferedAmount > unsent_bytes_max) return Promise.resolve(refused('the network is too slow'));
      this.send(bytes);
      return Promise.resolve({ accepted: true, reason: 0, text: '' });
    } catch (error) {
      return Promise.resolve(refused(error instanceof Error ? error.message : String(error), name_invalid));
    }
  }

  unsettled(): number {
    return this.outgoing_.unsettled();
  }

  private ask(encode: (id: number) => Uint8Array<ArrayBuffer>): Promise<number[]> {
    if (!this.live_) return Promise.resolve([]);
    return new Promise((resolve) => {
      const id = this.next_id();
      const bytes = encode(id);
      this.asked_.set(id, resolve); // bounded: 65 535 packet identifiers
      this.send(bytes);
    });
  }

  private greet(): void {
    const { user, password, will, clean_start = true, keep_alive = 30, properties } = this.options_;
    this.send(
      wire.encode_connect({
        client_id: this.client_id_,
        clean_start: clean_start && !this.connected_once_,
        keep_alive,
        user,
        password,
        will,
        properties: { receive_maximum: incoming_quality_2_max, maximum_packet_size: incoming_bytes_max, ...properties },
      }),
    );
  }

  private take(chunk: unknown): void {
    this.heard_ = true;
    try {
      if (!(chunk instanceof ArrayBuffer)) throw new wire_error('a text frame'); // [MQTT-6.0.0-1]
      const { socket_: socket } = this;
      for (const packet of this.splitter_.take(new Uint8Array(chunk))) if (socket === this.socket_) this.handle(packet);
    } catch (error) {
      if (!(error instanceof wire_error)) throw error;
      this.send(wire.encode_disconnect(0x81)); // malformed packet
      this.lost();
    }
  }

  private handle(packet: wire.received_packet): void {
    switch (packet.kind) {
      case 'connack':
        return this.answered(packet.reason, packet.session_present, packet.properties);
      case 'publish':
        return this.deliver(packet.id, packet.message);
      case 'puback':
      case 'pubcomp':
        return this.outgoing_.acknowledged(packet.id, packet.reason, packet.properties.reason_string ?? '');
      case 'pubrec':
        return this.outgoing_.received(packet.id, packet.reason, packet.properties.reason_string ?? '');
      case 'pubrel':
        this.received_.delete(packet.id);
        return this.send(wire.encode_acknowledgement('pubcomp', packet.id));
      case 'suback':
      case 'unsuback':
        this.asked_.get(packet.id)?.(packet.reasons);
        this.asked_.delete(packet.id);
        return;
      case 'disconnect':
        return this.sent_away(packet.reason, packet.properties);
      case 'pingresp':
    }
  }

  private answered(reason: number, session_present: boolean, given: properties): void {
    if (reason >= 0x80) return this.sent_away(reason, given);
    this.live_ = true;
    this.attempts_ = 0;
    this.connected_once_ = true;
    this.client_id_ = given.assigned_client_identifier ?? this.client_id_;
    if (!session_present) this.received_.clear();
    this.watch((given.server_keep_alive ?? this.options_.keep_alive ?? 30) * 1000);
    this.subscribe_again(); // before what waited goes out: its answers are to be seen
    this.outgoing_.connected(session_present, given.receive_maximum ?? 65_535);
    this.listener_.state({ kind: 'live', session_present, properties: given });
  }

  // Even where the session is still there: retained values that changed meanwhile come again.
  private subscribe_again(): void {
    const by_identifier = new Map<number | undefined, wire.subscription[]>();
    for (const each of this.subscriptions_.values())
      by_identifier.set(each.identifier, [...(by_identifier.get(each.identifier) ?? []), each]);
    for (const group of by_identifier.values())
      for (let at = 0; at < group.length; at += filters_per_packet)
        void this.ask((id) => wire.encode_subscribe(id, group.slice(at, at + filters_per_packet)));
  }

  private deliver(id: number, message: wire.message & { properties: properties }): void {
    if (message.qos === 2) {
      const seen = this.received_.has(id);
      if (!seen && this.received_.size >= incoming_quality_2_max) throw new wire_error('more than the receive maximum');
      this.received_.add(id);
      this.send(wire.encode_acknowledgement('pubrec', id));
      if (seen) return;
    } else if (message.qos === 1) this.send(wire.encode_acknowledgement('puback', id));
    this.listener_.message(message);
  }

  // A ping each half of the keep alive; silence until the next is a dead line.
  private watch(keep_alive_ms: number): void {
    clearTimeout(this.watch_timer_);
    if (keep_alive_ms === 0) return;
    this.heard_ = false;
    this.send(wire.encode_pingreq());
    this.watch_timer_ = setTimeout(() => (this.heard_ ? this.watch(keep_alive_ms) : this.lost()), keep_alive_ms / 2);
  }

  private sent_away(reason: number, given: properties): void {
    if (passing_reasons.includes(reason) || (this.live_ && reason !== session_taken_over)) return this.lost();
    this.drop();
    this.listener_.state({ kind: 'refused', reason, text: given.reason_string ?? '' });
  }

  private lost(): void {
    this.drop();
    const pause_ms = Math.min(first_pause_ms * 2 ** this.attempts_, last_pause_ms) * (0.75 + Math.random() / 2);
    this.attempts_++;
    this.retry_timer_ = setTimeout(() => this.open(), pause_ms);
    this.listener_.state({ kind: 'lost', attempts: this.attempts_, pause_ms });
  }

  private drop(): void {
    clearTimeout(this.retry_timer_);
    clearTimeout(this.watch_timer_);
    this.retry_timer_ = undefined;
    const socket = this.socket_;
    this.socket_ = undefined;
    this.live_ = false;
    socket?.close();
    this.splitter_ = new wire.packet_splitter(incoming_bytes_max);
    this.outgoing_.disconnected();
    const unanswered = [...this.asked_.values()];
    this.asked_.clear();
    for (const resolve of unanswered) resolve([]);
  }

  private next_id(): number {
    do this.last_id_ = (this.last_id_ % 65_535) + 1;
    while (this.outgoing_.in_use(this.last_id_) || this.asked_.has(this.last_id_));
    return this.last_id_;
  }

  private send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.socket_?.readyState === WebSocket.OPEN) this.socket_.send(bytes);
  }
}
