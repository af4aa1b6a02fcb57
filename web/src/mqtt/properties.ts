// The 27 properties of MQTT 5 (section 2.2.2), by the names of the specification.
import { byte_reader, byte_writer, wire_error } from './bytes';

export interface properties {
  payload_format_indicator?: number;
  message_expiry_interval?: number;
  content_type?: string;
  response_topic?: string;
  correlation_data?: Uint8Array;
  subscription_identifier?: number[];
  session_expiry_interval?: number;
  assigned_client_identifier?: string;
  server_keep_alive?: number;
  authentication_method?: string;
  authentication_data?: Uint8Array;
  request_problem_information?: number;
  will_delay_interval?: number;
  request_response_information?: number;
  response_information?: string;
  server_reference?: string;
  reason_string?: string;
  receive_maximum?: number;
  topic_alias_maximum?: number;
  topic_alias?: number;
  maximum_qos?: number;
  retain_available?: number;
  user_property?: [string, string][];
  maximum_packet_size?: number;
  wildcard_subscription_available?: number;
  subscription_identifier_available?: number;
  shared_subscription_available?: number;
}

type wire_type = 'byte' | 'two_bytes' | 'four_bytes' | 'text' | 'binary' | 'variable_list' | 'pair_list';

const property_table: readonly (readonly [number, keyof properties, wire_type])[] = [
  [1, 'payload_format_indicator', 'byte'],
  [2, 'message_expiry_interval', 'four_bytes'],
  [3, 'content_type', 'text'],
  [8, 'response_topic', 'text'],
  [9, 'correlation_data', 'binary'],
  [11, 'subscription_identifier', 'variable_list'],
  [17, 'session_expiry_interval', 'four_bytes'],
  [18, 'assigned_client_identifier', 'text'],
  [19, 'server_keep_alive', 'two_bytes'],
  [21, 'authentication_method', 'text'],
  [22, 'authentication_data', 'binary'],
  [23, 'request_problem_information', 'byte'],
  [24, 'will_delay_interval', 'four_bytes'],
  [25, 'request_response_information', 'byte'],
  [26, 'response_information', 'text'],
  [28, 'server_reference', 'text'],
  [31, 'reason_string', 'text'],
  [33, 'receive_maximum', 'two_bytes'],
  [34, 'topic_alias_maximum', 'two_bytes'],
  [35, 'topic_alias', 'two_bytes'],
  [36, 'maximum_qos', 'byte'],
  [37, 'retain_available', 'byte'],
  [38, 'user_property', 'pair_list'],
  [39, 'maximum_packet_size', 'four_bytes'],
  [40, 'wildcard_subscription_available', 'byte'],
  [41, 'subscription_identifier_available', 'byte'],
  [42, 'shared_subscription_available', 'byte'],
];
const by_id = new Map(property_table.map((row) => [row[0], row]));

export function write_properties(packet: byte_writer, given: properties = {}): void {
  const block = new byte_writer();
  for (const [id, name, type] of property_table) {
    const value = given[name];
    if (value === undefined) continue;
    if (type === 'pair_list')
      for (const [key, text] of value as [string, string][]) block.byte(id).text(key).text(text);
    else if (type === 'variable_list') for (const each of value as number[]) block.byte(id).variable(each);
    else block.byte(id)[type](value as never);
  }
  const bytes = block.done();
  packet.variable(bytes.length).raw(bytes);
}

export function read_properties(packet: byte_reader): properties {
  const block = new byte_reader(packet.raw(packet.variable()));
  const found: Record<string, unknown> = {};
  while (block.left() > 0) {
    const row = by_id.get(block.byte());
    if (!row) throw new wire_error('a property that does not exist');
    const [, name, type] = row;
    if (type === 'pair_list') ((found[name] ??= []) as unknown[]).push([block.text(), block.text()]);
    else if (type === 'variable_list') ((found[name] ??= []) as unknown[]).push(block.variable());
    else if (name in found) throw new wire_error(`${name} twice`); // [MQTT-2.2.2-2]
    else found[name] = block[type]();
  }
  return found as properties;
}
