// The retained values by filter, in pages; deleting one; and clearing all of a filter, after their number was seen.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { broker_address } from './broker_address';
import { CommandLine } from './command_line';
import { curl_line } from './curl_line';
import { payload_bytes, to_envelope, type envelope } from './envelope';
import { mosquitto_clear_line } from './mosquitto_line';
import type { problem } from './problem';
import { ProblemText } from './problem_text';
import { ask, read } from './request';
import { keep } from './topic_store';
import { topic_url } from './topic_url';
import { bytes_text, counted, local_time, row_value, visible } from './wording';

const page_rows = 50;
const filter = signal('#');
const rows = signal<envelope[]>([]);
const next = signal<string | undefined>(undefined);
const total = signal<number | undefined>(undefined);
const refused = signal<problem | undefined>(undefined);
const preview = signal<number | undefined>(undefined);
const said = signal('');

const filter_url = (options = ''): string => `/topics?filter=${encodeURIComponent(filter.value)}${options}`;

// The broker says where the next page is; nothing but its cursor is taken from there.
function next_cursor(headers: Headers): string | undefined {
  return headers.get('Link')?.match(/[?&]cursor=([^&>]+)[^>]*>; *rel="next"/)?.[1];
}

async function list(cursor?: string): Promise<void> {
  preview.value = undefined;
  const asked = filter.value;
  const given = await read(filter_url(`&as=json&limit=${page_rows}${cursor === undefined ? '' : `&cursor=${cursor}`}`));
  if (asked !== filter.value) return;
  refused.value = given.ok ? undefined : given.problem;
  if (!given.ok) return;
  const found = (Array.isArray(given.value) ? given.value : []).map(to_envelope).filter((each) => each !== undefined);
  rows.value = found;
  next.value = next_cursor(given.headers);
  total.value = await number_of_values();
}

async function number_of_values(): Promise<number | undefined> {
  const given = await ask({ method: 'HEAD', url: filter_url() });
  return given.ok ? Number(given.headers.get('Mqtt-Count') ?? NaN) : undefined;
}

async function remove(topic: string): Promise<void> {
  const given = await ask({ method: 'DELETE', url: topic_url(topic) });
  refused.value = given.ok ? undefined : given.problem;
  if (!given.ok) return;
  said.value = `Cleared ${visible(topic)}.`;
  rows.value = rows.value.filter((each) => each.topic !== topic);
  if (total.value !== undefined) total.value--;
}

async function look(): Promise<void> {
  said.value = '';
  preview.value = await number_of_values();
}

async function clear(confirmed: number): Promise<void> {
  const given = await ask({ method: 'DELETE', url: filter_url(`&confirm=${confirmed}`) });
  if (given.ok) said.value = `Cleared ${counted(Number(given.headers.get('Mqtt-Count') ?? confirmed), 'value')}.`;
  await list();
  if (!given.ok) refused.value = given.problem;
}

function ClearBox() {
  const found = preview.value;
  const line = curl_line('DELETE', `${location.origin}${filter_url(`&confirm=${found ?? total.value ?? 0}`)}`, '');
  return (
    <section class="pane" aria-labelledby="clear_title">
      <h2 id="clear_title">Clear all of this filter</h2>
      {found === undefined ? (
        <button type="button" onClick={() => void look()}>
          Count what would be cleared
        </button>
      ) : (
        <div role="alertdialog" aria-label="Confirm">
          <p>
            {counted(found, 'retained value')} {found === 1 ? 'matches' : 'match'} <code>{visible(filter.value)}</code>. Clearing cannot be
            undone. If their number changes meanwhile, the broker clears nothing.
          </p>
          <div class="tools">
            <button type="button" class="primary" disabled={found === 0} onClick={() => void clear(found)}>
              Clear {counted(found, 'value')}
            </button>
            <button type="button" onClick={() => (preview.value = undefined)}>
              Keep them
            </button>
          </div>
        </div>
      )}
      <CommandLine name="curl" line={line} />
      <CommandLine name="mosquitto_sub" line={mosquitto_clear_line(broker_address.value, filter.value)} />
    </section>
  );
}

function Row({ message }: { message: envelope }) {
  const at = new Date(message.ts);
  return (
    <tr>
      <td class="name">{visible(message.topic)}</td>
      <td>
        <span class="value">{row_value(keep(message))}</span>
      </td>
      <td class="number">{bytes_text(payload_bytes(message))}</td>
      <td class="number">{message.qos}</td>
      <td class="number">{Number.isNaN(at.getTime()) ? '-' : local_time(at, new Date())}</td>
      <td>
        <button type="button" class="quiet" aria-label={`Delete ${message.topic}`} onClick={() => void remove(message.topic)}>
          Delete
        </button>
      </td>
    </tr>
  );
}

export function RetainedPage() {
  useEffect(() => void list(), []);
  return (
    <>
      <section class="pane" aria-labelledby="retained_title">
        <h2 id="retained_title">Retained values</h2>
        <form
          class="tools"
          onSubmit={(event) => {
            event.preventDefault();
            void list();
          }}
        >
          <label class="field">
            <span>Topic filter</span>
            <input value={filter.value} required autocapitalize="off" spellcheck={false} onInput={(event) => (filter.value = event.currentTarget.value)} />
          </label>
          <button type="submit" class="primary">
            List
          </button>
        </form>
        <div role="status">
          {refused.value && <ProblemText problem={refused.value} />}
          {said.value && <p>{said.value}</p>}
          <p class="muted">
            {rows.value.length === 0
              ? 'No retained value.'
              : `${counted(rows.value.length, 'value')} shown${total.value === undefined || Number.isNaN(total.value) ? '' : `, ${counted(total.value, 'value')} in all`}.`}
          </p>
        </div>
        {rows.value.length > 0 && (
          <div class="table_place" tabIndex={0} role="region" aria-label="Values">
            <table>
              <thead>
                <tr>
                  {['Topic', 'Value', 'Size', 'QoS', 'Time'].map((title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                  <td />
                </tr>
              </thead>
              <tbody>
                {rows.value.map((message) => (
                  <Row key={message.topic} message={message} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {next.value !== undefined && (
          <button type="button" onClick={() => void list(next.value)}>
            Next page
          </button>
        )}
      </section>
      <ClearBox />
    </>
  );
}
