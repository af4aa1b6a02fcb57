// One question to the broker and its answer, checked: JSON or text, and a problem where it is no.
import { signal } from '@preact/signals';
import { answer_timeout_ms } from './limits';
import { no_answer, read_problem, type problem } from './problem';

export const login_wanted = signal(false); // an answer was 401

export interface request {
  method: string;
  url: string;
  headers?: [string, string][];
  body?: string;
}

export type answer =
  | { ok: true; status: number; headers: Headers; text: string; value: unknown } // value: undefined where it is no JSON
  | { ok: false; problem: problem };

export async function ask({ method, url, headers = [], body }: request): Promise<answer> {
  try {
    const given = await fetch(url, {
      method,
      headers: [['Accept', 'application/json'], ...headers],
      // Bytes, not a string: a string would add a Content-Type, and that would become the message's own.
      body: body === undefined ? null : new TextEncoder().encode(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(answer_timeout_ms),
    });
    if (given.status === 401) login_wanted.value = true;
    if (!given.ok) return { ok: false, problem: await read_problem(given) };
    const text = await given.text();
    return { ok: true, status: given.status, headers: given.headers, text, value: parsed(text) };
  } catch (error) {
    return { ok: false, problem: no_answer(error) };
  }
}

export function read(url: string): Promise<answer> {
  return ask({ method: 'GET', url });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Members of something from the network, of which nothing is known yet.
export function members(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function rows_of(value: unknown): Record<string, unknown>[] {
  const rows = Array.isArray(value) ? value : members(value).data;
  return Array.isArray(rows) ? rows.map(members) : [];
}
