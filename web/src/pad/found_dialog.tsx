// The devices that announce themselves, offered as widgets.
import { visible } from '../wording';
import { DialogBox } from './dialog_box';
import { finding, found } from './found_devices';
import { kind_table, type widget } from './layout';
import { add_widgets, widgets } from './pad_layout';

function is_on_board({ kind, command, state, pointer }: widget): boolean {
  return widgets.value.some(
    (each) => each.kind === kind && each.command === command && each.state === state && each.pointer === pointer,
  );
}

export function FoundDialog() {
  if (!finding.value) return null;
  const offered = [...found.value.values()].flat().filter(({ widget }) => !is_on_board(widget));
  const devices = [...new Set(offered.map(({ device }) => device))].sort();
  return (
    <DialogBox title="Found devices" close={() => (finding.value = false)}>
      {devices.length === 0 && (
        <p>
          Nothing new. Devices are found by what they announce under <code>homeassistant/…/config</code>, as for Home
          Assistant.
        </p>
      )}
      {devices.map((device) => (
        <section key={device} aria-label={visible(device)}>
          <h3>{visible(device)}</h3>
          <ul class="found_list">
            {offered
              .filter((each) => each.device === device)
              .map(({ widget }) => (
                <li key={`${widget.kind} ${widget.command} ${widget.state} ${widget.pointer}`}>
                  <span>
                    {visible(widget.label)} <small class="muted">{kind_table[widget.kind].name}</small>
                  </span>
                  <button type="button" aria-label={`Add ${visible(widget.label)}`} onClick={() => add_widgets([widget])}>
                    Add
                  </button>
                </li>
              ))}
          </ul>
        </section>
      ))}
      {offered.length > 1 && (
        <button type="button" class="primary" onClick={() => add_widgets(offered.map(({ widget }) => widget))}>
          Add all {offered.length}
        </button>
      )}
    </DialogBox>
  );
}
