// One operation of the API: what it does, its parameters, and a button that calls this broker.
import { useState } from 'preact/hooks';
import { try_call, type tried } from './api_call';
import { filled, type operation, type parameter } from './api_document';
import { CommandLine } from './command_line';
import { curl_line } from './curl_line';
import { json_layout } from './json_layout';
import { visible } from './wording';

function Field({ parameter, value, write }: { parameter: parameter; value: string; write: (value: string) => void }) {
  const { name, place, required, words, choices } = parameter;
  return (
    <label class="field">
      <span>
        {name} <small class="muted">{required ? `${place}, needed` : place}</small>
      </span>
      {choices.length > 0 ? (
        <select value={value} onChange={(event) => write(event.currentTarget.value)}>
          {['', ...choices.filter((each) => each !== '')].map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      ) : (
        <input value={value} required={required} autocapitalize="off" spellcheck={false} onInput={(event) => write(event.currentTarget.value)} />
      )}
      {words && <small class="muted">{words}</small>}
    </label>
  );
}

function Answer({ given }: { given: tried }) {
  return (
    <div role="status">
      <p>
        <strong>{given.status}</strong>
      </p>
      <pre tabIndex={0} role="region" aria-label="Headers of the answer">
        {given.headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
      </pre>
      {given.body !== '' && (
        <pre tabIndex={0} role="region" aria-label="Body of the answer">
          {json_layout(given.body) ?? given.body}
        </pre>
      )}
      {!given.ended && <p class="muted">This is its beginning: the answer is longer, or goes on.</p>}
    </div>
  );
}

export function ApiOperation({ operation }: { operation: operation }) {
  const [given, set_given] = useState<Record<string, string>>({});
  const [body, set_body] = useState(operation.example);
  const [answer, set_answer] = useState<tried>();
  const takes_body = operation.body_types.length > 0;
  const { url, headers } = filled(operation, given);
  const type = operation.body_types.find((each) => each.includes('json'));
  const all: [string, string][] = takes_body && type ? [...headers, ['Content-Type', type]] : headers;
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        set_answer(await try_call({ method: operation.method, url, headers: all, ...(takes_body && { body }) }));
      }}
    >
      <p>{operation.words}</p>
      {operation.parameters.length > 0 && (
        <div class="cards">
          {operation.parameters.map((each) => {
            const key = `${each.place} ${each.name}`;
            return <Field key={key} parameter={each} value={given[key] ?? ''} write={(value) => set_given({ ...given, [key]: value })} />;
          })}
        </div>
      )}
      {takes_body && (
        <label class="field">
          <span>Body</span>
          <textarea rows={3} spellcheck={false} value={body} onInput={(event) => set_body(event.currentTarget.value)} />
        </label>
      )}
      <button type="submit" class="primary">
        Try it
      </button>
      <CommandLine name="curl" line={visible(curl_line(operation.method, location.origin + url, takes_body ? body : '', all))} />
      {answer && <Answer given={answer} />}
    </form>
  );
}
