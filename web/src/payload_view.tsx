// A payload as text: JSON indented, binary marked as base64, very long ones in two steps.
import { useMemo, useState } from 'preact/hooks';
import { CopyButton } from './copy_button';
import type { envelope } from './envelope';
import { json_layout } from './json_layout';
import { shown_characters_max } from './limits';
import { beginning } from './beginning';
import { count } from './wording';

export function PayloadView({ message, whole }: { message: envelope; whole: boolean }) {
  const [raw, set_raw] = useState(false);
  const [all, set_all] = useState(false);
  const { payload, binary } = message;
  const indented = useMemo(() => (binary || !whole ? undefined : json_layout(payload)), [payload, binary, whole]);
  const text = indented !== undefined && !raw ? indented : payload;
  const cut = !all && text.length > shown_characters_max;
  const kind = binary
    ? 'Payload, binary as base64'
    : indented === undefined
      ? 'Payload'
      : raw
        ? 'Payload, JSON as sent'
        : 'Payload, JSON indented';
  return (
    <div class="payload">
      <div class="pane_title">
        <h3>{kind}</h3>
        {indented !== undefined && (
          <button type="button" class="quiet" onClick={() => set_raw(!raw)}>
            {raw ? 'Indent' : 'As sent'}
          </button>
        )}
        {whole && payload !== '' && <CopyButton text={payload} label="Copy the payload" />}
      </div>
      {payload === '' ? (
        <p class="muted">{message.retain ? 'Empty: the retained value was cleared.' : 'Empty.'}</p>
      ) : (
        <pre tabIndex={0} role="region" aria-label={kind}>
          {cut ? beginning(text, shown_characters_max) : text}
        </pre>
      )}
      {cut && (
        <p class="cut">
          The first {count(shown_characters_max)} of {count(text.length)} characters are shown.{' '}
          <button type="button" class="quiet" onClick={() => set_all(true)}>
            Show all
          </button>
        </p>
      )}
    </div>
  );
}
