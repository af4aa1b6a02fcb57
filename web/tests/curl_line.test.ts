import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { curl_line, fits_a_command_line, shell_quote } from '../src/curl_line';

const hostile = [
  "it's",
  '$HOME `id` $(id) \\ "x" !! *',
  "'; rm -rf /; '",
  'two\nlines',
  '',
  '-d',
  '@file',
  '~',
  '{"a":[1,2]}',
  'grüße ☃',
  '#no comment',
  'a=b',
  '&',
];

test('a shell gives every quoted word back unchanged', () => {
  for (const word of hostile) {
    const printed = execFileSync('sh', ['-c', `printf '%s|' ${shell_quote(word)} end`], { encoding: 'utf8' });
    assert.equal(printed, `${word}|end|`);
  }
});

test('the line gives curl exactly the arguments that the form stands for', () => {
  for (const payload of hostile) {
    const line = curl_line('PUT', "http://localhost:8080/topics/it's?qos=1", payload);
    const words = execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${line}`], { encoding: 'utf8' }).split(
      '\0',
    );
    const option = payload.startsWith('@') ? '--data-raw' : '-d';
    assert.deepEqual(words, ['-X', 'PUT', option, payload, "http://localhost:8080/topics/it's?qos=1", '']);
  }
});

test('an event is the short line that a student would type', () => {
  assert.equal(
    curl_line('POST', 'http://localhost:8080/topics/home/lamp/set?qos=1', 'ON'),
    "curl -d ON 'http://localhost:8080/topics/home/lamp/set?qos=1'",
  );
});

test('clearing needs no payload', () => {
  assert.equal(curl_line('DELETE', '/topics/a?qos=1', ''), "curl -X DELETE '/topics/a?qos=1'");
});

test('what a terminal would act on never enters the line', () => {
  for (const payload of ['\u001b[201~rm', '\u0000', 'a\rb', '\u009b', 'x'.repeat(100_001)]) {
    assert.equal(fits_a_command_line(payload), false);
    assert.equal(curl_line('POST', '/a', payload), 'curl --data-binary @payload.bin /a');
  }
  assert.equal(fits_a_command_line('tab\tand\nline'), true);
});
