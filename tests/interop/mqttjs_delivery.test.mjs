// What all versions have in common, over TCP and WebSocket.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cut, each_door, kept, leave, messages, numbers, texts, until } from './mqttjs_client.mjs';

const versions = [3, 4, 5];

each_door('a message has the lower of both qualities', versions, async ({ topic, open }) => {
  const [writer, reader] = [await open(), await open()];
  const expected = [];
  for (const wanted of [0, 1, 2]) {
    const [granted] = await reader.subscribeAsync(`${topic}/${wanted}`, { qos: wanted });
    assert.equal(granted.qos, wanted);
    for (const sent of [0, 1, 2]) {
      await writer.publishAsync(`${topic}/${wanted}`, `sent ${sent}`, { qos: sent });
      expected.push(`${topic}/${wanted} ${Math.min(wanted, sent)} sent ${sent}`);
    }
  }
  const found = (await messages(reader, 9)).map((each) => `${each.topic} ${each.packet.qos} ${each.payload}`);
  assert.deepEqual(found.sort(), expected.sort());
});

each_door('a retained message waits until it is cleared', versions, async ({ topic, open }) => {
  const [writer, early, late] = [await open(), await open(), await open()];
  await writer.publishAsync(topic, 'first', { qos: 1, retain: true });
  await writer.publishAsync(topic, 'second', { qos: 2, retain: true });
  await early.subscribeAsync(topic, { qos: 1 });
  await messages(early, 1);
  await writer.publishAsync(topic, 'third', { qos: 1, retain: true });
  await messages(early, 2);
  assert.deepEqual(
    early.messages.map(({ payload, packet }) => [payload.toString(), packet.retain]),
    [
      ['second', true],
      ['third', false],
    ],
  );
  await writer.publishAsync(topic, '', { qos: 1, retain: true });
  await late.subscribeAsync(topic, { qos: 1 });
  await writer.publishAsync(topic, 'marker', { qos: 1 });
  await messages(late, 1);
  assert.deepEqual(texts(late), ['marker']);
});

each_door('the will comes when the client is cut off, not when it leaves', versions, async ({ topic, open }) => {
  const heir = await open();
  for (const qos of [0, 1, 2]) {
    const will = { topic: `${topic}/${qos}`, payload: Buffer.from('gone'), qos, retain: true };
    await heir.subscribeAsync(will.topic, { qos: 2 });
    const [polite, mortal] = [await open({ will }), await open({ will })];
    await leave(polite);
    cut(mortal);
    await messages(heir, 2 * qos + 1);
    await heir.publishAsync(will.topic, 'marker', { qos });
    await messages(heir, 2 * qos + 2);
    assert.deepEqual(
      heir.messages.slice(2 * qos).map(({ payload, packet }) => `${packet.qos} ${payload}`),
      [`${qos} gone`, `${qos} marker`],
    );
    const late = await open();
    await late.subscribeAsync(will.topic, { qos: 2 });
    await messages(late, 1);
    assert.deepEqual([texts(late), late.messages[0].packet.retain], [['gone'], true]);
  }
});

each_door('a kept session has what was missed', versions, async ({ topic, open, version, name }) => {
  const options = kept(version, name);
  const first = await open(options);
  assert.equal(first.connacks[0].sessionPresent, false);
  await first.subscribeAsync(topic, { qos: 2 });
  await leave(first);
  const writer = await open();
  for (const qos of [1, 2]) await writer.publishAsync(topic, `missed ${qos}`, { qos });
  const second = await open(options);
  // In CONNACK of 3.1 this bit is reserved.
  assert.equal(second.connacks[0].sessionPresent, version !== 3);
  await messages(second, 2);
  assert.deepEqual(texts(second), ['missed 1', 'missed 2']);
  await leave(second);
  const clean = await open({ clientId: name, clean: true });
  assert.equal(clean.connacks[0].sessionPresent, false); // [MQTT-3.2.2-2] [MQTT3-3.2.2-1]
  await writer.publishAsync(topic, 'unwanted', { qos: 1 });
  await clean.subscribeAsync(`${topic}/end`, { qos: 1 });
  await writer.publishAsync(`${topic}/end`, 'marker', { qos: 1 });
  await messages(clean, 1);
  assert.deepEqual(texts(clean), ['marker']);
});

each_door('an unsubscribe is obeyed', versions, async ({ topic, open }) => {
  const client = await open();
  await client.subscribeAsync([`${topic}/gone`, `${topic}/stays`], { qos: 1 });
  await client.unsubscribeAsync(`${topic}/gone`);
  await client.publishAsync(`${topic}/gone`, 'unwanted', { qos: 1 });
  await client.publishAsync(`${topic}/stays`, 'wanted', { qos: 1 });
  await messages(client, 1);
  assert.deepEqual(texts(client), ['wanted']);
});

each_door('a shared subscription gives each message to one member', versions, async ({ topic, open }) => {
  const [first, second, writer] = [await open(), await open(), await open()];
  for (const member of [first, second]) await member.subscribeAsync(`$share/pair/${topic}/+`, { qos: 1 });
  await Promise.all(numbers(40).map((each) => writer.publishAsync(`${topic}/x`, each, { qos: 1 })));
  await until(() => first.messages.length + second.messages.length >= 40, 'the members got what was sent');
  assert.deepEqual([...texts(first), ...texts(second)].sort(), numbers(40).sort());
  await leave(first);
  second.messages.length = 0;
  await Promise.all(numbers(10).map((each) => writer.publishAsync(`${topic}/y`, each, { qos: 1 })));
  await messages(second, 10);
  assert.deepEqual(texts(second), numbers(10));
});

each_door('a megabyte arrives whole', versions, async ({ topic, open }) => {
  const [writer, reader] = [await open(), await open()];
  await reader.subscribeAsync(topic, { qos: 2 });
  for (const qos of [0, 1, 2]) {
    const payload = randomBytes(1024 * 1024);
    await writer.publishAsync(topic, payload, { qos });
    await messages(reader, qos + 1);
    assert.ok(payload.equals(reader.messages[qos].payload), `the payload with QoS ${qos} is another`);
  }
});

each_door('ten thousand messages with QoS 1 arrive in order', [4, 5], async ({ topic, open }) => {
  const [writer, reader] = [await open(), await open()];
  await reader.subscribeAsync(topic, { qos: 1 });
  const sent = numbers(10_000);
  await Promise.all(sent.map((each) => writer.publishAsync(topic, each, { qos: 1 })));
  await messages(reader, sent.length);
  assert.deepEqual(texts(reader), sent);
});
