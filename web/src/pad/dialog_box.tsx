// A modal dialog of the browser's own: focus stays inside, Escape closes it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export function DialogBox({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  return (
    <dialog ref={box} aria-labelledby="dialog_title" onClose={close}>
      <div class="pane_title">
        <h2 id="dialog_title">{title}</h2>
        <button type="button" class="quiet" onClick={() => box.current?.close()}>
          Close
        </button>
      </div>
      {children}
    </dialog>
  );
}
