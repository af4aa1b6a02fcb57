// Numbers, sizes, times and payloads as this page writes them.
import type { kept_message } from './topic_store';

const row_characters_max = 300;

export function count(value: number): string {
  return value.toLocaleString('en');
}

export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

// Characters that would hide or reorder their neighbours, written out: a topic must not look like another one. [CVE-2021-42574]
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `‹${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`,
  );
}

// One line for the tree. What is left out is marked; the detail pane shows everything.
export function row_value(message: kept_message): string {
  if (message.characters === 0) return '(empty)';
  if (message.binary) return `(binary, ${counted(message.binary_bytes, 'byte')})`;
  const line = visible(message.payload.slice(0, row_characters_max).replace(/\r?\n/g, ' ↵ '));
  return message.characters > row_characters_max ? `${line}…` : line;
}

export function local_time(at: Date, now: Date): string {
  const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}

export function bytes_text(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  for (; bytes >= 1000 && at < units.length - 1; at++) bytes /= 1000;
  return `${bytes.toLocaleString('en', { maximumFractionDigits: at === 0 ? 0 : 1 })} ${units[at]}`;
}

export function duration_text(seconds: number): string {
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
}
