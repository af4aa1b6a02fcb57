// Name, totals, and whether what is on the page is live.
import { connection, frame, paused, store, stream } from './live_topics';
import type { stream_state } from './live_stream';
import { LoggedIn } from './login_form';
import { Shortcuts } from './shortcuts';
import { counted } from './wording';

function words(state: stream_state): string {
  switch (state.kind) {
    case 'connecting':
      return 'Connecting';
    case 'live':
      return 'Live';
    case 'lost':
      return 'Connection lost, trying again';
    case 'stopping':
      return 'The broker is stopping';
    case 'refused':
      return 'Not connected';
    case 'ended':
      return state.reason;
  }
}

export function PageHeader() {
  frame.value;
  const state = connection.value;
  return (
    <header class="page_header">
      <h1>
        <img src="/favicon.svg" alt="" width="28" height="28" />
        Sluice
      </h1>
      <p class="totals">
        {counted(store.root.topics, 'topic')}, {counted(store.root.messages, 'message')}
      </p>
      <p class={`connection ${state.kind}`} role="status">
        {words(state)}
        {paused.value && ', paused'}
      </p>
      {(state.kind === 'ended' || state.kind === 'refused') && (
        <button type="button" onClick={() => stream.open()}>
          Connect
        </button>
      )}
      <LoggedIn />
      <Shortcuts />
    </header>
  );
}
