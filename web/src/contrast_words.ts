// The sentences that say what the pictures of /contrast show. They hold no number that was not measured.
import { type contrast, type contrast_row, row_named } from './contrast_result';
import { count, counted } from './wording';

const names: Record<string, string> = {
  'mqtt-qos0': 'MQTT QoS 0',
  'mqtt-qos1': 'MQTT QoS 1',
  'mqtt-qos2': 'MQTT QoS 2',
  'mqtt5-qos0-alias': 'MQTT topic alias',
  'websocket-qos0': 'MQTT over WebSocket',
  'post-curl': 'POST from curl',
  'post-browser': 'POST from a browser',
  sse: 'Server-sent events',
  'long-poll': 'Long poll',
  'poll-changed': 'Poll, something new',
  'poll-unchanged': 'Poll, nothing new',
  'mqtt-ping': 'MQTT PINGREQ',
  'websocket-ping': 'The same over WebSocket',
  'http-curl': 'GET from curl',
  'http-browser': 'GET from a browser',
  'http-posts': 'A POST for each',
  'mqtt-publish': 'One PUBLISH',
  mqtt: 'MQTT',
};

export function way_name(way: string): string {
  return names[way] ?? way;
}

export function times(large: number, small: number): string {
  if (small <= 0) return 'many';
  const ratio = large / small;
  return ratio < 10 ? String(Math.round(ratio * 10) / 10) : count(Math.round(ratio));
}

export function bytes_text(bytes: number): string {
  return `${count(Math.round(bytes * 10) / 10)} B`;
}

export function time_text(microseconds: number): string {
  if (microseconds < 1000) return `${count(Math.round(microseconds))} µs`;
  return `${count(Math.round(microseconds / 100) / 10)} ms`;
}

function per_message(row: contrast_row): number {
  return row.bytes_per_message ?? 0;
}

function compared(small: contrast_row, large: contrast_row, size: number, way: string): string {
  return (
    `The same ${counted(size, 'byte')} take ${bytes_text(per_message(small))} by ${way_name(small.way)} and ` +
    `${bytes_text(per_message(large))} by ${way}: ${times(per_message(large), per_message(small))} times as many.`
  );
}

const only_mqtt = 'Only MQTT is spoken here, so there is nothing to compare it with.';

export function publish_sentence(result: contrast): string {
  const small = row_named(result.rows.publish, 'mqtt-qos0');
  const large = row_named(result.rows.publish, 'post-browser');
  if (!small || !large) return only_mqtt;
  const share = (100 * large.payload_bytes) / (large.payload_bytes + large.header_bytes);
  return `${compared(small, large, result.size, way_name(large.way))} Of what the browser sends and gets, ${share.toFixed(1)} % is the payload.`;
}

export function receive_sentence(result: contrast): string {
  const small = row_named(result.rows.receive, 'mqtt-qos0');
  const large = row_named(result.rows.receive, 'poll-changed');
  if (!small || !large) return only_mqtt;
  const vain = row_named(result.rows.receive, 'poll-unchanged');
  const more = vain ? ` A poll that finds nothing new takes ${bytes_text(per_message(vain))} all the same.` : '';
  return `${compared(small, large, result.size, 'a poll that finds them')}${more}`;
}

export function ping_sentence(result: contrast): string {
  const ping = row_named(result.rows.ping, 'mqtt-ping');
  if (!ping) return '';
  const up = ping.to_server / ping.messages;
  const down = ping.to_client / ping.messages;
  const curl = row_named(result.rows.ping, 'http-curl');
  const said = `To say that it is still there, an MQTT client sends ${counted(up, 'byte')} and gets ${counted(down, 'byte')}`;
  if (!curl) return `${said}.`;
  return `${said}; a request on an HTTP connection that is kept open takes ${bytes_text(per_message(curl))}.`;
}

export function fan_out_sentence(result: contrast): string {
  const one = row_named(result.rows.fan_out, 'mqtt-publish');
  const posts = row_named(result.rows.fan_out, 'http-posts');
  if (!one) return '';
  const said = `By MQTT the sender sends ${bytes_text(one.to_server)} once, and ${counted(one.connections - 1, 'receiver')} had it after ${time_text(one.latency_us ?? 0)}.`;
  if (!posts) return said;
  return `${said} With ${counted(posts.messages, 'POST')}, one for each, it sends ${bytes_text(posts.to_server)} and is done after ${time_text(posts.latency_us ?? 0)}.`;
}

export function time_sentence(result: contrast): string {
  const small = row_named(result.rows.publish, 'mqtt-qos0');
  const large = row_named(result.rows.publish, 'post-browser');
  if (!small || !large) return '';
  return `From sender to receiver: ${time_text(small.latency_us ?? 0)} by MQTT, ${time_text(large.latency_us ?? 0)} by POST. For the sender's CPU that is ${time_text(small.cpu_us ?? 0)} against ${time_text(large.cpu_us ?? 0)} for each message.`;
}

export function idle_bytes(row: contrast_row): number {
  return row.connections > 0 ? (row.to_server + row.to_client) / row.connections : 0;
}

export function idle_memory(row: contrast_row): number {
  return row.connections > 0 ? (row.memory_bytes ?? 0) / row.connections : 0;
}

export function idle_sentence(result: contrast): string {
  const mqtt = row_named(result.rows.idle, 'mqtt');
  const poll = row_named(result.rows.idle, 'long-poll');
  if (!mqtt) return '';
  const of = (row: contrast_row) => bytes_text(row.to_server + row.to_client);
  const said = `In ${counted(result.seconds, 'second')} in which nothing happened, with a sign of life each second, ${counted(mqtt.connections, 'MQTT client')} took ${of(mqtt)}`;
  if (!poll) return `${said}.`;
  return `${said}, and ${counted(poll.connections, 'long poll')} ${of(poll)}.`;
}
