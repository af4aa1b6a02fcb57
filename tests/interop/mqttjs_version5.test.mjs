// What version 5 adds, over TCP and WebSocket.
import assert from 'node:assert/strict';
import packet_parser from 'mqtt-packet';
import { cut, each_door, leave, messages, numbers, texts, until } from './mqttjs_client.mjs';

const versions = [5];

// Every packet that comes in, as soon as its bytes are there: mqtt.js itself reads on only after it has acknowledged.
function watch_wire(client) {
  const parser = packet_parser.parser({ protocolVersion: 5 });
  const seen = [];
  parser.on('packet', (packet) => seen.push(packet));
  client.stream.on('data', (bytes) => parser.parse(bytes));
  return (kind) => seen.filter(({ cmd }) => cmd === kind);
}

function collect(client, event) {
  const found = [];
  client.on(event, (packet) => found.push(packet));
  return found;
}

each_door('properties arrive as they were sent', versions, async ({ topic, open }) => {
  const client = await open();
  await client.subscribeAsync(topic, { qos: 2 });
  for (const qos of [0, 1, 2]) {
    const properties = {
      payloadFormatIndicator: true,
      contentType: 'text/plain',
      responseTopic: `${topic}/answer`,
      correlationData: Buffer.from([0, 255, 128, 10]),
      userProperties: { unit: ['F', 'C'], place: 'roof ☂', empty: '' },
    };
    await client.publishAsync(topic, 'x', { qos, properties: { ...properties, messageExpiryInterval: 600 } });
    const { messageExpiryInterval, ...others } = (await messages(client, qos + 1))[qos].packet.properties;
    assert.ok(messageExpiryInterval <= 600 && messageExpiryInterval >= 598, `${messageExpiryInterval} s are left`);
    assert.deepEqual({ ...others, userProperties: { ...others.userProperties } }, properties);
  }
});

each_door('aliases that the client assigns stand for the right topics', versions, async ({ topic, open }) => {
  const [writer, reader] = [await open({ autoAssignTopicAlias: true }), await open()];
  const allowed = writer.connacks[0].properties.topicAliasMaximum;
  assert.ok(allowed > 1, 'the broker takes no aliases');
  const sent = collect(writer, 'packetsend');
  await reader.subscribeAsync(`${topic}/#`, { qos: 1 });
  const expected = [];
  // Each topic twice, and more topics than aliases, so that aliases get new topics.
  for (let round = 0; round < 3; ++round) {
    for (let each = 0; each < allowed + 3; ++each) {
      for (const time of ['once', 'again']) {
        await writer.publishAsync(`${topic}/${each}`, `${round} ${time}`, { qos: (each + round) % 3 });
        expected.push(`${topic}/${each} ${round} ${time}`);
      }
    }
  }
  const found = (await messages(reader, expected.length)).map((each) => `${each.topic} ${each.payload}`);
  // Order is promised within a topic and a quality only.
  assert.deepEqual(found.sort(), expected.sort());
  const nameless = sent.filter(({ cmd, topic: name }) => cmd === 'publish' && name === '');
  assert.ok(nameless.length >= 3 * allowed, `${nameless.length} messages went by alias alone`);
});

each_door('an alias that the client has set once is used from then on', versions, async ({ topic, open }) => {
  const [writer, reader] = [await open({ autoUseTopicAlias: true }), await open()];
  const sent = collect(writer, 'packetsend');
  await reader.subscribeAsync(`${topic}/#`, { qos: 1 });
  await writer.publishAsync(`${topic}/a`, '1', { qos: 1, properties: { topicAlias: 1 } });
  await writer.publishAsync(`${topic}/a`, '2', { qos: 1 });
  await writer.publishAsync(`${topic}/b`, '3', { qos: 1, properties: { topicAlias: 1 } });
  await writer.publishAsync(`${topic}/b`, '4', { qos: 1 });
  const found = (await messages(reader, 4)).map((each) => `${each.topic} ${each.payload}`);
  assert.deepEqual(found, [`${topic}/a 1`, `${topic}/a 2`, `${topic}/b 3`, `${topic}/b 4`]);
  const names = sent.filter(({ cmd }) => cmd === 'publish').map((packet) => packet.topic);
  assert.deepEqual(names, [`${topic}/a`, '', `${topic}/b`, '']);
});

each_door('the broker keeps to the aliases that the client allows', versions, async ({ topic, open }) => {
  const writer = await open();
  for (const allowed of [0, 3]) {
    const reader = await open(allowed === 0 ? {} : { properties: { topicAliasMaximum: allowed } });
    const received = watch_wire(reader);
    await reader.subscribeAsync(`${topic}/#`, { qos: 1 });
    const expected = [];
    for (const round of numbers(3)) {
      for (const each of numbers(8)) {
        await writer.publishAsync(`${topic}/${each}`, round, { qos: 1 });
        expected.push(`${topic}/${each} ${round}`);
      }
    }
    const found = (await messages(reader, expected.length)).map((each) => `${each.topic} ${each.payload}`);
    assert.deepEqual(found, expected);
    const aliases = received('publish').map(({ properties }) => properties?.topicAlias ?? 0);
    assert.ok(Math.max(...aliases) <= allowed, `aliases ${aliases}`); // [MQTT-3.1.2-26] [MQTT-3.1.2-27]
    if (allowed > 0) assert.ok(Math.max(...aliases) > 0, 'the broker uses no alias');
  }
});

