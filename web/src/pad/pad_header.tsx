// Name of the pad, whether it is live and by which way, and the doors to editing and sharing; below, what waits or was sent late.
import { useSignal } from '@preact/signals';
import { counted, visible } from '../wording';
import { editing, pad_name } from './pad_layout';
import { line, line_state } from './pad_line';
import { sharing } from './share_dialog';
import { discard_waiting, sent_late, waiting } from './waiting_commands';

function words(): string {
  const state = line_state.value;
  switch (state.kind) {
    case 'connecting':
      return 'Connecting';
    case 'live':
      return state.way === 'mqtt' ? 'Live' : 'Live over HTTP';
    case 'lost':
      return 'Offline, trying again';
    case 'refused':
      return 'Not connected';
  }
}

function SignIn() {
  const user = useSignal('');
  const password = useSignal('');
  const send = (event: Event): void => {
    event.preventDefault();
    line.open({ user: user.value, password: password.value });
  };
  return (
    <form class="sign_in" onSubmit={send}>
      <input aria-label="User" placeholder="User" autocomplete="username" onInput={(event) => (user.value = event.currentTarget.value)} />
      <input
        type="password"
        aria-label="Password"
        placeholder="Password"
        autocomplete="current-password"
        onInput={(event) => (password.value = event.currentTarget.value)}
      />
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  );
}

function Notices() {
  const state = line_state.value;
  const unsent = state.kind === 'live' ? [] : waiting.value;
  return (
    <div role="status" class="notices">
      {state.kind === 'refused' && (
        <div class="notice">
          <p>The broker refused the connection: {state.text}</p>
          {state.sign_in ? <SignIn /> : <button onClick={() => line.open()}>Connect</button>}
        </div>
      )}
      {unsent.length > 0 && (
        <div class="notice">
          <p>
            {counted(unsent.length, 'command')} {unsent.length === 1 ? 'waits' : 'wait'} for the connection:{' '}
            {[...new Set(unsent.map(({ label }) => visible(label)))].slice(0, 5).join(', ')}
          </p>
          <button type="button" class="quiet" onClick={discard_waiting}>
            Discard
          </button>
        </div>
      )}
      {sent_late.value > 0 && (
        <div class="notice">
          <p>{counted(sent_late.value, 'command')} that waited for the connection went out.</p>
          <button type="button" class="quiet" onClick={() => (sent_late.value = 0)}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}

export function PadHeader() {
  return (
    <>
      <header class="page_header">
        <h1>
          <img src="/favicon.svg" alt="" width="28" height="28" />
          {visible(pad_name.value)}
        </h1>
        <p class={`connection ${line_state.value.kind}`} role="status">
          {words()}
        </p>
        <div class="doors">
          <button type="button" class="quiet" onClick={() => (sharing.value = true)}>
            Share
          </button>
          <button type="button" class="quiet" aria-pressed={editing.value} onClick={() => (editing.value = !editing.value)}>
            {editing.value ? 'Done' : 'Edit'}
          </button>
        </div>
      </header>
      <Notices />
    </>
  );
}
