// Publish one message over HTTP, and the same as a curl line. The broker judges; this form only refuses an empty topic.
import { signal } from '@preact/signals';
import { CopyButton } from './copy_button';
import { curl_line, fits_a_command_line } from './curl_line';
import { drafted, payload, qos, retain, topic, write_payload } from './draft';
import { OutcomeText } from './outcome_text';
import { clears, publish, publish_request, type outcome } from './publication';

const last_outcome = signal<outcome | undefined>(undefined);
const busy = signal(false);

async function send(): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  last_outcome.value = await publish(drafted());
  busy.value = false;
}

function CurlBox() {
  if (topic.value === '') return null;
  let line: string;
  try {
    const { method, url } = publish_request(drafted());
    line = curl_line(method, location.origin + url, payload.value);
  } catch {
    return null; // the topic has no URL; publishing says so
  }
  return (
    <div class="curl">
      <div class="pane_title">
        <h3>The same with curl</h3>
        <CopyButton text={line} label="Copy the curl command" />
      </div>
      <pre id="curl" tabIndex={0} role="region" aria-label="curl command">
        {line}
      </pre>
      {!fits_a_command_line(payload.value) && (
        <p class="muted">
          This payload is too long for a command line or holds control characters: put it in payload.bin first.
        </p>
      )}
    </div>
  );
}

function submit_by_key(event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }): void {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
}

export function PublishForm() {
  return (
    <section class="pane publish_pane" aria-labelledby="publish_title">
      <h2 id="publish_title">Publish</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <label class="field">
          <span>Topic</span>
          <input
            id="topic"
            required
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            placeholder="home/lamp/set"
            value={topic.value}
            onInput={(event) => (topic.value = event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Payload</span>
          <textarea
            id="payload"
            rows={3}
            spellcheck={false}
            aria-keyshortcuts="Control+Enter"
            value={payload.value}
            onInput={(event) => write_payload(event.currentTarget.value)}
            onKeyDown={submit_by_key}
          />
        </label>
        <div class="choices">
          <label class="inline_field">
            <span>QoS</span>
            <select
              id="qos"
              value={String(qos.value)}
              onChange={(event) => (qos.value = Number(event.currentTarget.value))}
            >
              <option value="0">0</option>
              <option value="1">1</option>
              <option value="2">2</option>
            </select>
          </label>
          <label class="inline_field">
            <input
              id="retain"
              type="checkbox"
              checked={retain.value}
              onChange={(event) => (retain.value = event.currentTarget.checked)}
            />
            <span>Retain</span>
          </label>
          <button type="submit" class="primary" disabled={busy.value}>
            {busy.value ? 'Sending' : clears(drafted()) ? 'Clear' : 'Publish'}
          </button>
        </div>
        {clears(drafted()) && <p class="muted">Retained and empty: this clears the value that the broker keeps.</p>}
      </form>
      <div class="outcome" role="status">
        {last_outcome.value && <OutcomeText outcome={last_outcome.value} />}
      </div>
      <CurlBox />
    </section>
  );
}
