import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metric, rates, sample_of_metrics, sample_of_tree } from '../src/server_numbers';

const text = `# HELP sluice_sessions
sluice_sessions 3
sluice_clients_connected{transport="mqtt"} 2
sluice_clients_connected{transport="sse"} 1
sluice_clients_connected_more 50
process_resident_memory_bytes 5.5e+07
process_start_time_seconds 90.5
`;

test('a metric is the sum over its labels, and no other with a longer name', () => {
  assert.equal(metric(text, 'sluice_clients_connected'), 3);
  assert.equal(metric(text, 'sluice_sessions'), 3);
  assert.equal(metric(text, 'sluice'), undefined);
  const found = sample_of_metrics(text, 100_000);
  assert.deepEqual([found.clients, found.memory_bytes, found.uptime_seconds], [3, 55_000_000, 9.5]);
});

test('$SYS gives the same figures, and none before its first interval', () => {
  const broker = {
    publish: { messages: { received: 7, sent: 9, dropped: 1 } },
    clients: { connected: 2, total: 5 },
    'retained messages': { count: 4 },
    uptime: '46 seconds',
  };
  const found = sample_of_tree({ $SYS: { broker } }, 0);
  assert.deepEqual([found?.messages_in, found?.clients, found?.retained, found?.uptime_seconds], [7, 2, 4, 46]);
  assert.equal(sample_of_tree({ $SYS: { broker: { version: 'x' } } }, 0), undefined);
  assert.equal(sample_of_tree(null, 0), undefined);
});

test('a counter that began anew makes a hole in the line', () => {
  const at = (seconds: number, messages_in: number) => ({ ...sample_of_metrics('', seconds * 1000), messages_in });
  assert.deepEqual(rates([at(0, 0), at(2, 10), at(4, 3), at(6, 3)], (each) => each.messages_in), [5, null, 0]);
});
