// Clients and their sessions: who is here, who is away, what waits for them; one of them in detail, and its disconnection.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ClientDetail } from './client_detail';
import { stop_watching } from './client_events';
import { CommandLine } from './command_line';
import { curl_line } from './curl_line';
import { me } from './login';
import type { problem } from './problem';
import { ProblemText } from './problem_text';
import { members, read, rows_of } from './request';
import { count, counted, visible } from './wording';

const query = signal('');
const connected = signal('');
const rows = signal<Record<string, unknown>[]>([]);
const next = signal<string | undefined>(undefined);
const total = signal<number | undefined>(undefined);
const refused = signal<problem | undefined>(undefined);
export const chosen = signal<string | undefined>(undefined);

function list_url(): string {
  const options = new URLSearchParams({ limit: '50', count: '1' });
  if (query.value !== '') options.set('q', query.value);
  if (connected.value !== '') options.set('connected', connected.value);
  return `/api/v1/clients?${options}`;
}

async function list(cursor?: string): Promise<void> {
  const given = await read(list_url() + (cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`));
  refused.value = given.ok ? undefined : given.problem;
  if (!given.ok) return;
  const page = members(given.value);
  rows.value = rows_of(page);
  next.value = typeof page.next === 'string' ? page.next : undefined;
  total.value = typeof page.count === 'number' ? page.count : undefined;
}

const text = (value: unknown): string => (value === null || value === undefined ? '-' : visible(String(value)));

function Row({ client }: { client: Record<string, unknown> }) {
  const id = String(client.client_id);
  return (
    <tr>
      <td class="name">
        <button type="button" class="quiet" aria-label={`Show ${id}`} aria-expanded={chosen.value === id} onClick={() => (chosen.value = id)}>
          {visible(id)}
        </button>
      </td>
      <td>{client.connected === true ? <span class="good">connected</span> : 'away'}</td>
      <td>{text(client.user)}</td>
      <td>{text(client.transport)}</td>
      <td>{text(client.protocol)}</td>
      <td class="number">{count(Number(client.subscriptions ?? 0))}</td>
      <td class="number">{count(Number(client.queued ?? 0))}</td>
      <td class="number">{count(Number(client.in_flight ?? 0))}</td>
    </tr>
  );
}

function Search() {
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        void list();
      }}
    >
      <label class="field">
        <span>Client id holds</span>
        <input type="search" value={query.value} autocapitalize="off" spellcheck={false} onInput={(event) => (query.value = event.currentTarget.value)} />
      </label>
      <label class="inline_field">
        <span>Show</span>
        <select value={connected.value} onChange={(event) => (connected.value = event.currentTarget.value)}>
          <option value="">all</option>
          <option value="1">connected</option>
          <option value="0">away</option>
        </select>
      </label>
      <button type="submit" class="primary">
        List
      </button>
    </form>
  );
}

export function ClientsPage() {
  const allowed = me.value?.reads.includes('clients');
  useEffect(() => {
    if (allowed) void list();
  }, [allowed]);
  useEffect(
    () => () => {
      stop_watching();
      chosen.value = undefined;
    },
    [],
  );
  if (!allowed) {
    return (
      <section class="pane" aria-labelledby="clients_title">
        <h2 id="clients_title">Clients and sessions</h2>
        <p>
          {me.value ? 'You may not see the clients. The operator can allow it with a line of the acl_file:' : 'Asking who you are.'}
        </p>
        {me.value && <pre tabIndex={0}>topic readwrite $CONTROL/http/clients</pre>}
      </section>
    );
  }
  return (
    <>
      <section class="pane" aria-labelledby="clients_title">
        <h2 id="clients_title">Clients and sessions</h2>
        <Search />
        <div role="status">
          {refused.value && <ProblemText problem={refused.value} />}
          <p class="muted">
            {counted(rows.value.length, 'client')} shown{total.value === undefined ? '' : `, ${count(total.value)} in all`}.
          </p>
        </div>
        <div class="table_place" tabIndex={0} role="region" aria-label="Clients">
          <table>
            <thead>
              <tr>
                {['Client', 'State', 'User', 'Transport', 'MQTT', 'Filters', 'Queued', 'In flight'].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.value.map((client) => (
                <Row key={String(client.client_id)} client={client} />
              ))}
            </tbody>
          </table>
        </div>
        {next.value !== undefined && (
          <button type="button" onClick={() => void list(next.value)}>
            Next page
          </button>
        )}
        <CommandLine name="curl" line={curl_line('GET', location.origin + list_url(), '')} />
      </section>
      {chosen.value !== undefined && <ClientDetail key={chosen.value} id={chosen.value} close={() => (chosen.value = undefined)} changed={() => void list()} />}
    </>
  );
}
