// What can be touched: switch, button, slider, colour, text, choice. Each shows what its truth topic says, not what was tapped.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { visible } from '../wording';
import { truth_topic, type widget } from './layout';
import { write_colour } from './payload';
import { throttle } from './throttle';
import { watched_topic } from './topic_values';
import type { body_props } from './widget_card';
import { command, command_passing, meaning, order_of } from './widget_commands';

export function truth_of(widget: widget): string | undefined {
  return meaning(widget, watched_topic(truth_topic(widget)).newest.value);
}

// What was asked for and not yet answered.
function wanted_of(widget: widget): string | undefined {
  const order = order_of(widget).value;
  return order?.phase === 'pending' || order?.phase === 'waiting' ? order.wanted : undefined;
}

export function SwitchBody({ widget, guarded }: body_props) {
  const truth = truth_of(widget);
  const wanted = wanted_of(widget);
  const flip = (): void => {
    const next = (wanted ?? truth) === 'on' ? 'off' : 'on';
    guarded(() => void command(widget, next, next === 'on' ? widget.on : widget.off));
  };
  return (
    <button
      type="button"
      role="switch"
      class="switch_track"
      aria-checked={truth === 'on'}
      aria-label={visible(widget.label)}
      aria-busy={wanted !== undefined}
      onClick={flip}
    >
      <span class="knob" />
      <span class="said">{truth === 'on' ? 'On' : truth === 'off' ? 'Off' : 'Unknown'}</span>
    </button>
  );
}

export function ButtonBody({ widget, guarded }: body_props) {
  const held = useSignal(false);
  const press = (): void => void command(widget, 'pressed', widget.on);
  const name = visible(widget.label);
  if (widget.off === '')
    return (
      <button type="button" class="push primary" onClick={() => guarded(press)}>
        {name}
      </button>
    );
  const release = (): void => {
    if (!held.value) return;
    held.value = false;
    void command(widget, 'released', widget.off);
  };
  const hold = (): void => {
    if (widget.confirm || held.value) return;
    held.value = true;
    press();
  };
  // Asked about, a press can't be held: it is let go of at once.
  const tap = (): void =>
    guarded(() => {
      press();
      void command(widget, 'released', widget.off);
    });
  const is_press = ({ key }: KeyboardEvent): boolean => key === 'Enter' || key === ' ';
  return (
    <button
      type="button"
      class={`push primary${held.value ? ' held' : ''}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        hold();
      }}
      onLostPointerCapture={release}
      onKeyDown={(event) => {
        if (!is_press(event) || widget.confirm) return;
        event.preventDefault(); // or a click would follow
        hold();
      }}
      onKeyUp={(event) => is_press(event) && release()}
      onBlur={release}
      onClick={(event) => (widget.confirm || event.detail === 0) && tap()}
    >
      {name}
    </button>
  );
}

// A finger on the control goes before the truth, until it is lifted; then the command is pending.
function use_dragging(widget: widget, payload_of: (value: string) => string) {
  const dragged = useSignal<string | undefined>(undefined);
  const out = useMemo(
    () =>
      new throttle((value, final) => {
        if (!final) return command_passing(widget, payload_of(value));
        void command(widget, value, payload_of(value));
        if (dragged.value === value) dragged.value = undefined;
      }),
    [widget],
  );
  const change = (value: string, final: boolean): void => {
    dragged.value = value;
    out.offer(value, final);
  };
  return { shown: dragged.value ?? wanted_of(widget), change };
}

export function SliderBody({ widget }: body_props) {
  const truth = truth_of(widget);
  const { shown, change } = use_dragging(widget, (value) => value);
  const value = shown ?? truth ?? String(widget.min);
  return (
    <div class="slider_row">
      <input
        type="range"
        aria-label={visible(widget.label)}
        aria-busy={shown !== undefined}
        min={widget.min}
        max={widget.max}
        step={widget.step}
        value={value}
        onInput={(event) => change(event.currentTarget.value, false)}
        onChange={(event) => change(event.currentTarget.value, true)}
      />
      <span class="said">
        {truth ?? '–'} {widget.unit}
      </span>
    </div>
  );
}

export function ColourBody({ widget }: body_props) {
  const truth = truth_of(widget);
  const { shown, change } = use_dragging(widget, (value) => write_colour(value, widget.colour_form));
  return (
    <div class="colour_row">
      <input
        type="color"
        aria-label={visible(widget.label)}
        aria-busy={shown !== undefined}
        value={(shown ?? truth ?? '#000000').toLowerCase()}
        onInput={(event) => change(event.currentTarget.value.toUpperCase(), false)}
        onChange={(event) => change(event.currentTarget.value.toUpperCase(), true)}
      />
      <span class="said">{truth ?? 'Unknown'}</span>
    </div>
  );
}

export function TextBody({ widget, guarded }: body_props) {
  const draft = useSignal<string | undefined>(undefined);
  const truth = truth_of(widget);
  const send = (event: Event): void => {
    event.preventDefault();
    const text = draft.value ?? truth ?? '';
    guarded(() => {
      void command(widget, text, text);
      draft.value = undefined;
    });
  };
  return (
    <form class="text_row" onSubmit={send}>
      <input
        aria-label={visible(widget.label)}
        autocomplete="off"
        value={draft.value ?? wanted_of(widget) ?? truth ?? ''}
        onInput={(event) => (draft.value = event.currentTarget.value)}
      />
      <button type="submit">Send</button>
    </form>
  );
}

export function ChoiceBody({ widget, guarded }: body_props) {
  const truth = truth_of(widget);
  const wanted = wanted_of(widget);
  const shown = wanted ?? truth ?? '';
  const options = shown === '' || widget.options.includes(shown) ? widget.options : [shown, ...widget.options];
  return (
    <select
      aria-label={visible(widget.label)}
      aria-busy={wanted !== undefined}
      value={shown}
      onChange={(event) => {
        const { value } = event.currentTarget;
        event.currentTarget.value = shown; // the truth, until the device says otherwise
        guarded(() => void command(widget, value, value));
      }}
    >
      {shown === '' && <option value="">Unknown</option>}
      {options.map((option) => (
        <option key={option} value={option}>
          {visible(option)}
        </option>
      ))}
    </select>
  );
}
