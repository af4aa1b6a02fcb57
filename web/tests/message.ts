// Messages for tests: only what the case is about has to be said.
import type { envelope } from '../src/envelope';

export function message(given: Partial<envelope>): envelope {
  return {
    id: '',
    ts: '2026-11-22T15:30:45.123Z',
    topic: 'a',
    payload: '1',
    binary: false,
    qos: 0,
    retain: false,
    props: {},
    ...given,
  };
}
