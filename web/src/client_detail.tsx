// One client: its session, its filters, what happens to it while it is looked at, and the button that disconnects it.
import { useEffect, useState } from 'preact/hooks';
import { events, listening, stop_tracing, stop_watching, trace_client, tracing, watch_client } from './client_events';
import { CommandLine } from './command_line';
import { curl_line } from './curl_line';
import { Fact } from './fact';
import { me } from './login';
import type { problem } from './problem';
import { ProblemText } from './problem_text';
import { ask, members, read, rows_of } from './request';
import { count, counted, local_time, visible } from './wording';

interface client_detail {
  id: string;
  close: () => void;
  changed: () => void;
}

function Events({ client }: { client: string }) {
  return (
    <div>
      <h3>What happens to it {listening.value ? '(listening)' : '(not listening)'}</h3>
      <button type="button" aria-pressed={tracing.value} onClick={() => (tracing.value ? stop_tracing() : trace_client(client))}>
        Trace its packets
      </button>
      {events.value.length === 0 && <p class="muted">Nothing since this was opened.</p>}
      <ul class="events" aria-label="Events">
        {events.value.map(({ at, name, words }, i) => (
          <li key={events.value.length - i}>
            {at && <time dateTime={at}>{local_time(new Date(at), new Date())}</time>} <strong>{name}</strong> {visible(words)}
          </li>
        ))}
      </ul>
    </div>
  );
}

const plain_members = ['client_id', 'filters', 'subscriptions', 'queued', 'in_flight', 'connected'];

function Session({ client }: { client: Record<string, unknown> }) {
  const filters = rows_of(client.filters);
  return (
    <>
      <dl class="facts">
        <Fact name="State">{client.connected === true ? 'connected' : 'away'}</Fact>
        <Fact name="Queued">{counted(Number(client.queued ?? 0), 'message')}</Fact>
        <Fact name="In flight">{counted(Number(client.in_flight ?? 0), 'message')}</Fact>
        {Object.entries(client)
          .filter(([name, value]) => !plain_members.includes(name) && value !== null)
          .map(([name, value]) => (
            <Fact key={name} name={(name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('_', ' ')}>
              {visible(typeof value === 'string' ? value : JSON.stringify(value))}
            </Fact>
          ))}
      </dl>
      <h3>Subscribes to {counted(Number(client.subscriptions ?? filters.length), 'filter')}</h3>
      <ul class="events" aria-label="Filters">
        {filters.map(({ filter, qos }) => (
          <li key={String(filter)}>
            <code>{visible(String(filter))}</code> at QoS {String(qos)}
          </li>
        ))}
      </ul>
      {filters.length < Number(client.subscriptions ?? 0) && (
        <p class="muted">{count(filters.length)} of them are shown.</p>
      )}
    </>
  );
}

export function ClientDetail({ id, close, changed }: client_detail) {
  const url = `/api/v1/clients/${encodeURIComponent(id)}`;
  const [client, set_client] = useState<Record<string, unknown>>();
  const [refused, set_refused] = useState<problem>();
  const look = async (): Promise<void> => {
    const given = await read(url);
    set_refused(given.ok ? undefined : given.problem);
    if (given.ok) set_client(members(given.value));
  };
  const kick = async (): Promise<void> => {
    const given = await ask({ method: 'DELETE', url });
    set_refused(given.ok ? undefined : given.problem);
    if (!given.ok) return;
    // A session that ends with its connection is gone: what is known of it stays on show.
    set_client((known) => known && { ...known, connected: false, transport: null });
    changed();
  };
  useEffect(() => {
    void look();
    if (me.value?.reads.includes('events')) watch_client(id);
    return stop_watching;
  }, [id]);
  return (
    <section class="pane" aria-labelledby="client_title">
      <div class="pane_title">
        <h2 id="client_title">{visible(id)}</h2>
        <button type="button" class="quiet" onClick={() => void look()}>
          Read again
        </button>
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
      <div role="status">{refused && <ProblemText problem={refused} />}</div>
      {client && <Session client={client} />}
      {me.value?.reads.includes('events') && <Events client={id} />}
      {me.value?.writes.includes('clients') && (
        <>
          <div class="tools">
            <button type="button" disabled={client?.connected !== true} onClick={() => void kick()}>
              Disconnect
            </button>
          </div>
          <CommandLine name="curl" line={curl_line('DELETE', location.origin + url, '')} />
        </>
      )}
    </section>
  );
}
