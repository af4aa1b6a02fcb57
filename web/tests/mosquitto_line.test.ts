import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { mosquitto_pub_line } from '../src/mosquitto_line';
import { bytes_of, hex_lines } from '../src/payload_bytes';
import { browser_headers, publish_request } from '../src/publication';

const properties = {
  expiry: '60',
  content_type: 'text/plain',
  response_topic: 'r/1',
  correlation: 'ü',
  utf8: true,
  user: [
    ['unit', "it's °C, ="],
    ['', ''],
    ['unit', 'F'],
  ] as [string, string][],
};
const message = { topic: "it's/$HOME", payload: '`id`', qos: 2, retain: true, properties };

test('the line gives mosquitto_pub exactly what the form holds', () => {
  const line = mosquitto_pub_line({ host: '::1', port: 1884 }, message);
  const words = execFileSync('sh', ['-c', `mosquitto_pub() { printf '%s\\0' "$@"; }; ${line}`], { encoding: 'utf8' });
  assert.deepEqual(
    words.split('\0').join('|'),
    "-h|::1|-p|1884|-t|it's/$HOME|-q|2|-r|-m|`id`|-V|5|-D|publish|message-expiry-interval|60|-D|publish|content-type|text/plain" +
      '|-D|publish|response-topic|r/1|-D|publish|correlation-data|ü|-D|publish|payload-format-indicator|1' +
      "|-D|publish|user-property|unit|it's °C, =|-D|publish|user-property|unit|F|",
  );
});

test('over HTTP the same properties are options and headers', () => {
  assert.deepEqual(publish_request({ ...message, topic: 'a' }), {
    method: 'PUT',
    url: '/topics/a?qos=2&expiry=60&content_type=text%2Fplain&response_topic=r%2F1&correlation=w7w%3D&pfi=1',
    headers: [
      ['Mqtt-User-Property', "unit=it's%20%C2%B0C%2C%20%3D"],
      ['Mqtt-User-Property', 'unit=F'],
    ],
  });
});

test('bytes are written in lines of sixteen, and no further than wanted', () => {
  assert.equal(hex_lines(bytes_of('/9j/4ABB', Infinity)), `000000  ff d8 ff e0 00 41${' '.repeat(30)}  .....A`);
  assert.equal(bytes_of(Buffer.alloc(100, 1).toString('base64'), 10).length, 12);
  assert.equal(bytes_of('', 10).length, 0);
});

test('a browser sends several user properties as one object, and refuses to lose one of two with the same name', () => {
  const field = (pair: string): [string, string] => ['Mqtt-User-Property', pair];
  assert.deepEqual(browser_headers([field('a=1')]), [field('a=1')]);
  const [[name, value]] = browser_headers([field('a=1'), field('b%20c=%3D')]) as [[string, string]];
  assert.deepEqual([name, JSON.parse(Buffer.from(value, 'base64').toString())], ['Mqtt-User-Properties', { a: '1', 'b c': '=' }]);
  assert.throws(() => browser_headers([field('a=1'), field('a=2')]), /two user properties/);
});
