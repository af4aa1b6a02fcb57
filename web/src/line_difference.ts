// What changed between two texts, line by line: the longest common part stays, the rest was taken out or put in.
import { compared_lines_max } from './limits';

export interface changed_line {
  kind: 'same' | 'out' | 'in';
  text: string;
}

// undefined: too many lines differ to compare them.
export function line_difference(before: string, after: string): changed_line[] | undefined {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let begin = 0;
  while (begin < a.length && begin < b.length && a[begin] === b[begin]) begin++;
  let end = 0;
  while (end < a.length - begin && end < b.length - begin && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [out, into] = [a.slice(begin, a.length - end), b.slice(begin, b.length - end)];
  if (out.length > compared_lines_max || into.length > compared_lines_max) return undefined;
  const same = (text: string): changed_line => ({ kind: 'same', text });
  return [...a.slice(0, begin).map(same), ...middle(out, into), ...a.slice(a.length - end).map(same)];
}

function middle(a: string[], b: string[]): changed_line[] {
  // common[i][j]: how many lines a from i on and b from j on have in common, in order.
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
  const lines: changed_line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) lines.push({ kind: 'same', text: a[i++]! }), j++;
    else if (i < a.length && (j === b.length || common[i + 1]![j]! >= common[i]![j + 1]!)) lines.push({ kind: 'out', text: a[i++]! });
    else lines.push({ kind: 'in', text: b[j++]! });
  }
  return lines;
}
