// The settings of one widget, of a new one or of one on the board.
import { signal } from '@preact/signals';
import { DialogBox } from './dialog_box';
import { kind_table, type setting, type widget } from './layout';
import { add_widgets, replace_widget } from './pad_layout';

export const edited = signal<widget | undefined>(undefined); // id '': not on the board yet

const words: Partial<Record<setting, string>> = {
  on: 'Payload for on',
  off: 'Payload for off',
  on_state: 'State that means on (empty: the payload)',
  off_state: 'State that means off (empty: the payload)',
  min: 'Lowest',
  max: 'Highest',
  step: 'Step',
  unit: 'Unit',
  options: 'Choices, one a line',
};
const button_words: Partial<Record<setting, string>> = { on: 'Payload when pressed', off: 'Payload when released (empty: none)' };

const rare: readonly setting[] = ['on_state', 'off_state'];

function change(part: Partial<widget>): void {
  if (edited.value) edited.value = { ...edited.value, ...part };
}

function TextField(props: { label: string; name: keyof widget; required?: boolean; hint?: string }) {
  const value = edited.value![props.name];
  const numeric = typeof value === 'number';
  return (
    <label class="field">
      <span>{props.label}</span>
      <input
        type={numeric ? 'number' : 'text'}
        step="any"
        required={props.required || numeric}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={props.hint ?? ''}
        value={String(value)}
        onInput={({ currentTarget }) => change({ [props.name]: numeric ? currentTarget.valueAsNumber || 0 : currentTarget.value })}
      />
    </label>
  );
}

function CheckField({ label, name }: { label: string; name: 'confirm' | 'retain' }) {
  return (
    <label class="inline_field">
      <input type="checkbox" checked={edited.value![name]} onChange={({ currentTarget }) => change({ [name]: currentTarget.checked })} />
      {label}
    </label>
  );
}

function OwnField({ name }: { name: setting }) {
  const { kind, options, colour_form } = edited.value!;
  if (name === 'confirm') return <CheckField label="Ask before sending" name="confirm" />;
  if (name === 'options')
    return (
      <label class="field">
        <span>{words.options}</span>
        <textarea
          value={options.join('\n')}
          onInput={({ currentTarget }) => change({ options: currentTarget.value.split('\n').filter((line) => line !== '') })}
        />
      </label>
    );
  if (name === 'colour_form')
    return (
      <label class="field">
        <span>Colours are written</span>
        <select value={colour_form} onChange={({ currentTarget }) => change({ colour_form: currentTarget.value as widget['colour_form'] })}>
          <option value="hex">#FF8000</option>
          <option value="rgb">255,128,0</option>
          <option value="object">{'{"r":255,"g":128,"b":0}'}</option>
        </select>
      </label>
    );
  return <TextField label={(kind === 'button' && button_words[name]) || words[name]!} name={name} />;
}

export function SettingsDialog() {
  const widget = edited.value;
  if (!widget) return null;
  const { name, commands, holds, settings } = kind_table[widget.kind];
  const close = (): void => void (edited.value = undefined);
  const save = (event: Event): void => {
    event.preventDefault();
    const { value } = edited;
    if (value?.id) replace_widget(value);
    else if (value) add_widgets([value]);
    close();
  };
  const shows = holds || !commands;
  return (
    <DialogBox title={`${name}: settings`} close={close}>
      <form class="settings" onSubmit={save}>
        <TextField label="Name" name="label" required />
        {commands && <TextField label="Command topic" name="command" required hint="home/lamp/set" />}
        {shows && (
          <TextField
            label={commands ? 'State topic (empty: the kept command is the state)' : 'State topic'}
            name="state"
            required={!commands}
            hint="home/lamp"
          />
        )}
        {settings.filter((each) => !rare.includes(each)).map((each) => (
          <OwnField key={each} name={each} />
        ))}
        <details>
          <summary>More</summary>
          {settings.filter((each) => rare.includes(each)).map((each) => (
            <OwnField key={each} name={each} />
          ))}
          {shows && <TextField label="JSON pointer into the state" name="pointer" hint="/state" />}
          {commands && <TextField label="Command format, {} is the value" name="format" hint='{"state":"{}"}' />}
          {commands && <CheckField label="Keep the command on the broker (retain)" name="retain" />}
        </details>
        <button type="submit" class="primary">
          {widget.id ? 'Save' : 'Add'}
        </button>
      </form>
    </DialogBox>
  );
}
