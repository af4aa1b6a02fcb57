import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byte_reader, byte_writer, from_utf8, to_utf8, wire_error } from '../src/mqtt/bytes';
import * as wire from '../src/mqtt/packets';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const one = (text: string): wire.received_packet => {
  const found = new wire.packet_splitter().take(bytes(text));
  assert.equal(found.length, 1);
  return found[0]!;
};

test('lengths of one to four bytes, at their bounds', () => {
  for (const [value, text] of [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
    [268_435_455, 'ffffff7f'],
  ] as const) {
    assert.equal(hex(new byte_writer().variable(value).done()), text);
    assert.equal(new byte_reader(bytes(text)).variable(), value);
  }
  assert.throws(() => new byte_writer().variable(268_435_456), wire_error);
  assert.throws(() => new byte_reader(bytes('8080808001')).variable(), wire_error);
});

test('four bytes hold the largest expiry', () => {
  assert.equal(hex(new byte_writer().four_bytes(0xffffffff).four_bytes(1).done()), 'ffffffff00000001');
  assert.equal(new byte_reader(bytes('ffffffff')).four_bytes(), 0xffffffff);
});

test('text keeps U+FEFF, and refuses U+0000, half surrogates and what is no UTF-8', () => {
  assert.equal(new byte_reader(new byte_writer().text('\ufeffé☃😀').done()).text(), '\ufeffé☃😀');
  for (const text of ['a\0b', 'a\ud800', '\udc00b', '\ud800\ud800\udc00'])
    assert.throws(() => new byte_writer().text(text), wire_error, JSON.stringify(text));
  assert.equal(hex(to_utf8('😀')), 'f09f9880');
  assert.equal(from_utf8(bytes('ff')), undefined);
  assert.throws(() => new byte_reader(bytes('0001c3')).text(), wire_error);
  assert.throws(() => new byte_reader(bytes('000361')).text(), wire_error);
});

test('CONNECT, plain', () => {
  const packet = wire.encode_connect({ client_id: 'pad', clean_start: true, keep_alive: 30 });
  assert.equal(hex(packet), '1010' + '00044d515454' + '05' + '02' + '001e' + '00' + '0003706164');
});

test('CONNECT with user, password, will and session expiry', () => {
  const packet = wire.encode_connect({
    client_id: '',
    clean_start: false,
    keep_alive: 0,
    user: 'u',
    password: 'p',
    will: { topic: 'w', payload: bytes('01'), qos: 1, retain: true, properties: { will_delay_interval: 5 } },
    properties: { session_expiry_interval: 600, receive_maximum: 100 },
  });
  assert.equal(
    hex(packet),
    '1027' + '00044d515454' + '05' + 'ec' + '0000' + '08' + '1100000258' + '210064' + '0000' +
      '05' + '1800000005' + '000177' + '000101' + '000175' + '000170',
  );
});

test('PUBLISH at each quality, with properties and with user properties in their order', () => {
  const message = { topic: 'a/b', payload: to_utf8('21.5'), retain: false } as const;
  assert.equal(hex(wire.encode_publish({ ...message, qos: 0 }, 7, false)), '300a0003612f620032312e35');
  assert.equal(hex(wire.encode_publish({ ...message, qos: 1, retain: true }, 7, false)), '330c0003612f6200070032312e35');
  assert.equal(hex(wire.encode_publish({ ...message, qos: 2 }, 0x1234, true)), '3c0c0003612f6212340032312e35');
  const properties = { content_type: 't', correlation_data: bytes('00ff'), user_property: [['k', '1'], ['k', '2']] as [string, string][] };
  const packet = wire.encode_publish({ ...message, qos: 0, payload: bytes(''), properties }, 0, false);
  assert.equal(hex(packet), '301d' + '0003612f62' + '17' + '03000174' + '09000200ff' + '2600016b000131' + '2600016b000132');
});

