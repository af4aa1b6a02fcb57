// Keys that work everywhere on the page, and the window that lists them. Never while somebody types.
import { useEffect, useRef } from 'preact/hooks';
import { set_paused, paused } from './live_topics';
import { go_to } from './page_route';

const keys = [
  ['/', 'Filter the topics'],
  ['↑ ↓', 'Move in the tree'],
  ['→ ←', 'Unfold, fold'],
  ['Enter', 'Show the topic, and fill the publish form'],
  ['Ctrl Enter', 'Publish, from the payload field'],
  ['p', 'Pause, and go on'],
  ['?', 'This window'],
] as const;

function typing(at: EventTarget | null): boolean {
  return at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}

export function Shortcuts() {
  const window_of_keys = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'p') set_paused(!paused.value);
      else if (event.key === '?') window_of_keys.current?.showModal();
      else if (event.key === '/') go_to('topics', 'filter');
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return (
    <>
      <button type="button" class="quiet" aria-pressed={paused.value} aria-keyshortcuts="p" onClick={() => set_paused(!paused.value)}>
        {paused.value ? 'Go on' : 'Pause'}
      </button>
      <button type="button" class="quiet" aria-label="Keys" aria-keyshortcuts="?" onClick={() => window_of_keys.current?.showModal()}>
        ?
      </button>
      <dialog ref={window_of_keys} aria-labelledby="keys_title">
        <form method="dialog">
          <h2 id="keys_title">Keys</h2>
          <dl class="keys">
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <button type="submit">Close</button>
        </form>
      </dialog>
    </>
  );
}
