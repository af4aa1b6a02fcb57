// The HTTP interface, as the broker's own OpenAPI document describes it, with every operation ready to be tried.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { operations_of, type operation } from './api_document';
import { ApiOperation } from './api_operation';
import type { problem } from './problem';
import { ProblemText } from './problem_text';
import { read } from './request';

const address = '/api/v1/openapi.json';
const operations = signal<operation[]>([]);
const refused = signal<problem | undefined>(undefined);
const wanted = signal('');
const opened = signal<ReadonlySet<string>>(new Set());

async function load(): Promise<void> {
  if (operations.value.length > 0) return;
  const given = await read(address);
  refused.value = given.ok ? undefined : given.problem;
  if (given.ok) operations.value = operations_of(given.value);
}

// Only an opened operation has its form: a hundred forms at once would be slow on a phone.
function Operation({ operation }: { operation: operation }) {
  const open = opened.value.has(operation.id);
  const toggle = (now: boolean): void => {
    const next = new Set(opened.value);
    if (now) next.add(operation.id);
    else next.delete(operation.id);
    if (next.size !== opened.value.size) opened.value = next;
  };
  return (
    <details open={open} onToggle={(event) => toggle(event.currentTarget.open)}>
      <summary>
        <code>
          {operation.method} {operation.path}
        </code>{' '}
        {operation.title}
      </summary>
      {open && <ApiOperation operation={operation} />}
    </details>
  );
}

export function ApiPage() {
  useEffect(() => void load(), []);
  const text = wanted.value.trim().toLowerCase();
  const shown = operations.value.filter((each) => `${each.method} ${each.path} ${each.title} ${each.id}`.toLowerCase().includes(text));
  const tags = [...new Set(shown.map(({ tag }) => tag))];
  return (
    <>
      <section class="pane" aria-labelledby="api_title">
        <h2 id="api_title">HTTP API</h2>
        <p>
          Made from <a href={address}>{address}</a>, and called on this broker.
        </p>
        {refused.value && <ProblemText problem={refused.value} />}
        <label class="field">
          <span>Operations that hold</span>
          <input type="search" value={wanted.value} onInput={(event) => (wanted.value = event.currentTarget.value)} />
        </label>
      </section>
      {tags.map((tag) => (
        <section class="pane" key={tag} aria-label={tag || 'Others'}>
          <h2>{tag || 'Others'}</h2>
          {shown.filter((each) => each.tag === tag).map((each) => (
            <Operation key={each.id} operation={each} />
          ))}
        </section>
      ))}
    </>
  );
}
