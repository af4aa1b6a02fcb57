// One line of the tree: level, newest value, messages so far.
import type { topic_node } from './topic_store';
import type { visible_row } from './visible_rows';
import { count, counted, row_value, visible } from './wording';

const flash_ms = 900;
const indented_levels_max = 16;

// Topics hold any character, identifiers do not; two topics never share one.
export function row_id(node: topic_node): string {
  return `row_${encodeURIComponent(node.topic)}`;
}

interface tree_row {
  row: visible_row;
  top: number;
  active: boolean;
  selected: boolean;
  on_fold: () => void;
  on_choose: () => void;
}

export function TreeRow({ row, top, active, selected, on_fold, on_choose }: tree_row) {
  const { node, branch, open } = row;
  const fresh = !open && performance.now() - node.changed_at < flash_ms;
  const classes = [
    'row',
    active && 'active',
    selected && 'selected',
    fresh && (node.messages % 2 ? 'flash_odd' : 'flash_even'),
  ];
  return (
    <div
      id={row_id(node)}
      class={classes.filter(Boolean).join(' ')}
      role="treeitem"
      aria-level={row.depth}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-selected={selected}
      {...(branch && { 'aria-expanded': open })}
      style={{ top: `${top}px`, '--depth': String(Math.min(row.depth, indented_levels_max)) }}
      onClick={on_choose}
    >
      <span
        class={branch ? `fold ${open ? 'open' : ''}` : 'fold leaf'}
        aria-hidden="true"
        onClick={(event) => {
          if (!branch) return;
          event.stopPropagation();
          on_fold();
        }}
      />
      <span class="level">{node.level === '' ? <i>(empty)</i> : visible(node.level)}</span>
      {node.message && <span class="value">{row_value(node.message)}</span>}
      {branch && !open && <span class="below">{counted(node.topics - (node.message ? 1 : 0), 'topic')}</span>}
      <span class="count">
        {count(node.messages)}
        <span class="off_screen">{node.messages === 1 ? ' message' : ' messages'}</span>
      </span>
    </div>
  );
}
