// The lines that do over MQTT what this page does over HTTP, with the tools that Debian calls mosquitto-clients.
import type { broker_address } from './broker_address';
import { fits_a_command_line, shell_quote } from './curl_line';
import type { publication } from './publication';

function line(tool: string, { host, port }: broker_address, words: string[]): string {
  return [tool, '-h', host, '-p', String(port), ...words].map(shell_quote).join(' ');
}

export function mosquitto_pub_line(at: broker_address, message: publication): string {
  const { topic, payload, qos, retain, properties: given } = message;
  const words = ['-t', topic, '-q', String(qos)];
  if (retain) words.push('-r');
  if (payload === '') words.push('-n');
  else if (fits_a_command_line(payload)) words.push('-m', payload);
  else words.push('-f', 'payload.bin');
  const properties: string[][] = [];
  if (given?.expiry) properties.push(['message-expiry-interval', given.expiry]);
  if (given?.content_type) properties.push(['content-type', given.content_type]);
  if (given?.response_topic) properties.push(['response-topic', given.response_topic]);
  if (given?.correlation) properties.push(['correlation-data', given.correlation]);
  if (given?.utf8) properties.push(['payload-format-indicator', '1']);
  for (const pair of given?.user ?? []) if (pair.join('') !== '') properties.push(['user-property', ...pair]);
  if (properties.length > 0) words.push('-V', '5', ...properties.flatMap((each) => ['-D', 'publish', ...each]));
  return line('mosquitto_pub', at, words);
}

export function mosquitto_clear_line(at: broker_address, filter: string): string {
  return line('mosquitto_sub', at, ['-t', filter, '--remove-retained', '--retained-only', '-W', '5']);
}

export function mosquitto_sub_line(at: broker_address, filter: string, qos: number): string {
  return line('mosquitto_sub', at, ['-v', '-V', '5', '-q', String(qos), '-t', filter]);
}
