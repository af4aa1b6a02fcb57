// An answer that says no (RFC 9457), in a shape the page can always show, also when the answer was not a problem document.
import { beginning } from './beginning';

export interface problem {
  status: number; // 0: there was no answer
  title: string;
  detail?: string;
  hint?: string;
  try?: string;
}

const body_characters_max = 2000;

export async function read_problem(answer: Response): Promise<problem> {
  const text = await answer.text().catch(() => '');
  return parse_problem(answer.status, answer.statusText, text);
}

export function parse_problem(status: number, status_text: string, body: string): problem {
  const title = `${status} ${status_text}`.trim();
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null) {
    if (body === '') return { status, title };
    const cut = body.length > body_characters_max;
    return {
      status,
      title,
      detail: cut ? `${beginning(body, body_characters_max)}… (${body.length} characters)` : body,
    };
  }
  const given = value as Record<string, unknown>;
  const found: problem = { status, title: typeof given.title === 'string' ? given.title : title };
  for (const name of ['detail', 'hint', 'try'] as const) {
    const text = given[name];
    if (typeof text === 'string' && text !== '') found[name] = text;
  }
  return found;
}

export function no_answer(error: unknown): problem {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return {
      status: 0,
      title: 'No answer in time',
      hint: 'A browser holds six connections to one address: close other tabs of this page and try again.',
    };
  }
  if (error instanceof URIError) {
    return { status: 0, title: 'This topic has no UTF-8 form', detail: 'It holds half of a surrogate pair.' };
  }
  return {
    status: 0,
    title: 'No answer from the broker',
    detail: error instanceof Error ? error.message : String(error),
  };
}
