// What the linter does not look at: that there is an example for everything, that examples of streams are what their
// items are said to be, and that nothing is left over.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { escaped, judge_of } from './schemas.mjs';

const document = JSON.parse(readFileSync(process.env.OPENAPI_DOCUMENT, 'utf8'));
const methods = ['get', 'head', 'put', 'post', 'patch', 'delete', 'options'];

function* operations() {
  for (const [path, item] of Object.entries(document.paths))
    for (const method of methods)
      if (item[method]) yield { name: `${method.toUpperCase()} ${path}`, pointer: `/paths/${escaped(path)}/${method}`,
                                operation: item[method] };
}

function* contents({ name, pointer, operation }) {
  for (const [type, content] of Object.entries(operation.requestBody?.content ?? {}))
    yield { name: `${name} request ${type}`, pointer: `${pointer}/requestBody/content/${escaped(type)}`, content };
  for (const [status, answer] of Object.entries(operation.responses))
    for (const [type, content] of Object.entries(answer.content ?? {}))
      yield { name: `${name} ${status} ${type}`, pointer: `${pointer}/responses/${status}/content/${escaped(type)}`, type,
              content };
}

function examples_of(content) {
  if ('example' in content) return [content.example];
  return Object.values(content.examples ?? {}).map((each) => each.value);
}

// The items of a text in the form that x-item-schema speaks of.
function items_of(type, text) {
  if (type !== 'text/event-stream')
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return text.split('\n\n').filter(Boolean).map((block) => {
    const event = {};
    for (const line of block.split('\n')) {
      const [, field, value] = line.match(/^(\w*): ?(.*)$/);
      if (field === 'data') event.data = JSON.parse(value);
      else if (field === 'retry') event.retry = Number(value);
      else if (field) event[field] = value;
    }
    return event;
  });
}

test('every request and every answer has a schema and an example', () => {
  const missing = [];
  for (const each of operations())
    for (const { name, content } of contents(each)) {
      if (!content.schema) missing.push(`${name} has no schema`);
      if (examples_of(content).length === 0) missing.push(`${name} has no example`);
    }
  assert.deepEqual(missing, []);
});

test('examples of streams are made of items that their schemas describe', () => {
  const judge = judge_of(document);
  const wrong = [];
  for (const each of operations())
    for (const { name, pointer, type, content } of contents(each)) {
      if (!content['x-item-schema']) continue;
      for (const example of examples_of(content))
        for (const item of items_of(type, example)) {
          const why = judge(`${pointer}/x-item-schema`, item);
          if (why) wrong.push(`${name}: ${why}`);
        }
    }
  assert.deepEqual(wrong, []);
});

test('every operation says what it answers when all goes well', () => {
  for (const { name, operation } of operations())
    assert.ok(Object.keys(operation.responses).some((status) => status < 400), name);
});

test('no component is left over', () => {
  const used = new Set();
  const collect = (value) => {
    if (value === null || typeof value !== 'object') return;
    if (typeof value.$ref === 'string') used.add(value.$ref);
    Object.values(value).forEach(collect);
  };
  collect(document);
  const left = Object.entries(document.components).filter(([kind]) => kind !== 'securitySchemes')
    .flatMap(([kind, members]) => Object.keys(members).map((name) => `#/components/${kind}/${name}`))
    .filter((name) => !used.has(name));
  assert.deepEqual(left, []);
});
