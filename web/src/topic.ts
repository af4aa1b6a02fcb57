// The page of one topic: shows its value as it changes, draws its numbers, publishes, and tells what that took. The value
// and the links are there without this.
import type { envelope } from './envelope';
import { payload_bytes } from './envelope';
import { shown_characters_max } from './limits';
import { live_stream, type stream_state } from './live_stream';
import { number_at, number_field, points_of, polyline, with_point, type point } from './number_line';
import { publish } from './publication';
import { topic_url } from './topic_url';

const messages_max = 50;
const state_words: Record<stream_state['kind'], string> = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, trying again',
  stopping: 'The server stops',
  refused: 'Refused',
  ended: 'Ended',
};

function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`there is no ${id}`);
  return found;
}

const topic = document.body.dataset.topic ?? '';
const chart = element('chart', SVGElement);
let points: point[] = [];
let field: string | undefined;

function text_of(message: envelope): string {
  if (message.binary) return `(${payload_bytes(message)} bytes that are no text)`;
  if (message.payload.length <= shown_characters_max) return message.payload;
  return `${message.payload.slice(0, shown_characters_max)}…`;
}

function show(message: envelope): void {
  const cleared = message.retain && message.payload === '';
  element('value', HTMLElement).textContent = cleared ? '(nothing is kept here)' : text_of(message);
  const at = new Date(message.ts).toLocaleTimeString();
  element('facts', HTMLElement).textContent = `QoS ${message.qos}, ${payload_bytes(message)} bytes, ${at}`;
}

function remember(message: envelope): void {
  const list = element('messages', HTMLElement);
  const line = document.createElement('li');
  line.textContent = `${new Date(message.ts).toLocaleTimeString()}  ${text_of(message).slice(0, 200)}`;
  list.prepend(line);
  while (list.childElementCount > messages_max) list.lastElementChild?.remove();
  element('messages_section', HTMLElement).hidden = false;
}

function draw(): void {
  const { width, height } = { width: 600, height: 160 };
  element('chart_section', HTMLElement).hidden = points.length < 2;
  if (points.length < 2) return;
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  line.setAttribute('points', polyline(points, width, height));
  chart.replaceChildren(line);
  const values = points.map(({ value }) => value);
  const words = `${points.length} values, from ${Math.min(...values)} to ${Math.max(...values)}`;
  chart.setAttribute('aria-label', words);
  element('chart_facts', HTMLElement).textContent = field ? `${words}, of ${field}` : words;
}

// Numbers of the last hour, where history is kept; where not, the line begins now.
async function load_numbers(of: string): Promise<void> {
  const options = new URLSearchParams({ topic, since: '-1h', points: '300', method: 'last' });
  if (of !== '') options.set('field', of);
  const answer = await fetch(`/api/v1/series?${options}`, { headers: { Accept: 'application/json' } }).catch(() => undefined);
  if (!answer?.ok) return;
  const came_meanwhile = points;
  points = points_of(await answer.json().catch(() => null));
  const newest = points.at(-1)?.at ?? 0;
  for (const each of came_meanwhile) if (each.at > newest) points = with_point(points, each);
  draw();
}

function note_number(message: envelope): void {
  if (message.binary) return;
  if (field === undefined) {
    field = number_field(message.payload);
    if (field !== undefined && document.body.dataset.history === 'yes') void load_numbers(field);
  }
  const value = field === undefined ? undefined : number_at(message.payload, field);
  const at = Date.parse(message.ts);
  if (value === undefined || Number.isNaN(at)) return;
  points = with_point(points, { at, value });
  draw();
}

function say_state(state: stream_state): void {
  const place = element('connection', HTMLElement);
  place.className = `connection ${state.kind}`;
  place.textContent = state_words[state.kind] + (state.kind === 'refused' ? `: ${state.problem.title}` : '');
}

const totals = { http: 0, mqtt: 0 };

function count_bytes(bytes: { http?: number; mqtt?: number }): void {
  for (const way of ['http', 'mqtt'] as const) {
    const taken = bytes[way] ?? 0;
    totals[way] += taken;
    element(`${way}_last`, HTMLElement).textContent = String(taken);
    element(`${way}_all`, HTMLElement).textContent = String(totals[way]);
  }
  element('bytes', HTMLElement).hidden = false;
}

async function send(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const outcome = await publish({
    topic,
    payload: element('payload', HTMLTextAreaElement).value,
    qos: Number(element('qos', HTMLSelectElement).value),
    retain: element('retain', HTMLInputElement).checked,
  });
  const place = element('outcome', HTMLElement);
  place.className = outcome.accepted ? 'accepted' : 'refused';
  if (!outcome.accepted) {
    place.textContent = [outcome.problem.title, outcome.problem.detail, outcome.problem.hint].filter(Boolean).join('. ');
    return;
  }
  const matched = outcome.receipt.matched ?? 0;
  place.textContent = outcome.cleared ? 'Cleared.' : `Published; ${matched} ${matched === 1 ? 'subscriber' : 'subscribers'}.`;
  if (outcome.receipt.bytes) count_bytes(outcome.receipt.bytes);
}

element('publish_section', HTMLElement).hidden = false;
element('publish', HTMLFormElement).addEventListener('submit', (event) => void send(event));
new live_stream(topic_url(topic, { stream: '1' }), {
  message(message, replayed) {
    show(message);
    note_number(message);
    if (!replayed) remember(message);
  },
  state: say_state,
  gap() {},
  dropped() {},
  unreadable() {},
}).open();
