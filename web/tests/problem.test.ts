import assert from 'node:assert/strict';
import { test } from 'node:test';
import { no_answer, parse_problem } from '../src/problem';

test('title, detail, hint and try come from the problem document', () => {
  const body = JSON.stringify({
    type: '/problems/x',
    title: 'No',
    detail: 'why',
    hint: 'what now',
    try: 'curl x',
    status: 400,
    reason_code: 144,
  });
  assert.deepEqual(parse_problem(400, 'Bad Request', body), {
    status: 400,
    title: 'No',
    detail: 'why',
    hint: 'what now',
    try: 'curl x',
  });
});

test('an answer that is no problem document is still told', () => {
  assert.deepEqual(parse_problem(502, 'Bad Gateway', '<h1>proxy</h1>'), {
    status: 502,
    title: '502 Bad Gateway',
    detail: '<h1>proxy</h1>',
  });
  assert.deepEqual(parse_problem(503, '', ''), { status: 503, title: '503' });
  assert.deepEqual(parse_problem(500, 'Oops', '{"title":7,"detail":{}}'), { status: 500, title: '500 Oops' });
});

test('a long body is cut with its size told', () => {
  const detail = parse_problem(500, '', 'x'.repeat(5000)).detail;
  assert.match(detail!, /^x{2000}… \(5000 characters\)$/);
});

test('no answer at all has a title and, where known, a way out', () => {
  assert.equal(no_answer(new TypeError('Failed to fetch')).detail, 'Failed to fetch');
  assert.match(no_answer(new DOMException('', 'TimeoutError')).hint!, /six connections/);
  assert.match(no_answer(new URIError()).title, /UTF-8/);
});
