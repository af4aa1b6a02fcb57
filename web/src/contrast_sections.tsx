// The comparisons of /contrast: each a heading, a sentence that says what is seen, and a picture.
import type { ComponentChildren } from 'preact';
import { Bars, bytes_bar, Legend, plain_bar } from './contrast_bars';
import { type contrast, row_named } from './contrast_result';
import * as words from './contrast_words';
import { FanPicture } from './fan_picture';
import { contrast_receivers_max } from './limits';

function Section({ title, sentence, children }: { title: string; sentence: string; children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      <p>{sentence}</p>
      {children}
    </section>
  );
}

function FanOut({ result }: { result: contrast }) {
  const rows = result.rows.fan_out;
  const reached = (row_named(rows, 'mqtt-publish')?.connections ?? 1) - 1;
  const receivers = Math.min(reached, contrast_receivers_max);
  return (
    <Section title="One to many" sentence={words.fan_out_sentence(result)}>
      <div class="fans">
        <FanPicture receivers={receivers} posts={false} />
        {rows.length > 1 && <FanPicture receivers={receivers} posts />}
      </div>
      <h3>Bytes that the sender sends</h3>
      <Bars
        label="Bytes that the sender sends"
        bars={rows.map((row) => plain_bar(row, row.to_server, words.bytes_text(row.to_server)))}
      />
      <h3>Until the last receiver has it</h3>
      <Bars
        label="Time until the last receiver has it"
        bars={rows.map((row) => plain_bar(row, row.latency_us ?? 0, words.time_text(row.latency_us ?? 0)))}
      />
    </Section>
  );
}

function Time({ result }: { result: contrast }) {
  const rows = result.rows.publish;
  const of = (name: 'latency_us' | 'cpu_us') =>
    rows.map((row) => plain_bar(row, row[name] ?? 0, words.time_text(row[name] ?? 0)));
  return (
    <Section title="Time and CPU" sentence={words.time_sentence(result)}>
      <h3>From sender to receiver, the median</h3>
      <Bars label="Time from sender to receiver" bars={of('latency_us')} />
      <h3>CPU time of the sender for one message, the median</h3>
      <Bars label="CPU time of the sender" bars={of('cpu_us')} />
    </Section>
  );
}

function Idle({ result }: { result: contrast }) {
  const rows = result.rows.idle;
  const remembered = rows.filter((row) => row.memory_bytes !== null);
  return (
    <Section title="While nothing happens" sentence={words.idle_sentence(result)}>
      <h3>Bytes for each receiver in {result.seconds} s</h3>
      <Bars
        label="Bytes for each idle receiver"
        bars={rows.map((row) => plain_bar(row, words.idle_bytes(row), words.bytes_text(words.idle_bytes(row))))}
      />
      {remembered.length > 0 && (
        <>
          <h3>Memory for each receiver, both ends of the connection</h3>
          <Bars
            label="Memory for each idle receiver"
            bars={remembered.map((row) => plain_bar(row, words.idle_memory(row), words.bytes_text(words.idle_memory(row))))}
          />
        </>
      )}
    </Section>
  );
}

export function Sections({ result }: { result: contrast }) {
  const { rows } = result;
  return (
    <>
      <Section title="A message to the broker" sentence={words.publish_sentence(result)}>
        <Bars label="Bytes of a message to the broker" bars={rows.publish.map(bytes_bar)} />
        <Legend />
      </Section>
      <Section title="A message from the broker" sentence={words.receive_sentence(result)}>
        <Bars label="Bytes of a message from the broker" bars={rows.receive.map(bytes_bar)} />
        <Legend />
      </Section>
      <Section title="A sign of life" sentence={words.ping_sentence(result)}>
        <Bars label="Bytes of a sign of life" bars={rows.ping.map(bytes_bar)} />
      </Section>
      {rows.fan_out.length > 0 && <FanOut result={result} />}
      <Time result={result} />
      {rows.idle.length > 0 && <Idle result={result} />}
    </>
  );
}
