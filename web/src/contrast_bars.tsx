// A picture of rows: one bar each, its parts beside one another, and in text what it says.
import type { contrast_row } from './contrast_result';
import { bytes_text, way_name } from './contrast_words';

export interface bar {
  way: string;
  parts: { kind: 'payload' | 'header' | 'plain'; value: number }[];
  text: string;
}

export function Bars({ label, bars }: { label: string; bars: bar[] }) {
  const length = (each: bar) => each.parts.reduce((sum, part) => sum + part.value, 0);
  const longest = Math.max(1, ...bars.map(length));
  return (
    <ul class="bars" aria-label={label}>
      {bars.map((each) => {
        let from = 0;
        return (
          <li key={each.way}>
            <span class="way">{way_name(each.way)}</span>
            <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
              {each.parts.map((part) => {
                const width = (1000 * part.value) / longest;
                const x = from;
                from += width;
                return <rect class={part.kind} x={x} y="0" width={width} height="10" />;
              })}
            </svg>
            <span class="number">{each.text}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function bytes_bar(row: contrast_row): bar {
  const each = Math.max(1, row.messages);
  return {
    way: row.way,
    parts: [
      { kind: 'payload', value: row.payload_bytes / each },
      { kind: 'header', value: row.header_bytes / each },
    ],
    text: bytes_text((row.payload_bytes + row.header_bytes) / each),
  };
}

export function plain_bar(row: contrast_row, value: number, text: string): bar {
  return { way: row.way, parts: [{ kind: 'plain', value }], text };
}

export function Legend() {
  return (
    <p class="legend muted">
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <rect class="payload" width="10" height="10" />
      </svg>
      payload
      <svg viewBox="0 0 10 10" aria-hidden="true">
        <rect class="header" width="10" height="10" />
      </svg>
      everything else
    </p>
  );
}
