// From values to places in a picture, and the round numbers beside its lines. Draws nothing.

export interface scale {
  low: number;
  high: number;
  begin: number;
  end: number;
}

export function place_in({ low, high, begin, end }: scale, value: number): number {
  return high === low ? (begin + end) / 2 : begin + ((value - low) / (high - low)) * (end - begin);
}

// Two to six round numbers that span all values; equal values get room above and below.
export function nice_steps(least: number, most: number): { steps: number[]; low: number; high: number } {
  if (least === most) {
    const room = Math.abs(least) / 10 || 1;
    return nice_steps(least - room, most + room);
  }
  const rough = (most - least) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)! * power;
  const first = Math.floor(least / step);
  const last = Math.ceil(most / step);
  const steps = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { steps, low: steps[0]!, high: steps.at(-1)! };
}

const day_ms = 86_400_000;

export function clock(at: number, span_ms: number): string {
  const time = new Date(at);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = `${pad(time.getHours())}:${pad(time.getMinutes())}`;
  if (span_ms > day_ms) return `${pad(time.getMonth() + 1)}-${pad(time.getDate())} ${hours}`;
  return `${hours}:${pad(time.getSeconds())}`;
}
