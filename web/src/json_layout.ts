// Indents JSON without touching its tokens: 1.0 stays 1.0, 20 digits stay 20 digits, a name given twice is shown twice.

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

// Nothing but an object or an array gains from indenting; everything else is returned as undefined.
export function json_layout(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const out: string[] = [];
  let depth = 0;
  let before = '';
  for (const [part] of text.matchAll(token)) {
    const opened = before === '{' || before === '[';
    const closes = part === '}' || part === ']';
    if (closes) depth--;
    if (before === ',' || (opened && !closes) || (closes && !opened)) out.push('\n', '  '.repeat(depth));
    else if (before === ':') out.push(' ');
    if (part === '{' || part === '[') depth++;
    out.push(part);
    before = part;
  }
  return out.join('');
}
