// The page at `/pad`: a controller for the phone. Its widgets bind command topics and state topics; its layout is a
// retained message. Same origin only; works offline with what was last seen, and catches up.
import { render } from 'preact';
import { Board } from './pad/board';
import { FoundDialog } from './pad/found_dialog';
import { pad_name_of } from './pad/layout';
import { keep_offline_copy } from './pad/offline_copy';
import { PadHeader } from './pad/pad_header';
import { set_saver, show_pad } from './pad/pad_layout';
import { line, start } from './pad/pad_line';
import { SettingsDialog } from './pad/settings_dialog';
import { ShareDialog } from './pad/share_dialog';
import { order } from './pad/waiting_commands';

function Page() {
  return (
    <>
      <PadHeader />
      <Board />
      <SettingsDialog />
      <FoundDialog />
      <ShareDialog />
    </>
  );
}

set_saver((topic, payload) => {
  void order({ command: { topic, payload, qos: 1, retain: true }, label: 'this layout', newest_only: true }, line);
});
render(<Page />, document.getElementById('page')!);
start();
addEventListener('hashchange', () => show_pad(pad_name_of(location.hash)));
void keep_offline_copy();
