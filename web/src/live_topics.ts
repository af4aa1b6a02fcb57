// Joins the stream to the tree. Messages go into the store at once; views hear of it ten times a second at most, as the
// stream has no more of a topic: a busy broker leaves the page its frames, and a hidden tab paints nothing at all.
import { signal } from '@preact/signals';
import { held_messages } from './held_messages';
import { live_stream, type stream_state } from './live_stream';
import { watch } from './selection';
import { topic_store } from './topic_store';

export const store = new topic_store();
export const frame = signal(0); // views that read the store read this first
export const connection = signal<stream_state>({ kind: 'connecting' });
export const gaps = signal<{ count: number; after: string; oldest: string }>({ count: 0, after: '', oldest: '' });
export const dropped = signal(0);
export const unreadable = signal(0);
export const paused = signal(false);

const held = new held_messages();
const paint_gap_ms = 100;
let painting = false;
let painted_at = -paint_gap_ms;

export function repaint(): void {
  if (painting) return;
  painting = true;
  const wait = painted_at + paint_gap_ms - performance.now();
  if (wait > 0) setTimeout(paint, wait);
  else paint();
}

function paint(): void {
  requestAnimationFrame(() => {
    painting = false;
    painted_at = performance.now();
    frame.value++;
  });
}

// While paused nothing on the page changes; what comes is held, newest of each topic, and goes into the tree afterwards.
export function set_paused(wanted: boolean): void {
  paused.value = wanted;
  if (wanted) return;
  held.release((message, replayed, messages) => {
    store.take(message, replayed, performance.now(), messages);
    watch(message);
  });
  store.refused += held.refused;
  held.refused = 0;
  repaint();
}

// At QoS 2, because a delivery has the lesser QoS of publish and subscription: so each message shows its own. At most ten
// values a second of each topic: more nobody can read, and a page that gets all of a busy broker's would stand still.
export const stream = new live_stream('/topics?filter=%23&stream&as=sse&qos=2&every=100ms', {
  message(message, replayed) {
    if (paused.value) return held.hold(message, replayed);
    store.take(message, replayed, performance.now());
    watch(message);
    repaint();
  },
  state(state) {
    connection.value = state;
  },
  gap(after, oldest) {
    gaps.value = { count: gaps.value.count + 1, after, oldest };
  },
  dropped(count) {
    dropped.value += count;
  },
  unreadable() {
    unreadable.value++;
  },
});