test('SUBSCRIBE with options, UNSUBSCRIBE, the rest', () => {
  const wanted = { filter: 'a/#', qos: 1, no_local: true, retain_as_published: true, retain_handling: 2, identifier: 200 } as const;
  assert.equal(hex(wire.encode_subscribe(1, [wanted])), '820c' + '0001' + '030bc801' + '0003612f23' + '2d');
  assert.equal(hex(wire.encode_subscribe(2, [{ filter: '+', qos: 2 }])), '8207' + '0002' + '00' + '00012b' + '02');
  assert.equal(hex(wire.encode_unsubscribe(3, ['a', 'b'])), 'a209' + '0003' + '00' + '000161' + '000162');
  assert.equal(hex(wire.encode_acknowledgement('puback', 5)), '40020005');
  assert.equal(hex(wire.encode_acknowledgement('pubrec', 5, 0x80)), '5003000580');
  assert.equal(hex(wire.encode_acknowledgement('pubrel', 5)), '62020005');
  assert.equal(hex(wire.encode_acknowledgement('pubcomp', 5)), '70020005');
  assert.equal(hex(wire.encode_pingreq()), 'c000');
  assert.equal(hex(wire.encode_disconnect()), 'e000');
  assert.equal(hex(wire.encode_disconnect(0x81)), 'e00181');
});

test('CONNACK with properties', () => {
  assert.deepEqual(one('2014 01 00 11 120003783432 210014 130005 2400 220001'), {
    kind: 'connack',
    session_present: true,
    reason: 0,
    properties: {
      assigned_client_identifier: 'x42',
      receive_maximum: 20,
      server_keep_alive: 5,
      maximum_qos: 0,
      topic_alias_maximum: 1,
    },
  });
});

test('PUBLISH as received', () => {
  assert.deepEqual(one('3d 15 0001 74 0009 0e 2600016b000176 0b8101 0b05 0101 ff'), {
    kind: 'publish',
    id: 9,
    dup: true,
    message: {
      topic: 't',
      payload: bytes('ff'),
      qos: 2,
      retain: true,
      properties: { user_property: [['k', 'v']], subscription_identifier: [129, 5], payload_format_indicator: 1 },
    },
  });
});

test('acknowledgements, short and long', () => {
  assert.deepEqual(one('40020005'), { kind: 'puback', id: 5, reason: 0, properties: {} });
  assert.deepEqual(one('4003000510'), { kind: 'puback', id: 5, reason: 0x10, properties: {} });
  assert.deepEqual(one('5009 0005 87 05 1f00026e6f'), { kind: 'pubrec', id: 5, reason: 0x87, properties: { reason_string: 'no' } });
  assert.deepEqual(one('62020005'), { kind: 'pubrel', id: 5, reason: 0, properties: {} });
  assert.deepEqual(one('9005 0001 00 01 87'), { kind: 'suback', id: 1, reasons: [1, 0x87], properties: {} });
  assert.deepEqual(one('b004 0001 00 11'), { kind: 'unsuback', id: 1, reasons: [0x11], properties: {} });
  assert.deepEqual(one('d000'), { kind: 'pingresp' });
  assert.deepEqual(one('e000'), { kind: 'disconnect', reason: 0, properties: {} });
  assert.deepEqual(one('e0018e'), { kind: 'disconnect', reason: 0x8e, properties: {} });
});

test('packets are found wherever the frames cut them', () => {
  const all = bytes('d000 40020005 300500016100 78 d000');
  for (let size = 1; size <= all.length; size++) {
    const splitter = new wire.packet_splitter();
    const found: string[] = [];
    for (let at = 0; at < all.length; at += size)
      for (const packet of splitter.take(all.subarray(at, at + size))) found.push(packet.kind);
    assert.deepEqual(found, ['pingresp', 'puback', 'publish', 'pingresp'], `cut each ${size} bytes`);
  }
});

test('what no broker may send is refused', () => {
  for (const [text, why] of [
    ['360600016100057 8'.replaceAll(' ', ''), 'QoS 3'],
    ['10020000', 'CONNECT from a broker'],
    ['f000', 'AUTH, which we never offer'],
    ['2006 00 00 03 2403 00', 'a property of one byte followed by one that does not exist'],
    ['2008 00 00 05 2400 2401 00', 'a property twice'],
    ['3004 0005 61 00', 'a topic longer than the packet'],
    ['4001 00', 'half a packet identifier'],
    ['30 ffffffff 7f', 'a length of five bytes'],
  ] as const)
    assert.throws(() => new wire.packet_splitter().take(bytes(text)), wire_error, why);
  assert.throws(() => new wire.packet_splitter(10).take(bytes('300b')), wire_error, 'a packet above the bound');
});
