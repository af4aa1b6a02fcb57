import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page_of } from '../src/page_route';

test('an address names its page, and anything else is the first page', () => {
  assert.equal(page_of('#/retained'), 'retained');
  assert.equal(page_of('#api/more'), 'api');
  for (const hash of ['', '#', '#/', '#/nothing', '#/constructor']) assert.equal(page_of(hash), 'topics');
});
