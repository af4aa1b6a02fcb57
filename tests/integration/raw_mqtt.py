"""MQTT packets byte by byte, written for the tests only: a mistake of the broker cannot agree with itself."""

import socket
import struct

from conditions import PATIENCE_SECONDS

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 10, 11, 12, 13, 14
LARGEST_LENGTH = b"\xff\xff\xff\x7f"  # 268 435 455
PINGREQ_PACKET = b"\xc0\x00"


def varint(number):
    out = bytearray()
    while True:
        number, digit = divmod(number, 128)
        out.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(out)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(value)) + value


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def connect(client_id="", version=4, clean=True, keep_alive=60, properties=b""):
    name = "MQIsdp" if version == 3 else "MQTT"
    body = text(name) + bytes([version, 2 if clean else 0]) + struct.pack("!H", keep_alive)
    if version == 5:
        body += varint(len(properties)) + properties
    return packet(CONNECT, 0, body + text(client_id))


def publish(topic, payload=b"", qos=0, packet_id=1, version=4, retain=False):
    body = text(topic) + (struct.pack("!H", packet_id) if qos else b"")
    body += b"\x00" if version == 5 else b""
    return packet(PUBLISH, qos << 1 | retain, body + payload)


def subscribe(topic, qos=0, packet_id=1, version=4):
    body = struct.pack("!H", packet_id) + (b"\x00" if version == 5 else b"")
    return packet(SUBSCRIBE, 2, body + text(topic) + bytes([qos]))


def disconnect_reason(data):
    """The reason code of bytes that are one DISCONNECT of MQTT 5 and nothing else, with properties or without."""
    if len(data) < 3 or data[0] != DISCONNECT << 4 or data[1] != len(data) - 2:
        raise AssertionError(f"{data!r} is not one DISCONNECT with a reason")
    if len(data) > 3 and data[3] != len(data) - 4:
        raise AssertionError(f"the properties of {data!r} do not end with it")
    return data[2]


class RawClient:
    """A socket that knows where packets end, and nothing else about them."""

    def __init__(self, port, *first):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for each in first:
            self.send(each)

    @classmethod
    def online(cls, port, client_id, version=4, **options):
        made = cls(port, connect(client_id, version, **options))
        kind, body = made.read_packet()
        if kind >> 4 != CONNACK or body[1] != 0:
            raise AssertionError(f"CONNECT was answered with {kind:#x} {body!r}")
        return made

    def send(self, data):
        self.socket.sendall(data)

    def read_exactly(self, count):
        out = b""
        while len(out) < count:
            part = self.socket.recv(count - len(out))
            if not part:
                raise ConnectionError("the connection is closed")
            out += part
        return out

    def read_packet(self):
        """(first byte, body)"""
        first = self.read_exactly(1)[0]
        length, shift = 0, 0
        while True:
            digit = self.read_exactly(1)[0]
            length |= (digit & 0x7F) << shift
            shift += 7
            if not digit & 0x80:
                return first, self.read_exactly(length)

    def expect(self, kind):
        first, body = self.read_packet()
        if first >> 4 != kind:
            raise AssertionError(f"packet {first:#x} {body!r} came instead of type {kind}")
        return body

    def read_to_end(self, seconds=PATIENCE_SECONDS):
        """Everything until the broker closes the connection; fails when it does not."""
        self.socket.settimeout(seconds)
        out = b""
        try:
            while True:
                part = self.socket.recv(65536)
                if not part:
                    return out
                out += part
        except ConnectionError:
            return out
        except socket.timeout:
            raise AssertionError(f"the connection was still open after {seconds} s; it said {out!r}") from None

    def ping(self):
        self.send(PINGREQ_PACKET)
        return self.expect(PINGRESP)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
