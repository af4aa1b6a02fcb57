// Joins the stream to the tree. Messages go into the store at once; views hear of it at most once per painted frame,
// so a busy broker costs the page frames, not memory, and a hidden tab paints nothing at all.
import { signal } from '@preact/signals';
import { live_stream, type stream_state } from './live_stream';
import { watch } from './selection';
import { topic_store } from './topic_store';

export const store = new topic_store();
export const frame = signal(0); // views that read the store read this first
export const connection = signal<stream_state>({ kind: 'connecting' });
export const gaps = signal<{ count: number; after: string; oldest: string }>({ count: 0, after: '', oldest: '' });
export const dropped = signal(0);
export const unreadable = signal(0);

let painting = false;

export function repaint(): void {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    frame.value++;
  });
}

// At QoS 2, because a delivery has the lesser QoS of publish and subscription: so each message shows its own.
export const stream = new live_stream('/topics?filter=%23&stream&as=sse&qos=2', {
  message(message, replayed) {
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
