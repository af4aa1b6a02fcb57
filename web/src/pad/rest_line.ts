// The pad's second way: one event stream for all its topics, and a request for each command. HTTP only, for networks that
// let no WebSocket through.
import { to_utf8 } from '../mqtt/bytes';
import type { publish_result } from '../mqtt/outgoing';
import { publish } from '../publication';
import { live_stream } from '../live_stream';
import type { envelope } from '../envelope';

export interface rest_listener {
  message(topic: string, payload: Uint8Array, replayed: boolean): void;
  live(): void;
  lost(): void;
}

const filters_max = 100; // of one stream: the broker's own bound

export function stream_url(filters: string[]): string {
  const wanted = filters.slice(0, filters_max).map((filter) => `filter=${encodeURIComponent(filter)}`);
  return `/topics?${wanted.join('&')}&stream&as=sse&qos=1`;
}

export class rest_line {
  private stream_: live_stream | undefined;

  constructor(private readonly listener_: rest_listener) {}

  watch(filters: string[]): void {
    this.stream_?.close();
    const stream: live_stream = new live_stream(stream_url(filters), {
      message: (message, replayed) => this.listener_.message(message.topic, payload_of(message), replayed),
      state: ({ kind }) => {
        if (stream !== this.stream_) return;
        if (kind === 'live') this.listener_.live();
        else if (kind !== 'connecting') this.listener_.lost();
      },
      gap: () => {},
      dropped: () => {},
      unreadable: () => {},
    });
    this.stream_ = stream;
    stream.open();
  }

  async publish(message: { topic: string; payload: string; qos: number; retain: boolean }): Promise<publish_result> {
    const outcome = await publish(message);
    if (outcome.accepted) return { accepted: true, reason: 0, text: '' };
    const { status, title } = outcome.problem;
    // Without an answer nobody knows: the caller keeps it. With one it is decided.
    return { accepted: false, reason: status >= 400 && status < 500 ? 0x80 : 0, text: title };
  }

  close(): void {
    const stream = this.stream_;
    this.stream_ = undefined;
    stream?.close();
  }
}

function payload_of({ payload, binary }: envelope): Uint8Array {
  if (!binary) return to_utf8(payload);
  return Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
}
