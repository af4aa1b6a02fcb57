import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json_layout } from '../src/json_layout';

test('objects and arrays are indented', () => {
  assert.equal(
    json_layout('{"a":[1,{"b":null}],"c":{},"d":[]}'),
    '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}',
  );
});

test('the same as JSON.stringify where that loses nothing', () => {
  const values = [
    [],
    {},
    [[]],
    [{}],
    { a: { b: { c: [1, 'two', true, false, null] } } },
    [[1], [2, [3]]],
    { '': '{[,:]}' },
    ['\\"', '\\'],
  ];
  for (const value of values) assert.equal(json_layout(JSON.stringify(value)), JSON.stringify(value, null, 2));
});

test('tokens stay as they were sent', () => {
  const text = json_layout(' { "n" : 12345678901234567890, "f": 1.0, "f": 1e400, "s": "\\u00e9 , : \\" }" } ');
  assert.equal(text, '{\n  "n": 12345678901234567890,\n  "f": 1.0,\n  "f": 1e400,\n  "s": "\\u00e9 , : \\" }"\n}');
});

test('scalars and broken JSON are left alone', () => {
  for (const text of ['', '21.5', '"text"', 'null', '{', '{"a":}', '[1,]', 'plain'])
    assert.equal(json_layout(text), undefined, text);
});
