// The properties of MQTT 5 that a message may carry, folded until somebody wants one.
import { properties } from './draft';
import type { publish_properties } from './publication';

const texts = [
  ['expiry', 'Expires after seconds', 'number'],
  ['content_type', 'Content type', 'text'],
  ['response_topic', 'Response topic', 'text'],
  ['correlation', 'Correlation data', 'text'],
] as const;

function change(part: Partial<publish_properties>): void {
  properties.value = { ...properties.value, ...part };
}

function UserProperties() {
  const { user } = properties.value;
  const rename = (at: number, pair: [string, string] | undefined): void =>
    change({ user: user.flatMap((each, i) => (i !== at ? [each] : pair ? [pair] : [])) });
  return (
    <>
      {user.map(([name, value], i) => (
        <div class="tools" key={i}>
          <label class="field">
            <span>User property</span>
            <input value={name} onInput={(event) => rename(i, [event.currentTarget.value, value])} />
          </label>
          <label class="field">
            <span>Its value</span>
            <input value={value} onInput={(event) => rename(i, [name, event.currentTarget.value])} />
          </label>
          <button type="button" class="quiet" onClick={() => rename(i, undefined)}>
            Remove
          </button>
        </div>
      ))}
      <button type="button" onClick={() => change({ user: [...user, ['', '']] })}>
        Add a user property
      </button>
    </>
  );
}

export function PropertyFields() {
  return (
    <details>
      <summary>MQTT 5 properties</summary>
      <div class="properties">
        {texts.map(([name, title, type]) => (
          <label class="field" key={name}>
            <span>{title}</span>
            <input
              type={type}
              min={type === 'number' ? 0 : undefined}
              max={type === 'number' ? 4294967295 : undefined}
              autocapitalize="off"
              spellcheck={false}
              value={properties.value[name]}
              onInput={(event) => change({ [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <label class="inline_field">
          <input
            type="checkbox"
            checked={properties.value.utf8}
            onChange={(event) => change({ utf8: event.currentTarget.checked })}
          />
          <span>The payload is UTF-8 text</span>
        </label>
        <UserProperties />
      </div>
    </details>
  );
}
