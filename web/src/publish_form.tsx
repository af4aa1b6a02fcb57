// Publish one message over HTTP, and the same as a curl line. The broker judges; this form only refuses an empty topic.
import { signal } from '@preact/signals';
import { broker_address } from './broker_address';
import { CommandLine } from './command_line';
import { curl_line, fits_a_command_line } from './curl_line';
import { drafted, payload, qos, retain, topic, write_payload } from './draft';
import { OutcomeText } from './outcome_text';
import { mosquitto_pub_line } from './mosquitto_line';
import { PropertyFields } from './property_fields';
import { clears, publish, publish_request, type outcome } from './publication';

const last_outcome = signal<outcome | undefined>(undefined);
const busy = signal(false);

async function send(): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  last_outcome.value = await publish(drafted());
  busy.value = false;
}

function Commands() {
  if (topic.value === '') return null;
  let line: string;
  try {
    const { method, url, headers } = publish_request(drafted());
    line = curl_line(method, location.origin + url, payload.value, headers);
  } catch {
    return null; // the topic has no URL; publishing says so
  }
  return (
    <>
      <CommandLine name="curl" line={line} />
      <CommandLine name="mosquitto_pub" line={mosquitto_pub_line(broker_address.value, drafted())} />
      {!fits_a_command_line(payload.value) && (
        <p class="muted">
          This payload is too long for a command line or holds control characters: put it in payload.bin first.
        </p>
      )}
    </>
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
        <PropertyFields />
        {clears(drafted()) && <p class="muted">Retained and empty: this clears the value that the broker keeps.</p>}
      </form>
      <div class="outcome" role="status">
        {last_outcome.value && <OutcomeText outcome={last_outcome.value} />}
      </div>
      <Commands />
    </section>
  );
}
