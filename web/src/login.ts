// Who uses this page, as the broker sees it, and how somebody else comes to use it: by a cookie that the broker sets.
import { signal } from '@preact/signals';
import type { problem } from './problem';
import { ask, login_wanted, members, read } from './request';

export interface me {
  user: string | undefined; // undefined: anonymous
  reads: string[]; // what of the administration is open
  writes: string[];
}

export const me = signal<me | undefined>(undefined);

export async function read_me(): Promise<void> {
  const given = await read('/api/v1/me');
  if (!given.ok) return;
  const { user, administers } = members(given.value);
  const rights = members(administers);
  me.value = { user: typeof user === 'string' ? user : undefined, reads: names(rights.read), writes: names(rights.write) };
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
}

export async function log_in(username: string, password: string): Promise<problem | undefined> {
  const given = await ask({
    method: 'POST',
    url: '/api/v1/login',
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify({ username, password }),
  });
  if (!given.ok) return given.problem;
  login_wanted.value = false;
  await read_me();
  return undefined;
}

export async function log_out(): Promise<problem | undefined> {
  const given = await ask({ method: 'POST', url: '/api/v1/logout' });
  if (!given.ok) return given.problem;
  me.value = undefined;
  await read_me();
  return undefined;
}
