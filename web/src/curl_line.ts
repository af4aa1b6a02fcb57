// The command that does what the form does. It is pasted into terminals, so nothing in a payload may leave its quotes.
import { argument_characters_max } from './limits';

export function shell_quote(word: string): string {
  if (/^[A-Za-z0-9_./:=,+%-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

// A terminal acts on control characters before the shell sees the quotes: ESC [201~ ends a bracketed paste. [CWE-150]
export function fits_a_command_line(payload: string): boolean {
  return payload.length <= argument_characters_max && !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(payload);
}

export function curl_line(method: string, url: string, payload: string, headers: [string, string][] = []): string {
  const words = headers.map(([name, value]) => ` -H ${shell_quote(`${name}: ${value}`)}`).join('');
  if (payload === '' && method !== 'POST' && method !== 'PUT') {
    return `curl${method === 'GET' ? '' : ` -X ${method}`}${words} ${shell_quote(url)}`;
  }
  const verb = method === 'POST' ? '' : ` -X ${method}`;
  if (!fits_a_command_line(payload)) return `curl${verb}${words} --data-binary @payload.bin ${shell_quote(url)}`;
  // -d would read a file for a payload that starts with '@'.
  const option = payload.startsWith('@') ? '--data-raw' : '-d';
  return `curl${verb}${words} ${option} ${shell_quote(payload)} ${shell_quote(url)}`;
}