each_door('each message tells the subscriptions that it comes for', versions, async ({ topic, open }) => {
  const client = await open();
  await client.subscribeAsync(`${topic}/+`, { qos: 1, properties: { subscriptionIdentifier: 1 } });
  await client.subscribeAsync(`${topic}/a`, { qos: 1, properties: { subscriptionIdentifier: 268_435_455 } });
  await client.publishAsync(`${topic}/a`, 'both', { qos: 1 });
  await client.publishAsync(`${topic}/b`, 'one', { qos: 1 });
  await until(() => texts(client).includes('one'), 'the last message came');
  // One copy with both identifiers, or one copy for each: both are allowed [MQTT-3.3.4-3] [MQTT-3.3.4-5].
  const identifiers = (payload) =>
    client.messages
      .filter((each) => each.payload.toString() === payload)
      .flatMap(({ packet }) => packet.properties.subscriptionIdentifier)
      .sort();
  assert.deepEqual(identifiers('both'), [1, 268_435_455]);
  assert.deepEqual(identifiers('one'), [1]);
});

each_door('no more messages are in flight than the client receives', versions, async ({ topic, open }) => {
  for (const qos of [1, 2]) {
    const allowed = 3;
    const [writer, reader] = [await open(), await open({ properties: { receiveMaximum: allowed } })];
    const held = [];
    let holding = true;
    reader.options.customHandleAcks = (_topic, _payload, _packet, acknowledge) =>
      holding ? held.push(acknowledge) : acknowledge(0);
    const received = watch_wire(reader);
    await reader.subscribeAsync(`${topic}/${qos}`, { qos });
    for (const each of numbers(20)) await writer.publishAsync(`${topic}/${qos}`, each, { qos });
    await until(() => received('publish').length >= allowed, 'the first messages came');
    reader.sendPing();
    await until(() => received('pingresp').length > 0, 'the ping was answered'); // what was to come has come
    assert.equal(received('publish').length, allowed); // [MQTT-3.3.4-9]
    holding = false;
    for (const acknowledge of held) acknowledge(0);
    await messages(reader, 20);
    assert.deepEqual(texts(reader), numbers(20));
  }
});

each_door('a message larger than the client takes is left out', versions, async ({ topic, open }) => {
  const [writer, reader] = [await open(), await open({ properties: { maximumPacketSize: 100 } })];
  await reader.subscribeAsync(topic, { qos: 2 });
  for (const qos of [0, 1, 2]) {
    await writer.publishAsync(topic, 'x'.repeat(200), { qos }); // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    await writer.publishAsync(topic, 'small', { qos });
  }
  await messages(reader, 3);
  assert.deepEqual(texts(reader), ['small', 'small', 'small']);
});

each_door('options of a subscription are kept', versions, async ({ topic, open }) => {
  const [writer, reader] = [await open(), await open()];
  await writer.publishAsync(topic, 'old', { qos: 1, retain: true });
  await reader.subscribeAsync(topic, { qos: 1, nl: true, rap: true, rh: 2 });
  await reader.publishAsync(topic, 'own', { qos: 1 });
  await writer.publishAsync(topic, 'new', { qos: 1, retain: true });
  await messages(reader, 1);
  assert.deepEqual([texts(reader), reader.messages[0].packet.retain], [['new'], true]);
  await reader.subscribeAsync(topic, { qos: 1, nl: true, rap: true, rh: 1 }); // it is there already: nothing comes
  await reader.subscribeAsync(topic, { qos: 1, nl: true, rap: true, rh: 0 });
  await messages(reader, 2);
  await writer.publishAsync(topic, 'last', { qos: 1 });
  await messages(reader, 3);
  assert.deepEqual(texts(reader), ['new', 'new', 'last']);
});

each_door('a will waits for its delay and has its properties', versions, async ({ topic, open }) => {
  const heir = await open();
  await heir.subscribeAsync(topic, { qos: 1 });
  const properties = { willDelayInterval: 1, contentType: 'text/plain', userProperties: { why: ['b', 'a'] } };
  const mortal = await open({
    will: { topic, payload: Buffer.from('gone'), qos: 1, retain: false, properties },
    properties: { sessionExpiryInterval: 60 },
  });
  const begin = process.hrtime.bigint();
  cut(mortal);
  const [{ payload, packet }] = await messages(heir, 1);
  assert.ok(process.hrtime.bigint() - begin > 900_000_000n, 'it came too early');
  assert.equal(payload.toString(), 'gone');
  assert.equal(packet.properties.contentType, 'text/plain');
  assert.deepEqual(packet.properties.userProperties.why, ['b', 'a']);
  assert.equal(packet.properties.willDelayInterval, undefined);
});

each_door('a client that is taken over is told so', versions, async ({ open, name }) => {
  const old = await open({ clientId: name });
  const told = collect(old, 'disconnect');
  await open({ clientId: name });
  await until(() => told.length > 0, 'DISCONNECT came');
  assert.equal(told[0].reasonCode, 0x8e); // [MQTT-3.1.4-3]
});

each_door('a client without an identifier gets one', versions, async ({ topic, open }) => {
  const client = await open({ clientId: '' });
  assert.match(client.connacks[0].properties.assignedClientIdentifier, /./); // [MQTT-3.2.2-16]
  await client.subscribeAsync(topic);
  await client.publishAsync(topic, 'x');
  await messages(client, 1);
});

each_door('a session ends where its expiry says', versions, async ({ topic, open, name }) => {
  for (const [expiry, present] of [
    [300, true],
    [0, false],
  ]) {
    const options = { clientId: name, clean: false, properties: { sessionExpiryInterval: expiry } };
    const first = await open(options);
    await first.subscribeAsync(topic, { qos: 1 });
    await leave(first);
    const second = await open({ clientId: name, clean: false });
    assert.equal(second.connacks[0].sessionPresent, present);
    await leave(second); // it gave no expiry, so the session ends here
  }
});
