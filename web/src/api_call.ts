// One call of "try it": the answer as it came, of a stream its beginning. Bounded in time and in bytes.
import { answer_timeout_ms, tried_bytes_max } from './limits';
import { no_answer } from './problem';
import type { request } from './request';

export interface tried {
  status: string;
  headers: [string, string][];
  body: string;
  ended: boolean; // false: there was more, or it went on
}

export async function try_call({ method, url, headers = [], body }: request): Promise<tried> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), answer_timeout_ms);
  const shown: tried = { status: '', headers: [], body: '', ended: false };
  try {
    const sent = body === undefined ? null : new TextEncoder().encode(body);
    const given = await fetch(url, { method, headers, body: sent, cache: 'no-store', signal: abort.signal });
    shown.status = `${given.status} ${given.statusText}`.trim();
    shown.headers = [...given.headers];
    const reader = given.body?.getReader();
    const decoder = new TextDecoder();
    let bytes = 0;
    while (reader && bytes < tried_bytes_max) {
      const { done, value } = await reader.read();
      if (done) {
        shown.ended = true;
        break;
      }
      bytes += value.length;
      shown.body += decoder.decode(value.subarray(0, tried_bytes_max), { stream: true });
    }
    if (!reader) shown.ended = true;
  } catch (error) {
    if (shown.status === '') shown.status = no_answer(error).title;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
  return shown;
}
