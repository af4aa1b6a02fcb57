import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topic_url } from '../src/topic_url';

test('levels are encoded one by one and joined by slashes', () => {
  assert.equal(topic_url('home/kitchen/temp', { qos: '1' }), '/topics/home/kitchen/temp?qos=1');
  assert.equal(topic_url('a b/ü/100%/x?y'), '/topics/a%20b/%C3%BC/100%25/x%3Fy');
});

test('a wildcard reaches the broker as part of the name, where it is refused with a reason', () => {
  assert.equal(topic_url('home/+/#'), '/topics/home/%2B/%23');
});

test('empty levels are kept', () => {
  assert.equal(topic_url('/a//b/'), '/topics//a//b/');
});

test('a dot level goes into the query, because clients resolve it in a path', () => {
  assert.equal(topic_url('a/../b', { qos: '0' }), '/topics?topic=a%2F..%2Fb&qos=0');
  assert.equal(topic_url('.'), '/topics?topic=.');
  assert.equal(topic_url('a/.b/..c'), '/topics/a/.b/..c');
  for (const topic of ['a/../b', './x', 'a/.']) {
    const url = new URL(topic_url(topic), 'http://localhost');
    assert.equal(url.searchParams.get('topic'), topic);
  }
});

test('half a surrogate pair has no URL', () => {
  assert.throws(() => topic_url('a\ud800'), URIError);
});
