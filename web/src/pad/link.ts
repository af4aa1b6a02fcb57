// How a pad reaches the broker: MQTT over WebSocket, or, where no WebSocket gets through, events over HTTP and POST or PUT.
// Tries the other way when one fails, for as long as it takes. The rest of the pad does not know which one it is.
import { to_utf8, wire_error } from '../mqtt/bytes';
import { mqtt_connection, own_url, type connection_state } from '../mqtt/connection';
import type { publish_result } from '../mqtt/outgoing';
import { is_topic_filter, is_topic_name } from '../mqtt/topic_names';
import { rest_line } from './rest_line';

export interface command {
  topic: string;
  payload: string;
  qos: 0 | 1;
  retain: boolean;
}

export type link_state =
  | { kind: 'connecting' }
  | { kind: 'live'; way: 'mqtt' | 'rest' }
  | { kind: 'lost' } // trying again by itself
  | { kind: 'refused'; text: string; sign_in: boolean };

export interface link_listener {
  state(state: link_state): void;
  message(topic: string, payload: Uint8Array, replayed: boolean): void; // replayed: retained before we asked
}

const web_socket_attempts_max = 2;
const first_pause_ms = 1000;
const last_pause_ms = 15_000;
const sign_in_reasons: readonly number[] = [0x84, 0x85, 0x86, 0x87, 0x8c];

export class link {
  private mqtt_: mqtt_connection | undefined;
  private rest_: rest_line | undefined;
  private filters_: string[] = [];
  private rounds_ = 0;
  private live_ = false;
  private timer_: ReturnType<typeof setTimeout> | undefined;
  private identity_: { user?: string; password?: string } = {};

  constructor(private readonly listener_: link_listener) {}

  open(identity?: { user: string; password: string }): void {
    if (identity) this.identity_ = identity;
    this.rounds_ = 0;
    this.by_mqtt();
  }

  // The network is back, or the page is looked at again.
  retry_now(): void {
    if (!this.live_) this.open();
  }

  watch(filters: string[]): void {
    const before = new Set(this.filters_);
    const now = new Set(filters.filter(is_topic_filter)); // layouts come from anywhere
    this.filters_ = [...now];
    const added = this.filters_.filter((filter) => !before.has(filter));
    const removed = [...before].filter((filter) => !now.has(filter));
    if (added.length > 0) void this.mqtt_?.subscribe(added.map((filter) => ({ filter, qos: 1 })));
    if (removed.length > 0) void this.mqtt_?.unsubscribe(removed);
    if (added.length + removed.length > 0) this.rest_?.watch(this.filters_);
  }

  publish(given: command): Promise<publish_result> {
    const refused = (reason: number, text: string) => Promise.resolve({ accepted: false, reason, text });
    if (!is_topic_name(given.topic)) return refused(0x90, 'no topic can have this name');
    try {
      if (this.rest_) return this.rest_.publish(given);
      if (this.mqtt_) return this.mqtt_.publish({ ...given, payload: to_utf8(given.payload) });
      return refused(0, 'there is no connection');
    } catch (error) {
      if (!(error instanceof wire_error)) throw error;
      return refused(0x99, error.message); // payload format invalid
    }
  }

  private close(): void {
    clearTimeout(this.timer_);
    const { mqtt_: mqtt, rest_: rest } = this;
    this.mqtt_ = undefined;
    this.rest_ = undefined;
    this.live_ = false;
    mqtt?.close();
    rest?.close();
  }

  private by_mqtt(): void {
    this.close();
    const connection: mqtt_connection = new mqtt_connection(
      { url: own_url(), ...this.identity_ },
      {
        message: ({ topic, payload, retain }) => this.listener_.message(topic, payload, retain),
        state: (state) => connection === this.mqtt_ && this.heard(state),
      },
    );
    this.mqtt_ = connection;
    void connection.subscribe(this.filters_.map((filter) => ({ filter, qos: 1 })));
    connection.open();
  }

  private heard(state: connection_state): void {
    this.live_ = state.kind === 'live';
    switch (state.kind) {
      case 'live':
        this.rounds_ = 0;
        return this.listener_.state({ kind: 'live', way: 'mqtt' });
      case 'connecting':
        return this.listener_.state({ kind: this.rounds_ === 0 ? 'connecting' : 'lost' });
      case 'lost':
        this.listener_.state({ kind: 'lost' });
        if (state.attempts >= web_socket_attempts_max) this.by_rest();
        return;
      case 'refused': {
        const text = state.text || `reason code ${state.reason}`;
        return this.listener_.state({ kind: 'refused', text, sign_in: sign_in_reasons.includes(state.reason) });
      }
      case 'closed':
    }
  }

  private by_rest(): void {
    this.close();
    const line: rest_line = new rest_line({
      message: (...what) => this.listener_.message(...what),
      live: () => {
        if (line !== this.rest_) return;
        this.live_ = true;
        this.rounds_ = 0;
        this.listener_.state({ kind: 'live', way: 'rest' });
      },
      lost: () => {
        if (line !== this.rest_) return;
        this.close();
        this.listener_.state({ kind: 'lost' });
        this.timer_ = setTimeout(() => this.by_mqtt(), Math.min(first_pause_ms * 2 ** this.rounds_, last_pause_ms));
        this.rounds_++;
      },
    });
    this.rest_ = line;
    line.watch(this.filters_);
  }
}
