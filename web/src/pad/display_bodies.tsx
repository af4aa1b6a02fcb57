// What is only looked at: gauge, number, LED, line, picture, log.
import { polyline } from '../number_line';
import { local_time, visible } from '../wording';
import { at_pointer, picture_url, to_number } from './payload';
import { truth_of } from './control_bodies';
import { watched_topic } from './topic_values';
import type { body_props } from './widget_card';

const shown_lines = 50;
const line_characters = 300;
const long = (text: string): string => (text.length > line_characters ? `${text.slice(0, line_characters)}…` : text);

export function GaugeBody({ widget }: body_props) {
  const value = to_number(truth_of(widget));
  const part = value === undefined ? 0 : Math.max(0, Math.min(1, (value - widget.min) / (widget.max - widget.min || 1)));
  const angle = Math.PI * (1 - part);
  const end = `${(50 + 42 * Math.cos(angle)).toFixed(2)} ${(48 - 42 * Math.sin(angle)).toFixed(2)}`;
  return (
    <div
      role="meter"
      aria-label={visible(widget.label)}
      aria-valuemin={widget.min}
      aria-valuemax={widget.max}
      aria-valuenow={value ?? widget.min}
      aria-valuetext={value === undefined ? 'unknown' : `${value} ${widget.unit}`}
    >
      <svg viewBox="0 0 100 54" aria-hidden="true">
        <path class="gauge_ground" d="M 8 48 A 42 42 0 0 1 92 48" />
        {part > 0 && <path class="gauge_value" d={`M 8 48 A 42 42 0 0 1 ${end}`} />}
      </svg>
      <p class="big">
        {value ?? '–'} <small>{widget.unit}</small>
      </p>
    </div>
  );
}

export function NumberBody({ widget }: body_props) {
  return (
    <p class="big">
      {visible(long(truth_of(widget) ?? '–'))} <small>{widget.unit}</small>
    </p>
  );
}

export function LedBody({ widget }: body_props) {
  const truth = truth_of(widget);
  return (
    <p class={`lamp ${truth ?? 'unknown'}`}>
      <span class="bulb" />
      {truth === 'on' ? 'On' : truth === 'off' ? 'Off' : 'Unknown'}
    </p>
  );
}

export function ChartBody({ widget }: body_props) {
  const points = watched_topic(widget.state).history.value.flatMap(({ text, at }) => {
    const value = text === undefined ? undefined : to_number(at_pointer(text, widget.pointer));
    return value === undefined ? [] : [{ at, value }];
  });
  const values = points.map(({ value }) => value);
  return (
    <>
      <svg class="line" viewBox="0 0 300 90" preserveAspectRatio="none" role="img" aria-label={`Line of ${visible(widget.label)}`}>
        <polyline points={polyline(points, 300, 90)} />
      </svg>
      <p class="said">
        {points.length === 0
          ? 'No numbers yet'
          : `${points.at(-1)!.value} ${widget.unit} (${Math.min(...values)} to ${Math.max(...values)})`}
      </p>
    </>
  );
}

export function PictureBody({ widget }: body_props) {
  const value = watched_topic(widget.state).newest.value;
  const url = value && picture_url(value.bytes, value.text === undefined ? undefined : at_pointer(value.text, widget.pointer));
  return url ? <img src={url} alt={visible(widget.label)} /> : <p class="muted">No picture yet</p>;
}

export function LogBody({ widget }: body_props) {
  const lines = watched_topic(widget.state).history.value.slice(-shown_lines).reverse();
  const several = /[+#]/.test(widget.state);
  return (
    <ol class="log_lines" tabIndex={0} aria-label={`Messages of ${visible(widget.label)}`}>
      {lines.map(({ topic, text, at, bytes }, i) => (
        <li key={lines.length - i}>
          <time>{local_time(new Date(at), new Date()).replace(/\.\d+$/, '')}</time> {several && <b>{visible(topic)} </b>}
          {text === undefined ? `(binary, ${bytes.length} bytes)` : visible(long(at_pointer(text, widget.pointer) ?? text))}
        </li>
      ))}
      {lines.length === 0 && <li class="muted">No messages yet</li>}
    </ol>
  );
}
