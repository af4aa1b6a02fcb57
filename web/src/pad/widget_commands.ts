// From a tap to the truth: a command is pending until the state topic says what was asked for, and late after a while.
// Never is a widget shown as done because it was tapped.
import { effect, signal, type Signal } from '@preact/signals';
import { is_retained, truth_topic, type widget } from './layout';
import { line } from './pad_line';
import { at_pointer, in_format, to_colour, to_number } from './payload';
import { is_live, watched_topic, type topic_value } from './topic_values';
import { order } from './waiting_commands';

export interface order_state {
  wanted: string;
  phase: 'waiting' | 'pending' | 'late' | 'refused' | 'sent';
  text: string;
}

export const patience_ms = 5000;
const sent_shown_ms = 2000;
const no_subscribers = 0x10;

const states = new Map<string, Signal<order_state | undefined>>();
const endings = new Map<string, () => void>(); // of the present order of a widget

export function order_of(given: widget): Signal<order_state | undefined> {
  let found = states.get(given.id);
  if (!found) states.set(given.id, (found = signal(undefined)));
  return found;
}

// What a payload means to this widget, in the form that its commands have too.
export function meaning(given: widget, value: topic_value | undefined): string | undefined {
  if (value?.text === undefined || value.text === '') return undefined;
  const text = at_pointer(value.text, given.pointer);
  switch (given.kind) {
    case 'switch':
    case 'led':
      if (text === (given.on_state || given.on)) return 'on';
      return text === (given.off_state || given.off) || given.kind === 'led' ? 'off' : undefined;
    case 'slider':
    case 'gauge':
    case 'number':
      return to_number(text)?.toString() ?? (given.kind === 'number' ? text : undefined);
    case 'colour':
      return to_colour(text);
    default:
      return text;
  }
}

function is_answer(given: widget, wanted: string): boolean {
  const said = meaning(given, watched_topic(truth_topic(given)).newest.value);
  if (given.kind !== 'slider' || said === undefined) return said === wanted;
  return Math.abs(Number(said) - Number(wanted)) < Math.max(given.step, 1e-9);
}

// A value on the way of a finger: only sent if it can be sent now.
export function command_passing(given: widget, payload: string): void {
  if (!is_live.value) return;
  const retain = is_retained(given);
  void line.publish({ topic: given.command, payload: in_format(given.format, payload), qos: 0, retain });
}

// `wanted` is what the state will mean once the device has obeyed.
export async function command(given: widget, wanted: string, payload: string): Promise<void> {
  const state = order_of(given);
  endings.get(given.id)?.();
  const has_truth = truth_topic(given) !== '';
  const order_now: order_state = { wanted, phase: is_live.value ? 'pending' : 'waiting', text: '' };
  state.value = order_now;
  const is_present = (): boolean => state.value?.wanted === wanted && state.value.phase !== 'refused' && !ended;
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop_listening = (): void => {};
  const end = (): void => {
    ended = true;
    clearTimeout(timer);
    stop_listening();
  };
  endings.set(given.id, end);
  if (has_truth)
    stop_listening = effect(() => {
      if (!is_live.value || !is_answer(given, wanted) || ended) return;
      queueMicrotask(() => {
        if (ended) return;
        end();
        state.value = undefined;
      });
    });
  const late = (): void => {
    if (is_present()) state.value = { wanted, phase: 'late', text: '' };
  };
  if (is_live.value) timer = setTimeout(late, patience_ms);
  const result = await order(
    {
      command: { topic: given.command, payload: in_format(given.format, payload), qos: 1, retain: is_retained(given) },
      label: given.label,
      newest_only: given.kind !== 'button',
    },
    line,
  );
  if (ended) return;
  if (!result.accepted) {
    end();
    state.value = { wanted, phase: 'refused', text: result.text || `reason code ${result.reason}` };
  } else if (has_truth) {
    if (order_now.phase === 'waiting') timer = setTimeout(late, patience_ms);
    if (state.value?.phase === 'waiting') state.value = { wanted, phase: 'pending', text: '' };
  } else {
    const text = result.reason === no_subscribers ? 'Sent, but nobody is listening' : 'Sent';
    state.value = { wanted, phase: 'sent', text };
    timer = setTimeout(() => is_present() && (state.value = undefined), sent_shown_ms);
  }
}
