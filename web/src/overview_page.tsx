// How the broker is: health, clients, rates, memory; the last minutes of each as a line.
import { signal } from '@preact/signals';
import { CommandLine } from './command_line';
import { Fact } from './fact';
import { LineChart } from './line_chart';
import { me } from './login';
import { usePolling } from './polling';
import type { problem } from './problem';
import { ProblemText } from './problem_text';
import { read } from './request';
import { rates, sample_of_metrics, sample_of_tree, samples_max, type sample } from './server_numbers';
import { bytes_text, count, duration_text } from './wording';

const samples = signal<sample[]>([]);
const ready = signal<{ is: boolean; words: string } | undefined>(undefined);
const refused = signal<problem | undefined>(undefined);
const source = signal<'/metrics' | '/api/v1/systree'>('/metrics');
const pause_ms = 2000;

// /metrics needs a right of its own, which only who administers something can have: others are not even asked for it.
async function measure(): Promise<void> {
  const health = await fetch('/readyz', { cache: 'no-store' }).catch(() => undefined);
  ready.value = { is: health?.ok === true, words: health ? (health.ok ? 'Ready' : `Not ready (${health.status})`) : 'No answer' };
  if (me.value && me.value.reads.length === 0) source.value = '/api/v1/systree';
  let given = await read(source.value);
  if (!given.ok && given.problem.status === 403 && source.value === '/metrics') {
    source.value = '/api/v1/systree';
    given = await read(source.value);
  }
  refused.value = given.ok ? undefined : given.problem;
  if (!given.ok) return;
  const next = source.value === '/metrics' ? sample_of_metrics(given.text, Date.now()) : sample_of_tree(given.value, Date.now());
  if (next) samples.value = [...samples.value, next].slice(-samples_max);
}

function Figures({ now, rate_in, rate_out }: { now: sample; rate_in: number | null; rate_out: number | null }) {
  const per_second = (value: number | null): string => (value === null ? '-' : `${count(Math.round(value * 10) / 10)} /s`);
  return (
    <section class="pane" aria-labelledby="figures_title">
      <h2 id="figures_title">Now</h2>
      <dl class="facts">
        <Fact name="Health">
          <span class={ready.value?.is ? 'good' : 'bad'}>{ready.value?.words ?? 'Unknown'}</span>
        </Fact>
        <Fact name="Messages in">{per_second(rate_in)}</Fact>
        <Fact name="Messages out">{per_second(rate_out)}</Fact>
        <Fact name="Connected clients">{count(now.clients)}</Fact>
        {now.sessions !== undefined && <Fact name="Sessions">{count(now.sessions)}</Fact>}
        <Fact name="Subscriptions">{count(now.subscriptions)}</Fact>
        <Fact name="Retained values">{count(now.retained)}</Fact>
        <Fact name="Messages dropped">{count(now.dropped)}</Fact>
        {now.memory_bytes !== undefined && <Fact name="Memory">{bytes_text(now.memory_bytes)}</Fact>}
        {now.uptime_seconds !== undefined && <Fact name="Running for">{duration_text(now.uptime_seconds)}</Fact>}
      </dl>
    </section>
  );
}

function Charts({ kept }: { kept: sample[] }) {
  const times = kept.slice(1).map(({ at }) => at);
  const last = (values: (number | null)[]): string => count(Math.round(values.at(-1) ?? 0));
  const [messages_in, messages_out] = [rates(kept, (each) => each.messages_in), rates(kept, (each) => each.messages_out)];
  const [bytes_in, bytes_out] = [rates(kept, (each) => each.bytes_in), rates(kept, (each) => each.bytes_out)];
  const clients = kept.slice(1).map((each) => each.clients);
  const memory = kept.slice(1).map((each) => each.memory_bytes ?? null);
  return (
    <div class="cards">
      <section class="pane" aria-label="Messages">
        <LineChart title="Messages a second" times={times} words={`${last(messages_in)} in, ${last(messages_out)} out`} lines={[{ name: 'in', values: messages_in }, { name: 'out', values: messages_out }]} />
      </section>
      <section class="pane" aria-label="Bytes">
        <LineChart title="Bytes a second" times={times} write={bytes_text} words={`${bytes_text(bytes_in.at(-1) ?? 0)} in, ${bytes_text(bytes_out.at(-1) ?? 0)} out`} lines={[{ name: 'in', values: bytes_in }, { name: 'out', values: bytes_out }]} />
      </section>
      <section class="pane" aria-label="Clients over time">
        <LineChart title="Connected clients" times={times} words={last(clients)} lines={[{ name: 'clients', values: clients }]} />
      </section>
      {memory.some((each) => each !== null) && (
        <section class="pane" aria-label="Memory over time">
          <LineChart title="Memory" times={times} write={bytes_text} words={bytes_text(memory.at(-1) ?? 0)} lines={[{ name: 'memory', values: memory }]} />
        </section>
      )}
    </div>
  );
}

export function OverviewPage() {
  usePolling(measure, pause_ms);
  const kept = samples.value;
  const now = kept.at(-1);
  return (
    <>
      {refused.value && (
        <section class="pane" aria-label="Refused">
          <ProblemText problem={refused.value} />
        </section>
      )}
      {now ? (
        <Figures now={now} rate_in={rates(kept.slice(-2), (each) => each.messages_in)[0] ?? null} rate_out={rates(kept.slice(-2), (each) => each.messages_out)[0] ?? null} />
      ) : (
        <p class="muted">{refused.value ? '' : 'The broker has told no numbers yet; $SYS begins after its first interval.'}</p>
      )}
      {kept.length > 2 && <Charts kept={kept} />}
      <section class="pane" aria-label="Commands">
        <CommandLine name="curl" line={`curl ${location.origin}${source.value}`} />
      </section>
    </>
  );
}
