// What POST /api/v1/contrast answers, in a shape that the page can rely on. Every number on the page comes from here.
import { contrast_notes_max, contrast_rows_max } from './limits';

export interface contrast_row {
  way: string;
  messages: number;
  connections: number;
  payload_bytes: number;
  header_bytes: number;
  to_server: number;
  to_client: number;
  bytes_per_message: number | null;
  latency_us: number | null;
  cpu_us: number | null;
  memory_bytes: number | null;
}

export const groups = ['publish', 'receive', 'ping', 'fan_out', 'idle'] as const;
export type group = (typeof groups)[number];

export interface contrast {
  size: number;
  receivers: number;
  seconds: number;
  rows: Record<group, contrast_row[]>;
  notes: string[];
  note: string;
  command: string;
}

type members = Record<string, unknown>;

function is_object(value: unknown): value is members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function number_of(from: members, name: string): number {
  const value = from[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function number_or_null(from: members, name: string): number | null {
  return from[name] === null ? null : number_of(from, name);
}

function text_of(from: members, name: string): string {
  const value = from[name];
  return typeof value === 'string' ? value : '';
}

function row_of(from: members): contrast_row {
  return {
    way: text_of(from, 'way'),
    messages: number_of(from, 'messages'),
    connections: number_of(from, 'connections'),
    payload_bytes: number_of(from, 'payload_bytes'),
    header_bytes: number_of(from, 'header_bytes'),
    to_server: number_of(from, 'to_server'),
    to_client: number_of(from, 'to_client'),
    bytes_per_message: number_or_null(from, 'bytes_per_message'),
    latency_us: number_or_null(from, 'latency_us'),
    cpu_us: number_or_null(from, 'cpu_us'),
    memory_bytes: number_or_null(from, 'memory_bytes'),
  };
}

function list_of(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

// Null: this is no contrast.
export function read_contrast(value: unknown): contrast | null {
  if (!is_object(value) || !groups.every((name) => Array.isArray(value[name]))) return null;
  const rows_of = (name: group) => list_of(value[name]).slice(0, contrast_rows_max).filter(is_object).map(row_of);
  return {
    size: number_of(value, 'size'),
    receivers: number_of(value, 'receivers'),
    seconds: number_of(value, 'seconds'),
    rows: {
      publish: rows_of('publish'),
      receive: rows_of('receive'),
      ping: rows_of('ping'),
      fan_out: rows_of('fan_out'),
      idle: rows_of('idle'),
    },
    notes: list_of(value.notes)
      .slice(0, contrast_notes_max)
      .filter((each): each is string => typeof each === 'string'),
    note: text_of(value, 'note'),
    command: text_of(value, 'command'),
  };
}

export function row_named(rows: contrast_row[], way: string): contrast_row | undefined {
  return rows.find((each) => each.way === way);
}
