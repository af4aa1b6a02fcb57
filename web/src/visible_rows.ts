// Which nodes of the tree are on show, in order, with what a screen reader needs to know about each.
import type { topic_filter } from './topic_filter';
import type { topic_node } from './topic_store';

export interface visible_row {
  node: topic_node;
  depth: number; // 1 at the top
  position: number; // among its siblings on show, from 1
  siblings: number;
  branch: boolean;
  open: boolean;
}

// With a filter, branches that hold a match are open, save those in `closed`: a match must not hide behind a fold.
export function visible_rows(
  root: topic_node,
  accepts?: topic_filter,
  closed?: ReadonlySet<topic_node>,
): visible_row[] {
  const rows: visible_row[] = [];
  collect(root, 1, rows, accepts, closed);
  return rows;
}

function collect(
  parent: topic_node,
  depth: number,
  rows: visible_row[],
  accepts: topic_filter | undefined,
  closed: ReadonlySet<topic_node> | undefined,
): boolean {
  const shown: visible_row[] = [];
  for (const node of parent.children) {
    const at = rows.length;
    const row: visible_row = { node, depth, position: 0, siblings: 0, branch: node.children.length > 0, open: false };
    rows.push(row);
    if (accepts) {
      row.branch = collect(node, depth + 1, rows, accepts, closed);
      row.open = row.branch && !closed?.has(node);
      const matches = node.message !== undefined && accepts(node.topic);
      if (!row.branch && !matches) rows.length = at;
      else if (!row.open) rows.length = at + 1;
      if (rows.length === at) continue;
    } else if (row.branch && node.open) {
      row.open = true;
      collect(node, depth + 1, rows, undefined, undefined);
    }
    shown.push(row);
  }
  shown.forEach((row, i) => {
    row.position = i + 1;
    row.siblings = shown.length;
  });
  return shown.length > 0;
}
