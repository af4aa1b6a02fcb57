// The page at `/contrast`: the server measures, against itself, what the same message takes by MQTT and by HTTP, and this
// page draws it.
import { signal } from '@preact/signals';
import { render } from 'preact';
import { type contrast, read_contrast } from './contrast_result';
import { Sections } from './contrast_sections';
import { CopyButton } from './copy_button';
import { contrast_receivers_max, contrast_timeout_ms } from './limits';
import { no_answer, type problem, read_problem } from './problem';
import { ProblemText } from './problem_text';
import { counted } from './wording';

const sizes = [4, 100, 1000, 10_000];

type state =
  | { kind: 'ready' }
  | { kind: 'measuring' }
  | { kind: 'failed'; problem: problem }
  | { kind: 'measured'; result: contrast; raw: string };

const current = signal<state>({ kind: 'ready' });
const receivers = signal(100);
const size = signal(sizes[0]!);

async function asked(): Promise<state> {
  const answer = await fetch('/api/v1/contrast', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ size: size.value, receivers: receivers.value }),
    signal: AbortSignal.timeout(contrast_timeout_ms),
  });
  if (!answer.ok) return { kind: 'failed', problem: await read_problem(answer) };
  const value: unknown = await answer.json();
  const result = read_contrast(value);
  if (result === null) return { kind: 'failed', problem: { status: answer.status, title: 'The answer is no contrast' } };
  return { kind: 'measured', result, raw: JSON.stringify(value, null, 1) };
}

async function measure(): Promise<void> {
  current.value = { kind: 'measuring' };
  current.value = await asked().catch((error: unknown): state => ({ kind: 'failed', problem: no_answer(error) }));
}

function Question() {
  const measuring = current.value.kind === 'measuring';
  const press = (event: Event) => {
    event.preventDefault();
    if (!measuring) void measure();
  };
  return (
    <form class="question" onSubmit={press}>
      <label for="receivers">Receivers: {counted(receivers.value, 'receiver')}</label>
      <input
        id="receivers"
        type="range"
        min="1"
        max={contrast_receivers_max}
        value={receivers.value}
        onInput={(event) => (receivers.value = Number(event.currentTarget.value))}
      />
      <label for="size">Payload</label>
      <select id="size" onChange={(event) => (size.value = Number(event.currentTarget.value))}>
        {sizes.map((each) => (
          <option key={each} value={each} selected={each === size.value}>
            {counted(each, 'byte')}
          </option>
        ))}
      </select>
      <button type="submit" class="primary" disabled={measuring}>
        Measure
      </button>
    </form>
  );
}

function Outcome({ result, raw }: { result: contrast; raw: string }) {
  return (
    <>
      {result.notes.length > 0 && (
        <section>
          <h2>Not everything could be measured</h2>
          <ul class="notes">
            {result.notes.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </section>
      )}
      <Sections result={result} />
      <section>
        <h2>The same again</h2>
        <p>{result.note}</p>
        <p class="command">
          <code>{result.command}</code>
          <CopyButton text={result.command} label="Copy the command" />
        </p>
        <details>
          <summary>Everything that was counted, as JSON</summary>
          <pre tabIndex={0}>{raw}</pre>
        </details>
      </section>
    </>
  );
}

function Page() {
  const state = current.value;
  return (
    <>
      <header class="page_header">
        <h1>
          <img src="/favicon.svg" alt="" width="28" height="28" />
          MQTT and HTTP, measured
        </h1>
        <nav>
          <a href="/">All topics</a> <a href="/docs">Manual</a> <a href="/api/v1/cost?as=text">Counted since the start</a>
        </nav>
      </header>
      <main>
        <section>
          <p>
            The server sends the same message to itself by each way, over real connections, and counts every byte that
            passes. No number on this page was there before.
          </p>
          <Question />
          <div role="status">
            {state.kind === 'measuring' && <p>Measuring; this takes some seconds.</p>}
            {state.kind === 'measured' && <p>Measured with {counted(state.result.receivers, 'receiver')}.</p>}
            {state.kind === 'failed' && <ProblemText problem={state.problem} />}
          </div>
        </section>
        {state.kind === 'measured' && <Outcome result={state.result} raw={state.raw} />}
      </main>
    </>
  );
}

render(<Page />, document.getElementById('page')!);
