// Asks for a name and a password where the broker wants them. Neither is kept: the broker answers with a cookie.
import { signal } from '@preact/signals';
import { stream } from './live_topics';
import { log_in, log_out, me } from './login';
import type { problem } from './problem';
import { ProblemText } from './problem_text';
import { login_wanted } from './request';

const refused = signal<problem | undefined>(undefined);
const busy = signal(false);

async function submit(form: HTMLFormElement): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  const given = new FormData(form);
  refused.value = await log_in(String(given.get('username')), String(given.get('password')));
  busy.value = false;
  if (!refused.value) stream.open();
}

export function LoginForm() {
  if (!login_wanted.value) return null;
  return (
    <form
      class="login"
      aria-label="Log in"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      <label class="field">
        <span>User name</span>
        <input name="username" required autocomplete="username" autocapitalize="off" spellcheck={false} />
      </label>
      <label class="field">
        <span>Password</span>
        <input name="password" type="password" required autocomplete="current-password" />
      </label>
      <button type="submit" class="primary" disabled={busy.value}>
        Log in
      </button>
      <div role="alert">{refused.value && <ProblemText problem={refused.value} />}</div>
    </form>
  );
}

export function LoggedIn() {
  const user = me.value?.user;
  if (user === undefined) return null;
  return (
    <p class="logged_in">
      <span>{user}</span>
      <button
        type="button"
        class="quiet"
        onClick={async () => {
          refused.value = await log_out();
          stream.open();
        }}
      >
        Log out
      </button>
    </p>
  );
}
