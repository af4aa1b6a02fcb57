import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topic_store, type kept_message } from '../src/topic_store';
import { counted, local_time, row_value, visible } from '../src/wording';
import { message } from './message';

function kept(given: Parameters<typeof message>[0]): kept_message {
  const store = new topic_store();
  store.take(message(given), false, 0);
  return store.find('a')!.message!;
}

test('one line stands for any payload, and what is left out is marked', () => {
  assert.equal(row_value(kept({ payload: '21.5' })), '21.5');
  assert.equal(row_value(kept({ payload: 'one\r\ntwo\nthree' })), 'one ↵ two ↵ three');
  assert.equal(row_value(kept({ payload: '' })), '(empty)');
  assert.equal(
    row_value(kept({ payload: Buffer.alloc(10_000).toString('base64'), binary: true })),
    '(binary, 10,000 bytes)',
  );
  assert.equal(row_value(kept({ payload: 'x'.repeat(301) })), `${'x'.repeat(300)}…`);
  assert.equal(row_value(kept({ payload: 'x'.repeat(300) })), 'x'.repeat(300));
});

test('characters that hide or reorder are written out, joiners of scripts and emoji are not', () => {
  assert.equal(visible('a\u202eb\u0007\u200b'), 'a‹202E›b‹0007›‹200B›');
  assert.equal(visible('👩‍🔧 می‌خواهم'), '👩‍🔧 می‌خواهم');
});

test('one is singular', () => {
  assert.deepEqual(
    [counted(0, 'byte'), counted(1, 'byte'), counted(12345, 'byte')],
    ['0 bytes', '1 byte', '12,345 bytes'],
  );
});

test('the date is written only when it is not today', () => {
  const at = new Date(2026, 10, 22, 5, 3, 9, 7);
  assert.equal(local_time(at, new Date(2026, 10, 22, 23)), '05:03:09.007');
  assert.equal(local_time(at, new Date(2026, 10, 23)), '2026-11-22 05:03:09.007');
});
