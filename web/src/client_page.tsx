// An MQTT 5 client by hand: connect, subscribe, publish, and read what comes, over a WebSocket to this broker.
import { signal } from '@preact/signals';
import { broker_address } from './broker_address';
import { CommandLine } from './command_line';
import { mosquitto_pub_line, mosquitto_sub_line } from './mosquitto_line';
import { connect, disconnect, filters, messages, publish, said, state, subscribe, unsubscribe } from './mqtt_session';
import { to_utf8 } from './mqtt/bytes';
import type { quality } from './mqtt/packets';
import { local_time, visible } from './wording';

const filter = signal('#');
const filter_qos = signal(1);
const topic = signal('');
const payload = signal('');
const qos = signal(1);
const retain = signal(false);

const words = { connecting: 'Connecting', live: 'Connected', lost: 'Lost, trying again', refused: 'Refused', closed: 'Not connected' };

function Qos({ of, name }: { of: typeof qos; name: string }) {
  return (
    <label class="inline_field">
      <span>{name}</span>
      <select value={String(of.value)} onChange={(event) => (of.value = Number(event.currentTarget.value))}>
        {['0', '1', '2'].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}

function Connection() {
  const open = state.value.kind !== 'closed' && state.value.kind !== 'refused';
  return (
    <section class="pane" aria-labelledby="mqtt_title">
      <h2 id="mqtt_title">MQTT 5 client</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (open) return disconnect();
          const given = new FormData(event.currentTarget);
          const text = (name: string): string => String(given.get(name) ?? '');
          const session_expiry = Number(text('expiry'));
          connect({ client_id: text('id'), user: text('user'), password: text('password'), clean_start: given.has('clean'), session_expiry });
        }}
      >
        <div class="tools">
          {[
            ['id', 'Client id', 'text'],
            ['user', 'User name', 'text'],
            ['password', 'Password', 'password'],
            ['expiry', 'Session expiry in seconds', 'number'],
          ].map(([name, title, type]) => (
            <label class="field" key={name}>
              <span>{title}</span>
              <input name={name} type={type} min={type === 'number' ? 0 : undefined} autocomplete="off" autocapitalize="off" spellcheck={false} disabled={open} />
            </label>
          ))}
          <label class="inline_field">
            <input name="clean" type="checkbox" defaultChecked disabled={open} />
            <span>Clean start</span>
          </label>
          <button type="submit" class="primary">
            {open ? 'Disconnect' : 'Connect'}
          </button>
        </div>
      </form>
      <p role="status">
        <strong>{words[state.value.kind]}</strong>
        {state.value.kind === 'refused' && `: ${state.value.text || `reason 0x${state.value.reason.toString(16)}`}`}
        {said.value && ` ${said.value}`}
      </p>
    </section>
  );
}

function Subscriptions() {
  const live = state.value.kind === 'live';
  return (
    <section class="pane" aria-labelledby="subscribe_title">
      <h2 id="subscribe_title">Subscribe</h2>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          void subscribe(filter.value, filter_qos.value as quality);
        }}
      >
        <label class="field">
          <span>Topic filter</span>
          <input required value={filter.value} autocapitalize="off" spellcheck={false} onInput={(event) => (filter.value = event.currentTarget.value)} />
        </label>
        <Qos of={filter_qos} name="Highest QoS" />
        <button type="submit" disabled={!live}>
          Subscribe
        </button>
      </form>
      {filters.value.map((each) => (
        <p key={each}>
          <code>{visible(each)}</code>{' '}
          <button type="button" class="quiet" aria-label={`Unsubscribe ${each}`} onClick={() => void unsubscribe(each)}>
            Unsubscribe
          </button>
        </p>
      ))}
      <CommandLine name="mosquitto_sub" line={mosquitto_sub_line(broker_address.value, filter.value, filter_qos.value)} />
    </section>
  );
}

function Publishing() {
  const live = state.value.kind === 'live';
  const given = { topic: topic.value, payload: payload.value, qos: qos.value, retain: retain.value };
  return (
    <section class="pane" aria-labelledby="send_title">
      <h2 id="send_title">Publish</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void publish({ ...given, qos: given.qos as quality, payload: to_utf8(given.payload) });
        }}
      >
        <label class="field">
          <span>Topic</span>
          <input required value={topic.value} autocapitalize="off" spellcheck={false} onInput={(event) => (topic.value = event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>Payload</span>
          <textarea rows={2} spellcheck={false} value={payload.value} onInput={(event) => (payload.value = event.currentTarget.value)} />
        </label>
        <div class="choices">
          <Qos of={qos} name="QoS" />
          <label class="inline_field">
            <input type="checkbox" checked={retain.value} onChange={(event) => (retain.value = event.currentTarget.checked)} />
            <span>Retain</span>
          </label>
          <button type="submit" disabled={!live}>
            Publish
          </button>
        </div>
      </form>
      {topic.value !== '' && <CommandLine name="mosquitto_pub" line={mosquitto_pub_line(broker_address.value, given)} />}
    </section>
  );
}

export function ClientPage() {
  return (
    <>
      <Connection />
      <div class="cards">
        <Subscriptions />
        <Publishing />
      </div>
      <section class="pane" aria-labelledby="messages_title">
        <h2 id="messages_title">Messages</h2>
        {messages.value.length === 0 && <p class="muted">None yet.</p>}
        <ul class="events" aria-labelledby="messages_title">
          {messages.value.map((each, i) => (
            <li key={messages.value.length - i}>
              <time dateTime={each.at.toISOString()}>{local_time(each.at, new Date())}</time> <code>{visible(each.topic)}</code>{' '}
              <span class="value">{visible(each.text)}</span>{' '}
              <span class="muted">
                QoS {each.qos}
                {each.retain && ', retained'}
                {each.properties.content_type && `, ${visible(each.properties.content_type)}`}
                {each.properties.user_property?.map(([name, value]) => `, ${visible(name)} = ${visible(value)}`)}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
