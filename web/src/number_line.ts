// The line of a topic's numbers: which of its fields is a number, and where its points are. Bounded; draws nothing.

export const points_max = 300;

export interface point {
  at: number; // milliseconds since 1970
  value: number;
}

// '' where the payload is a number, '/name' for the first member of a JSON object that is one.
export function number_field(payload: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value === 'number') return '';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const found = Object.entries(value).find(([, member]) => typeof member === 'number');
  return found && `/${found[0].replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

export function number_at(payload: string, field: string): number | undefined {
  try {
    const value: unknown = JSON.parse(payload);
    const name = field.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
    const found = field === '' ? value : (value as Record<string, unknown> | null)?.[name];
    return typeof found === 'number' ? found : undefined;
  } catch {
    return undefined;
  }
}

// Rows of /api/v1/series with the columns t, last, n.
export function points_of(document: unknown): point[] {
  const rows = (document as { rows?: unknown } | null)?.rows;
  if (!Array.isArray(rows)) return [];
  return rows
    .filter((row): row is number[] => Array.isArray(row) && typeof row[0] === 'number' && typeof row[1] === 'number')
    .map(([at, value]) => ({ at: at as number, value: value as number }))
    .slice(-points_max);
}

export function with_point(points: point[], next: point): point[] {
  return [...points, next].slice(-points_max);
}

// "x,y x,y ..." in a picture of this size; a line of equal values goes through its middle.
export function polyline(points: point[], width: number, height: number): string {
  if (points.length === 0) return '';
  const times = points.map(({ at }) => at);
  const values = points.map(({ value }) => value);
  const [begin, end] = [Math.min(...times), Math.max(...times)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = height * 0.06;
  const x = (at: number) => (end === begin ? width : ((at - begin) / (end - begin)) * width);
  const y = (value: number) =>
    high === low ? height / 2 : height - margin - ((value - low) / (high - low)) * (height - 2 * margin);
  return points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
}
