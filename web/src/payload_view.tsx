// A payload as text: JSON indented, binary marked as base64, very long ones in two steps.
import { useMemo, useState } from 'preact/hooks';
import { CopyButton } from './copy_button';
import { payload_bytes, type envelope } from './envelope';
import { json_layout } from './json_layout';
import { hex_bytes_max, shown_characters_max } from './limits';
import { beginning } from './beginning';
import { bytes_of, hex_lines } from './payload_bytes';
import { count } from './wording';

export function PayloadView({ message, whole }: { message: envelope; whole: boolean }) {
  const [raw, set_raw] = useState(false);
  const [all, set_all] = useState(false);
  const { payload, binary } = message;
  const indented = useMemo(() => (binary || !whole ? undefined : json_layout(payload)), [payload, binary, whole]);
  const hex = useMemo(
    () => (binary && !raw ? hex_lines(bytes_of(payload, all ? Infinity : hex_bytes_max)) : undefined),
    [payload, binary, raw, all],
  );
  const text = hex ?? (indented !== undefined && !raw ? indented : payload);
  const bytes = binary ? payload_bytes(message) : 0;
  const cut = !all && (hex === undefined ? text.length > shown_characters_max : bytes > hex_bytes_max);
  const kind = binary
    ? hex === undefined
      ? 'Payload, binary as base64'
      : 'Payload, binary in hex'
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
        {binary && (
          <button type="button" class="quiet" onClick={() => set_raw(!raw)}>
            {raw ? 'Hex' : 'Base64'}
          </button>
        )}
        {whole && payload !== '' && <CopyButton text={payload} label="Copy the payload" />}
      </div>
      {payload === '' ? (
        <p class="muted">{message.retain ? 'Empty: the retained value was cleared.' : 'Empty.'}</p>
      ) : (
        <pre tabIndex={0} role="region" aria-label={kind}>
          {cut && hex === undefined ? beginning(text, shown_characters_max) : text}
        </pre>
      )}
      {cut && (
        <p class="cut">
          {hex === undefined
            ? `The first ${count(shown_characters_max)} of ${count(text.length)} characters are shown. `
            : `The first ${count(hex_bytes_max)} of ${count(bytes)} bytes are shown. `}
          <button type="button" class="quiet" onClick={() => set_all(true)}>
            Show all
          </button>
        </p>
      )}
    </div>
  );
}
