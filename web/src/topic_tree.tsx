// The tree pane: filter, folding, keyboard. Only the rows in sight exist as elements, so 20 000 topics scroll like 20.
import { signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fill } from './draft';
import { frame, repaint, store } from './live_topics';
import { select, selected } from './selection';
import { topic_filter } from './topic_filter';
import type { topic_node } from './topic_store';
import { EmptyTree } from './empty_tree';
import { TreeRow, row_id } from './tree_row';
import { visible_rows, type visible_row } from './visible_rows';
import { count } from './wording';

const filter_text = signal('');
const folds = signal(0); // grows when a branch is opened or closed
const active = signal<topic_node | undefined>(undefined);
const closed_in_filter = new Set<topic_node>();
const spare_rows = 6; // kept above and below the window, so a quick scroll shows no blank

function set_filter(text: string): void {
  filter_text.value = text;
  closed_in_filter.clear();
}

function fold(row: visible_row, open: boolean): void {
  if (filter_text.value.trim() === '') row.node.open = open;
  else if (open) closed_in_filter.delete(row.node);
  else closed_in_filter.add(row.node);
  folds.value++;
}

function choose(row: visible_row): void {
  active.value = row.node;
  select(row.node.topic, row.node.message);
  fill(row.node.topic, row.node.message);
}

// What a key does, as the WAI-ARIA tree pattern has it. True: the key was ours.
function press(key: string, rows: visible_row[], page: number): boolean {
  const at = rows.findIndex((row) => row.node === active.value);
  const row = rows[at];
  const go = (index: number): void => void (active.value = rows[Math.max(0, Math.min(rows.length - 1, index))]?.node);
  if (key === 'ArrowDown') go(at + 1);
  else if (key === 'ArrowUp') go(at < 0 ? rows.length - 1 : at - 1);
  else if (key === 'Home') go(0);
  else if (key === 'End') go(rows.length - 1);
  else if (key === 'PageDown') go(at + page);
  else if (key === 'PageUp') go(at - page);
  else if (!row) return false;
  else if (key === 'ArrowRight') row.branch && !row.open ? fold(row, true) : row.branch && go(at + 1);
  else if (key === 'ArrowLeft') row.open ? fold(row, false) : row.depth > 1 && (active.value = row.node.parent);
  else if (key === 'Enter' || key === ' ') choose(row);
  else return false;
  return true;
}

function useWindow() {
  const box = useRef<HTMLDivElement>(null);
  const [seen, set_seen] = useState({ top: 0, height: 600, row: 28 });
  const measure = (): void => {
    if (!box.current) return;
    const row = parseFloat(getComputedStyle(box.current).getPropertyValue('--row_height')) || 28;
    const { scrollTop: top, clientHeight: height } = box.current;
    set_seen((old) => (old.top === top && old.height === height && old.row === row ? old : { top, height, row }));
  };
  useEffect(() => {
    if (!box.current) return;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { box, seen, measure };
}

function Rows({ rows }: { rows: visible_row[] }) {
  frame.value;
  const { box, seen, measure } = useWindow();
  const current = active.value;
  useEffect(() => {
    const at = rows.findIndex((row) => row.node === current);
    if (at < 0 || !box.current) return;
    const { scrollTop, clientHeight } = box.current;
    if (at * seen.row < scrollTop) box.current.scrollTop = at * seen.row;
    else if ((at + 1) * seen.row > scrollTop + clientHeight) box.current.scrollTop = (at + 1) * seen.row - clientHeight;
  }, [current]);
  const first = Math.max(0, Math.floor(seen.top / seen.row) - spare_rows);
  const shown = rows.slice(first, Math.ceil((seen.top + seen.height) / seen.row) + spare_rows);
  const on_key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (press(event.key, rows, Math.floor(seen.height / seen.row))) event.preventDefault();
  };
  const described = shown.find((row) => row.node === current);
  return (
    <div
      class="tree"
      ref={box}
      role="tree"
      aria-label="Topics"
      tabIndex={0}
      {...(described && { 'aria-activedescendant': row_id(described.node) })}
      onScroll={measure}
      onKeyDown={on_key}
      onFocus={() => (active.value ??= rows[0]?.node)}
    >
      <div class="tree_length" role="none" style={{ height: `${rows.length * seen.row}px` }}>
        {shown.map((row, i) => (
          <TreeRow
            key={row.node.topic}
            row={row}
            top={(first + i) * seen.row}
            active={row.node === current}
            selected={row.node.topic === selected.value}
            on_fold={() => fold(row, !row.open)}
            on_choose={() => {
              choose(row);
              if (row.branch && !row.node.message) fold(row, !row.open);
            }}
          />
        ))}
      </div>
    </div>
  );
}

export function TopicTree() {
  frame.value;
  const text = filter_text.value;
  const accepts = useMemo(() => topic_filter(text), [text]);
  const rows = useMemo(
    () => visible_rows(store.root, accepts, closed_in_filter),
    [accepts, store.structure, folds.value, accepts && store.root.topics],
  );
  const open_all = (open: boolean): void => {
    store.open_all(open);
    closed_in_filter.clear();
    if (!open && accepts) rows.forEach((row) => closed_in_filter.add(row.node));
    folds.value++;
    repaint();
  };
  return (
    <section class="pane tree_pane" aria-label="Topic tree">
      <div class="tree_tools">
        <label class="field filter_field">
          <span class="off_screen">Filter topics</span>
          <input
            id="filter"
            type="search"
            placeholder="Filter: home/+/temp"
            aria-keyshortcuts="/"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            value={text}
            onInput={(event) => set_filter(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Escape' && set_filter('')}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
        <button type="button" class="quiet" aria-label="Unfold all" onClick={() => open_all(true)}>
          Unfold
        </button>
        <button type="button" class="quiet" aria-label="Fold all" onClick={() => open_all(false)}>
          Fold
        </button>
      </div>
      {rows.length > 0 && <Rows rows={rows} />}
      {rows.length === 0 && store.root.topics === 0 && <EmptyTree />}
      {rows.length === 0 && store.root.topics > 0 && (
        <p class="nothing">
          None of {count(store.root.topics)} topics matches <code>{text}</code>.
        </p>
      )}
    </section>
  );
}
