// One widget on the board: its name, what it shows or sends, how its last command stands, and its handles while editing.
import type { ComponentChildren } from 'preact';
import { useSignal } from '@preact/signals';
import { local_time, visible } from '../wording';
import { ChartBody, GaugeBody, LedBody, LogBody, NumberBody, PictureBody } from './display_bodies';
import { ButtonBody, ChoiceBody, ColourBody, SliderBody, SwitchBody, TextBody } from './control_bodies';
import { JoystickBody } from './joystick_body';
import { truth_topic, type widget } from './layout';
import { editing, move_widget, remove_widget } from './pad_layout';
import { edited } from './settings_dialog';
import { is_old, watched_topic } from './topic_values';
import { order_of } from './widget_commands';

const bodies = {
  switch: SwitchBody,
  button: ButtonBody,
  slider: SliderBody,
  colour: ColourBody,
  text: TextBody,
  select: ChoiceBody,
  joystick: JoystickBody,
  gauge: GaugeBody,
  number: NumberBody,
  led: LedBody,
  chart: ChartBody,
  image: PictureBody,
  log: LogBody,
};

// Every control gets its command through here: asked about first, where the widget says so.
export interface body_props {
  widget: widget;
  guarded: (act: () => void) => void;
}

function OrderNote({ widget }: { widget: widget }) {
  const state = order_of(widget).value;
  const truth = truth_topic(widget);
  const value = truth === '' ? undefined : watched_topic(truth).newest.value;
  const words = {
    waiting: 'Waits for the connection',
    pending: 'Waiting for the device…',
    late: 'No answer yet: shown is what the device last said',
    refused: `Not sent: ${state?.text}`,
    sent: state?.text,
  };
  return (
    <p class={`note ${state?.phase ?? ''}`} role="status">
      {state ? words[state.phase] : is_old(value) && `Old: from ${local_time(new Date(value!.at), new Date()).replace(/\.\d+$/, '')}`}
    </p>
  );
}

function Handles({ widget }: { widget: widget }) {
  const handle = (text: string, label: string, act: () => void) => (
    <button type="button" class="quiet" aria-label={`${label} ${widget.label}`} onClick={act}>
      {text}
    </button>
  );
  return (
    <div class="handles">
      {handle('◀', 'Move back', () => move_widget(widget.id, -1))}
      {handle('▶', 'Move on', () => move_widget(widget.id, 1))}
      {handle('Settings', 'Settings of', () => (edited.value = widget))}
      {handle('✕', 'Remove', () => remove_widget(widget.id))}
    </div>
  );
}

function Question({ children, yes, no }: { children: ComponentChildren; yes: () => void; no: () => void }) {
  return (
    <div class="question" role="alertdialog" aria-label="Confirm">
      <p>{children}</p>
      <button type="button" class="primary" ref={(button) => button?.focus()} onClick={yes}>
        Send
      </button>
      <button type="button" onClick={no}>
        Cancel
      </button>
    </div>
  );
}

export function WidgetCard({ widget }: { widget: widget }) {
  const asked = useSignal<(() => void) | undefined>(undefined);
  const Body = bodies[widget.kind];
  const guarded = (act: () => void): void => {
    if (widget.confirm) asked.value = act;
    else act();
  };
  const truth = truth_topic(widget);
  const old = truth !== '' && is_old(watched_topic(truth).newest.value);
  const answer = (act?: () => void) => (): void => {
    asked.value = undefined;
    act?.();
  };
  return (
    <section class={`widget ${widget.kind}${old ? ' old' : ''}`} aria-label={visible(widget.label)}>
      <h2>{visible(widget.label)}</h2>
      {asked.value ? (
        <Question yes={answer(asked.value)} no={answer()}>
          Send to <span class="topic">{visible(widget.command)}</span>?
        </Question>
      ) : (
        <Body widget={widget} guarded={guarded} />
      )}
      <OrderNote widget={widget} />
      {editing.value && <Handles widget={widget} />}
    </section>
  );
}
