import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { filled, operations_of } from '../src/api_document';

// The document as the server merges it: parameters of one part are named in others.
const folder = '../openapi/parts';
const document = JSON.parse(readFileSync('../openapi/openapi.json', 'utf8'));
for (const name of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
  const part = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
  Object.assign(document.paths, part.paths);
  Object.assign(document.components.parameters, part.components?.parameters);
}

test('every operation of the document is found, with its parameters resolved', () => {
  const operations = operations_of(document);
  assert.ok(operations.length > 15);
  const put = operations.find(({ id }) => id === 'putTopic');
  assert.equal(put?.method, 'PUT');
  assert.ok(put.parameters.some(({ name, place }) => name === 'qos' && place === 'query'));
  assert.ok(operations.every(({ parameters }) => parameters.every(({ name }) => name !== '')));
});

test('a filled form is the address and the headers of a call', () => {
  const operation = operations_of(document).find(({ id }) => id === 'putTopic')!;
  assert.deepEqual(filled(operation, { 'path topic': 'a b/c', 'query qos': '2', 'header If-Match': '"x"' }), {
    url: '/topics/a%20b/c?qos=2',
    headers: [['If-Match', '"x"']],
  });
});

test('what is no document has no operations', () => {
  for (const value of [null, [], { paths: 1 }, { paths: { '/a': null } }, { paths: { '/a': { get: 5 } } }])
    assert.ok(operations_of(value).every(({ parameters }) => parameters.length === 0));
});
