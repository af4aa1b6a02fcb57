// The broker's event stream: opens it, reads it, says truthfully whether it is alive, and opens it again. Keeps no messages.
import { read_envelope, type envelope } from './envelope';
import { answer_timeout_ms } from './limits';
import { read_problem, type problem } from './problem';

export type stream_state =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'lost' } // trying again by itself
  | { kind: 'stopping' } // the broker said good-bye; trying again by itself
  | { kind: 'refused'; problem: problem }
  | { kind: 'ended'; reason: string }; // only a click opens it again

export interface stream_listener {
  message(message: envelope, replayed: boolean): void;
  state(state: stream_state): void;
  gap(after: string, oldest: string): void;
  dropped(count: number): void;
  unreadable(): void;
}

const first_pause_ms = 2000;
const last_pause_ms = 30_000;

export class live_stream {
  private source_: EventSource | undefined;
  private replay_left_ = 0;
  private pause_ms_ = first_pause_ms;
  private timer_: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url_: string,
    private readonly listener_: stream_listener,
  ) {}

  open(): void {
    this.close();
    this.listener_.state({ kind: 'connecting' });
    const source = new EventSource(this.url_);
    this.source_ = source;
    source.onmessage = (event: MessageEvent<string>) => this.read(event.data);
    source.onerror = () => void this.failed(source);
    // The stream's own first event shares its name with the browser's: only the one with data comes from the broker.
    source.addEventListener('open', (event: Event) => this.opened(event));
    source.addEventListener('gap', (event) => {
      const { after, oldest } = fields(event);
      this.listener_.gap(String(after ?? ''), String(oldest ?? ''));
    });
    source.addEventListener('dropped', (event) => this.listener_.dropped(Number(fields(event).count) || 1));
    source.addEventListener('bye', () => this.listener_.state({ kind: 'stopping' }));
    source.addEventListener('auth-expired', () => this.end('The sign-in has expired.'));
  }

  close(): void {
    clearTimeout(this.timer_);
    this.source_?.close();
    this.source_ = undefined;
  }

  private opened(event: Event): void {
    this.pause_ms_ = first_pause_ms;
    this.listener_.state({ kind: 'live' });
    if (!(event instanceof MessageEvent)) return;
    const { retained } = fields(event);
    this.replay_left_ = typeof retained === 'number' ? retained : 0;
  }

  private read(text: string): void {
    const message = read_envelope(text);
    if (!message) return this.listener_.unreadable();
    this.listener_.message(message, this.replay_left_ > 0);
    if (this.replay_left_ > 0) this.replay_left_--;
  }

  private end(reason: string): void {
    this.close();
    this.listener_.state({ kind: 'ended', reason });
  }

  private async failed(source: EventSource): Promise<void> {
    if (source !== this.source_) return;
    if (source.readyState !== EventSource.CLOSED) return this.listener_.state({ kind: 'lost' });
    // The browser gave up and hides the reason: ask again in a way that can be read.
    const answer = await ask(this.url_);
    if (source !== this.source_) return;
    if (answer.status === 204) return this.end('The broker ended the stream.');
    if (answer.problem) this.listener_.state({ kind: 'refused', problem: answer.problem });
    else this.listener_.state({ kind: 'lost' });
    if (answer.status === 401 || answer.status === 403) return this.close();
    this.timer_ = setTimeout(() => this.open(), this.pause_ms_);
    this.pause_ms_ = Math.min(this.pause_ms_ * 2, last_pause_ms);
  }
}

async function ask(url: string): Promise<{ status: number; problem?: problem }> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), answer_timeout_ms);
  try {
    const answer = await fetch(url, {
      headers: { Accept: 'text/event-stream' },
      cache: 'no-store',
      signal: abort.signal,
    });
    if (answer.ok) return { status: answer.status };
    return { status: answer.status, problem: await read_problem(answer) };
  } catch {
    return { status: 0 };
  } finally {
    clearTimeout(timer);
    abort.abort(); // a stream that opened after all is not wanted twice
  }
}

function fields(event: Event): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse((event as MessageEvent<string>).data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
