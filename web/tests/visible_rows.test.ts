import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open_nodes_max } from '../src/limits';
import { topic_filter } from '../src/topic_filter';
import { topic_store } from '../src/topic_store';
import { visible_rows } from '../src/visible_rows';
import { message } from './message';

function home(): topic_store {
  const store = new topic_store();
  for (const topic of ['home/kitchen/temp', 'home/kitchen/lamp', 'home/bath/temp', 'garden/soil'])
    store.take(message({ topic }), false, 0);
  return store;
}

const picture = (rows: ReturnType<typeof visible_rows>): string[] =>
  rows.map(
    (row) =>
      `${'.'.repeat(row.depth)}${row.node.level} ${row.position}/${row.siblings}${row.branch ? (row.open ? ' open' : ' closed') : ''}`,
  );

test('an open tree is listed in order, each row with its place among its siblings', () => {
  assert.deepEqual(picture(visible_rows(home().root)), [
    '.garden 1/2 open',
    '..soil 1/1',
    '.home 2/2 open',
    '..bath 1/2 open',
    '...temp 1/1',
    '..kitchen 2/2 open',
    '...lamp 1/2',
    '...temp 2/2',
  ]);
});

test('what lies below a closed branch is not listed', () => {
  const store = home();
  store.find('home')!.open = false;
  assert.deepEqual(picture(visible_rows(store.root)), ['.garden 1/2 open', '..soil 1/1', '.home 2/2 closed']);
});

test('a filter shows matches with their branches, even in closed ones', () => {
  const store = home();
  store.open_all(false);
  assert.deepEqual(picture(visible_rows(store.root, topic_filter('temp'))), [
    '.home 1/1 open',
    '..bath 1/2 open',
    '...temp 1/1',
    '..kitchen 2/2 open',
    '...temp 1/1',
  ]);
});

test('a branch closed while filtering keeps its row', () => {
  const store = home();
  const closed = new Set([store.find('home/kitchen')!]);
  assert.deepEqual(picture(visible_rows(store.root, topic_filter('home/+/temp'), closed)), [
    '.home 1/1 open',
    '..bath 1/2 open',
    '...temp 1/1',
    '..kitchen 2/2 closed',
  ]);
});

test('a branch is no match by itself: only topics are', () => {
  assert.deepEqual(picture(visible_rows(home().root, topic_filter('home'))).length, 6);
  assert.deepEqual(visible_rows(home().root, topic_filter('home/+')), []);
});

test('a large tree starts with its later branches closed', () => {
  const store = new topic_store();
  for (let i = 0; i < 1000; i++) store.take(message({ topic: `${String(i).padStart(4, '0')}/x` }), false, 0);
  assert.equal(visible_rows(store.root).length, 1000 + open_nodes_max / 2);
});
