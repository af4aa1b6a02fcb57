// A joystick: x and y from -100 to 100 as {"x":..,"y":..}; let go, it springs back to the middle and says so.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { visible } from '../wording';
import { throttle } from './throttle';
import type { body_props } from './widget_card';
import { command, command_passing } from './widget_commands';

const reach = 100;
const middle = { x: 0, y: 0 };
const bounded = (value: number): number => Math.round(Math.max(-reach, Math.min(reach, value)));

export function JoystickBody({ widget }: body_props) {
  const at = useSignal(middle);
  const out = useMemo(
    () => new throttle((value, final) => (final ? void command(widget, value, value) : command_passing(widget, value))),
    [widget],
  );
  const move = (to: { x: number; y: number }, final: boolean): void => {
    at.value = to;
    out.offer(JSON.stringify(to), final);
  };
  const follow = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const part = (position: number, begin: number, size: number): number => bounded(((position - begin) / size - 0.5) * 2 * reach);
    move({ x: part(event.clientX, box.left, box.width), y: -part(event.clientY, box.top, box.height) }, false);
  };
  const axis = (name: 'x' | 'y', label: string) => (
    <input
      type="range"
      class="off_screen"
      aria-label={`${visible(widget.label)}, ${label}`}
      min={-reach}
      max={reach}
      step={10}
      value={at.value[name]}
      onInput={(event) => move({ ...at.value, [name]: Number(event.currentTarget.value) }, false)}
      onBlur={() => (at.value.x !== 0 || at.value.y !== 0) && move(middle, true)}
    />
  );
  return (
    <div
      class="stick_ground"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={follow}
      onLostPointerCapture={() => move(middle, true)}
    >
      {axis('x', 'left to right')}
      {axis('y', 'down to up')}
      <svg viewBox="-150 -150 300 300" aria-hidden="true">
        <circle class="stick_reach" r="140" />
        <circle class="stick" cx={at.value.x} cy={-at.value.y} r="45" />
      </svg>
    </div>
  );
}
