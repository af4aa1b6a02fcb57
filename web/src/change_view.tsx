// The newest payload against the one before it.
import { useMemo } from 'preact/hooks';
import type { envelope } from './envelope';
import { json_layout } from './json_layout';
import { line_difference } from './line_difference';

const signs = { same: '  ', out: '- ', in: '+ ' };
const lines_beside = 3;

const laid_out = ({ payload }: envelope): string => json_layout(payload) ?? payload;

export function ChangeView({ before, after }: { before: envelope; after: envelope }) {
  const lines = useMemo(() => line_difference(laid_out(before), laid_out(after)), [before.payload, after.payload]);
  if (before.binary || after.binary) return null;
  if (before.payload === after.payload) return <p class="muted">The same as the message before.</p>;
  if (!lines) return <p class="muted">Too many lines differ from the message before to show them.</p>;
  const near = (at: number): boolean =>
    lines.slice(Math.max(0, at - lines_beside), at + lines_beside + 1).some(({ kind }) => kind !== 'same');
  return (
    <details class="changes" open>
      <summary>Changes since the message before</summary>
      <pre tabIndex={0} role="region" aria-label="Changes since the message before">
        {lines.map(({ kind, text }, i) => {
          if (!near(i)) return i === 0 || near(i - 1) ? '  …\n' : null;
          const line = `${signs[kind]}${text}\n`;
          return kind === 'in' ? <ins key={i}>{line}</ins> : kind === 'out' ? <del key={i}>{line}</del> : line;
        })}
      </pre>
    </details>
  );
}
