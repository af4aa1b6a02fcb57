// Lines over time, as SVG: scales, a pointer that reads values, and a sentence for those who do not see the picture.
import { useRef, useState } from 'preact/hooks';
import { clock, nice_steps, place_in, type scale } from './chart_scale';

export interface chart_line {
  name: string;
  values: (number | null)[]; // null: a hole in the line
}

interface line_chart {
  title: string;
  times: number[]; // milliseconds since 1970, ascending
  lines: chart_line[];
  band?: boolean; // the second and third line are the edges of a ribbon around the first
  words: string;
  write?: (value: number) => string;
}

const [width, height, left, bottom, top] = [600, 170, 62, 20, 8];
const plain = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 6 });

function path_of(times: number[], values: (number | null)[], x: scale, y: scale): string {
  let pen = 'M';
  let path = '';
  values.forEach((value, i) => {
    if (value === null) pen = 'M';
    else {
      path += `${pen}${place_in(x, times[i]!).toFixed(1)} ${place_in(y, value).toFixed(1)}`;
      pen = 'L';
    }
  });
  return path;
}

export function LineChart({ title, times, lines, band = false, words, write = plain }: line_chart) {
  const picture = useRef<SVGSVGElement>(null);
  const [at, set_at] = useState<number>();
  const numbers = lines.flatMap(({ values }) => values.filter((value): value is number => value !== null));
  if (times.length < 2 || numbers.length < 2) return null;
  const { steps, low, high } = nice_steps(Math.min(...numbers), Math.max(...numbers));
  const x: scale = { low: times[0]!, high: times.at(-1)!, begin: left, end: width - 6 };
  const y: scale = { low, high, begin: height - bottom, end: top };
  const point = (event: PointerEvent): void => {
    const box = picture.current!.getBoundingClientRect();
    const wanted = x.low + (((event.clientX - box.left) / box.width) * width - x.begin) / ((x.end - x.begin) / (x.high - x.low));
    set_at(times.reduce((best, time, i) => (Math.abs(time - wanted) < Math.abs(times[best]! - wanted) ? i : best), 0));
  };
  const pointed = at === undefined || at >= times.length ? undefined : at;
  const span = x.high - x.low;
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>{' '}
        <span class="muted">
          {pointed === undefined
            ? words
            : `${clock(times[pointed]!, span)}: ${lines.map(({ name, values }) => `${name} ${values[pointed] == null ? '-' : write(values[pointed]!)}`).join(', ')}`}
        </span>
      </figcaption>
      <svg
        ref={picture}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}: ${words}`}
        onPointerMove={point}
        onPointerLeave={() => set_at(undefined)}
      >
        {steps.map((value) => (
          <g key={value}>
            <line class="grid" x1={left} x2={x.end} y1={place_in(y, value)} y2={place_in(y, value)} />
            <text x={left - 6} y={place_in(y, value) + 4} text-anchor="end">
              {write(value)}
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((part) => (
          <text key={part} x={left + part * (x.end - left)} y={height - 4} text-anchor={['start', 'middle', 'end'][part * 2]!}>
            {clock(x.low + part * span, span)}
          </text>
        ))}
        {lines.map(({ name, values }, i) => (
          <path key={name} class={band && i > 0 ? 'edge' : `line_${i}`} d={path_of(times, values, x, y)} />
        ))}
        {pointed !== undefined && <line class="pointer" x1={place_in(x, times[pointed]!)} x2={place_in(x, times[pointed]!)} y1={top} y2={y.begin} />}
      </svg>
    </figure>
  );
}
