// Connections that break while messages are on their way: nothing is lost, and QoS 2 arrives exactly once.
import assert from 'node:assert/strict';
import { cut, each_door, kept, numbers, texts, until } from './mqttjs_client.mjs';

const versions = [3, 4, 5];
const total = 1200;
const step = 200;
const reconnect_ms = 20;

// Breaks the connection in the middle, each time that so many more packets of these kinds have come.
function cut_often(client, kinds) {
  let seen = 0;
  let cuts = 0;
  client.on('packetreceive', ({ cmd }) => {
    if (!kinds.includes(cmd) || ++seen % step !== 0) return;
    cuts += 1;
    cut(client);
  });
  return () => cuts;
}

// A PUBREL that is sent again may find its identifier released already: PUBCOMP with reason 0x92 is then no error
// (section 3.7.2.1 of MQTT 5.0), but mqtt.js calls it one.
function forgive_recovery(failure) {
  if (failure.code !== 0x92) throw failure;
}

async function deliver({ topic, open, version, name }, qos, breaks) {
  const reader = await open({ ...kept(version, `${name}-reader`), reconnectPeriod: reconnect_ms });
  const writer = await open({ ...kept(version, `${name}-writer`), reconnectPeriod: reconnect_ms });
  await reader.subscribeAsync(topic, { qos });
  const count_cuts = breaks(reader, writer);
  const sent = numbers(total);
  await Promise.all(sent.map((each) => writer.publishAsync(topic, each, { qos }).catch(forgive_recovery)));
  await until(() => new Set(texts(reader)).size >= total, `${total} messages came`);
  assert.ok(count_cuts() >= Math.floor(total / step), `the connection was cut only ${count_cuts()} times`);
  // With QoS 1 a message may come twice; without its repetitions the order is that of the sender [MQTT-4.6.0-5].
  assert.deepEqual([...new Set(texts(reader))], sent);
  if (qos === 2) assert.equal(reader.messages.length, total); // [MQTT-4.3.3-10] [MQTT3-4.3.3-2]
}

const at_reader = (reader) => cut_often(reader, ['publish']);
const at_writer = (_reader, writer) => cut_often(writer, ['puback', 'pubrec', 'pubcomp']);

for (const qos of [1, 2]) {
  const promise = qos === 1 ? 'nothing is lost' : 'each message comes once';
  each_door(`a receiver is cut off: ${promise} with QoS ${qos}`, versions, (test) => deliver(test, qos, at_reader));
  each_door(`a sender is cut off: ${promise} with QoS ${qos}`, versions, (test) => deliver(test, qos, at_writer));
}
