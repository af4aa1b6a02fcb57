// All widgets of the pad, and how new ones come onto it.
import { editing, widgets } from './pad_layout';
import { finding } from './found_devices';
import { kind_table, new_widget, widget_kinds, widgets_max, type widget_kind } from './layout';
import { edited } from './settings_dialog';
import { WidgetCard } from './widget_card';

function AddBar() {
  const add = (kind: string): void => {
    edited.value = new_widget(kind as widget_kind, '');
  };
  return (
    <div class="add_bar">
      <select
        aria-label="Add a widget"
        value=""
        disabled={widgets.value.length >= widgets_max}
        onChange={(event) => {
          const kind = event.currentTarget.value;
          event.currentTarget.value = '';
          if (kind) add(kind);
        }}
      >
        <option value="">Add a widget…</option>
        {widget_kinds.map((kind) => (
          <option key={kind} value={kind}>
            {kind_table[kind].name}
          </option>
        ))}
      </select>
      <button type="button" onClick={() => (finding.value = true)}>
        Find devices
      </button>
    </div>
  );
}

export function Board() {
  const empty = widgets.value.length === 0;
  return (
    <main class="board">
      {widgets.value.map((each) => (
        <WidgetCard key={each.id} widget={each} />
      ))}
      {empty && (
        <div class="empty">
          <h2>Nothing on this pad yet</h2>
          <p>Add a switch for a lamp, or take over the devices that announce themselves.</p>
        </div>
      )}
      {(empty || editing.value) && <AddBar />}
    </main>
  );
}
