// The line of the selected topic's numbers.
import { LineChart } from './line_chart';
import { numbers, read_history, since } from './topic_numbers';

const ranges = [
  ['-10m', '10 minutes'],
  ['-1h', 'hour'],
  ['-24h', 'day'],
  ['-7d', 'week'],
] as const;

const written = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 6 });

export function NumberChart({ topic }: { topic: string }) {
  const shown = numbers.value;
  if (shown?.topic !== topic || (shown.points.length < 2 && !shown.kept)) return null;
  const { points, field, kept } = shown;
  const least = written(Math.min(...points.map((each) => each.least)));
  const most = written(Math.max(...points.map((each) => each.most)));
  return (
    <div class="numbers">
      <LineChart
        title={field === '' ? 'Numbers' : `Numbers of ${field}`}
        words={`${points.length} values, from ${least} to ${most}`}
        band
        times={points.map(({ at }) => at)}
        lines={[
          { name: 'average', values: points.map(({ average }) => average) },
          { name: 'least', values: points.map((each) => each.least) },
          { name: 'most', values: points.map((each) => each.most) },
        ]}
      />
      {kept ? (
        <label class="inline_field">
          <span>Of the last</span>
          <select
            value={since.value}
            onChange={(event) => {
              since.value = event.currentTarget.value;
              void read_history();
            }}
          >
            {ranges.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <p class="muted">Since this topic was selected: the broker keeps no history of it.</p>
      )}
    </div>
  );
}
