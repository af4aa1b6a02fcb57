// The selected topic in full: payload, QoS, retained, time and properties. Whatever is not shown is said.
import { useEffect, useRef } from 'preact/hooks';
import { ChangeView } from './change_view';
import { CopyButton } from './copy_button';
import { NumberChart } from './number_chart';
import { payload_bytes } from './envelope';
import { frame, store } from './live_topics';
import { PayloadView } from './payload_view';
import { ProblemText } from './problem_text';
import { deselect, message_before, read_whole, reading, selected, whole_message } from './selection';
import type { kept_message, topic_node } from './topic_store';
import { Fact } from './fact';
import { topic_url } from './topic_url';
import { count, counted, local_time, visible } from './wording';

function Facts({ message, messages }: { message: kept_message; messages: number }) {
  const whole = whole_message(message);
  const at = new Date(message.ts);
  return (
    <dl class="facts">
      <Fact name="QoS">{message.qos}</Fact>
      <Fact name="Retain flag">{message.retain ? 'set' : 'not set'}</Fact>
      <Fact name="Time">
        {Number.isNaN(at.getTime()) ? 'not given' : <time dateTime={message.ts}>{local_time(at, new Date())}</time>}
      </Fact>
      <Fact name="Size">
        {whole ? counted(payload_bytes(whole), 'byte') : counted(message.characters, 'character')}
      </Fact>
      <Fact name="Seen here">{counted(messages, 'message')}</Fact>
      {Object.entries(message.props).map(([name, value]) => (
        <Fact key={name} name={(name.charAt(0).toUpperCase() + name.slice(1)).replaceAll('_', ' ')}>
          {property_text(value)}
        </Fact>
      ))}
    </dl>
  );
}

// User properties come as pairs, in the sender's order; a name may come twice.
function property_text(value: unknown): string {
  if (typeof value === 'string') return visible(value);
  if (!Array.isArray(value)) return visible(JSON.stringify(value));
  return visible(value.map((pair: unknown) => (Array.isArray(pair) ? pair.join(' = ') : String(pair))).join(', '));
}

function CutNotice({ message }: { message: kept_message }) {
  const state = reading.value;
  const shown = `The first ${count(message.payload.length)} of ${count(message.characters)} characters are shown.`;
  if (state.kind === 'busy') return <p class="cut">{shown} Reading the rest.</p>;
  return (
    <div class="cut" role="status">
      <p>{shown}</p>
      {state.kind === 'not_kept' && (
        <p>
          The broker does not keep this value, so the rest cannot be read. The next message comes whole while this topic
          is selected.
        </p>
      )}
      {state.kind === 'refused' && <ProblemText problem={state.problem} />}
      <button type="button" class="quiet" onClick={() => void read_whole(message)}>
        Read the rest
      </button>
    </div>
  );
}

function page_url(topic: string): string | undefined {
  try {
    return topic_url(topic);
  } catch {
    return undefined; // half a surrogate pair has no URL
  }
}

function Value({ node, message }: { node: topic_node; message: kept_message }) {
  const whole = whole_message(message);
  const before = message_before(node);
  return (
    <>
      <Facts message={message} messages={node.messages} />
      {!whole && <CutNotice message={message} />}
      <PayloadView key={node.topic} message={whole ?? message} whole={whole !== undefined} />
      {whole && before && <ChangeView before={before} after={whole} />}
      <NumberChart topic={node.topic} />
      <p>
        <a href={page_url(node.topic)}>The page of this topic</a>
      </p>
    </>
  );
}

export function DetailPane() {
  frame.value;
  reading.value;
  const pane = useRef<HTMLElement>(null);
  const topic = selected.value;
  const node = topic === undefined ? undefined : store.find(topic);
  useEffect(() => {
    if (topic !== undefined) pane.current?.scrollIntoView({ block: 'nearest' });
  }, [topic]);
  if (!node) return null;
  const below = node.topics - (node.message ? 1 : 0);
  return (
    <section class="pane detail_pane" aria-label="Selected topic" ref={pane}>
      <div class="pane_title">
        <h2>
          {visible(node.topic)
            .split('/')
            .flatMap((level, i) => (i === 0 ? [level] : [<wbr />, `/${level}`]))}
        </h2>
        <CopyButton text={node.topic} label="Copy the topic" />
        <button type="button" class="quiet" onClick={deselect}>
          Close
        </button>
      </div>
      {node.message && <Value node={node} message={node.message} />}
      {below > 0 && (
        <p class="muted">
          {node.message ? 'Below it: ' : 'No value here. Below it: '}
          {counted(below, 'topic')}, {counted(node.messages, 'message')} with its own.
        </p>
      )}
    </section>
  );
}
