// Which page of the dashboard is on show: the part of the address behind '#', so that every page has a link and the
// browser's own way back.
import { signal } from '@preact/signals';

export const pages = [
  { id: 'topics', title: 'Topics' },
  { id: 'overview', title: 'Overview' },
  { id: 'retained', title: 'Retained' },
  { id: 'clients', title: 'Clients' },
  { id: 'client', title: 'MQTT client' },
  { id: 'api', title: 'API' },
] as const;

export type page_id = (typeof pages)[number]['id'];

export function page_of(hash: string): page_id {
  const name = hash.replace(/^#\/?/, '').split('/')[0];
  return pages.find(({ id }) => id === name)?.id ?? 'topics';
}

export const page = signal<page_id>('topics');

export function follow_address(): void {
  const follow = (): void => void (page.value = page_of(location.hash));
  addEventListener('hashchange', follow);
  follow();
}

// The element that is to have the keyboard after a change of page; without a wish it is the page itself.
let focus_wanted: string | undefined;

export function go_to(id: page_id, focus: string): void {
  if (page.value === id) return document.getElementById(focus)?.focus();
  focus_wanted = focus;
  location.hash = `#/${id}`;
}

export function take_focus(otherwise: HTMLElement | null): void {
  const wanted = focus_wanted && document.getElementById(focus_wanted);
  focus_wanted = undefined;
  (wanted || otherwise)?.focus({ preventScroll: true });
}
