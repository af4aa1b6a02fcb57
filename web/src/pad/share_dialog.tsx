// The pad as a URL to copy and as a QR code to photograph; and the other pads of this broker.
import { signal } from '@preact/signals';
import { CopyButton } from '../copy_button';
import { qr_modules } from '../qr';
import { visible } from '../wording';
import { DialogBox } from './dialog_box';
import { is_pad_name } from './layout';
import { layout_topic, other_pads, pad_name } from './pad_layout';

export const sharing = signal(false);
const margin = 4; // modules of light around the code: scanners need them

export function pad_url(name: string): string {
  return `${location.origin}/pad#${encodeURIComponent(name)}`;
}

function QrPicture({ text }: { text: string }) {
  const modules = qr_modules(text);
  if (!modules) return <p>This address is too long for a QR code.</p>;
  const path = modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  const size = modules.length + 2 * margin;
  return (
    <svg class="qr" viewBox={`${-margin} ${-margin} ${size} ${size}`} role="img" aria-label={`QR code of ${text}`} shape-rendering="crispEdges">
      <rect class="qr_ground" x={-margin} y={-margin} width={size} height={size} />
      <path class="qr_dark" d={path} />
    </svg>
  );
}

export function ShareDialog() {
  if (!sharing.value) return null;
  const close = (): void => void (sharing.value = false);
  const url = pad_url(pad_name.value);
  const is_own_machine = /^(localhost|127\.|\[::1\])/.test(location.host);
  const open = (event: SubmitEvent & { currentTarget: HTMLFormElement }): void => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    if (!is_pad_name(name)) return;
    close();
    location.hash = encodeURIComponent(name);
  };
  return (
    <DialogBox title="Share this pad" close={close}>
      <QrPicture text={url} />
      <p class="share_line">
        <a href={url}>{url}</a> <CopyButton text={url} label="Copy the address" />
      </p>
      {is_own_machine && (
        <p class="muted">This address means "this machine": open the pad by the machine's name or number to share it with a phone.</p>
      )}
      <p class="muted">
        Its layout is the retained message of <code>{layout_topic(pad_name.value)}</code>.
      </p>
      <h3>Other pads</h3>
      <ul class="pad_list">
        {other_pads.value.map((name) => (
          <li key={name}>
            <a href={pad_url(name)} onClick={close}>
              {visible(name)}
            </a>
          </li>
        ))}
      </ul>
      <form class="text_row" onSubmit={open}>
        <input name="name" aria-label="Name of a pad" placeholder="kitchen" required pattern={"[^\\/+#]{1,64}"} autocomplete="off" />
        <button type="submit">Open</button>
      </form>
    </DialogBox>
  );
}
