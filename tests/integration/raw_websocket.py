"""A WebSocket frame by frame, with every freedom to do it wrong."""

import os
import socket
import struct

from conditions import PATIENCE_SECONDS

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, section 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def frame(opcode, payload, final=True, masked=True, length=None):
    """`length` pretends another one."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if final else 0) | opcode])
    mask_bit = 0x80 if masked else 0
    if size < 126:
        head += bytes([mask_bit | size])
    elif size < 65536:
        head += bytes([mask_bit | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mask_bit | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[at & 3] for at, byte in enumerate(payload))


def handshake(port, path="/mqtt", protocol="mqtt", **fields):
    lines = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
             "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    if protocol is not None:
        lines["Sec-WebSocket-Protocol"] = protocol
    lines.update({name.replace("_", "-"): value for name, value in fields.items()})
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"GET {path} HTTP/1.1\r\n{text}\r\n".encode()


class RawWebSocket:
    def __init__(self, port, **options):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.sendall(handshake(port, **options))
        self.unread = b""
        head = self.read_head()
        self.status = int(head.split(" ")[1])
        self.head = head

    def fill(self):
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the connection is closed")
        self.unread += part

    def read_head(self):
        while b"\r\n\r\n" not in self.unread:
            self.fill()
        head, self.unread = self.unread.split(b"\r\n\r\n", 1)
        return head.decode("latin-1")

    def field(self, name):
        for line in self.head.split("\r\n")[1:]:
            key, value = line.split(":", 1)
            if key.lower() == name.lower():
                return value.strip()
        return None

    def take(self, count):
        while len(self.unread) < count:
            self.fill()
        out, self.unread = self.unread[:count], self.unread[count:]
        return out

    def read_frame(self):
        """(opcode, payload); fails on a masked or a fragmented one."""
        first, second = self.take(2)
        if not first & 0x80 or second & 0x80:
            raise AssertionError(f"a server's frame begins with {first:#x} {second:#x}")
        size = second
        if size == 126:
            size = struct.unpack("!H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.take(8))[0]
        return first & 0x0F, self.take(size)

    def read_binary(self, count):
        """So many bytes of MQTT, however they are framed."""
        out = b""
        while len(out) < count:
            opcode, payload = self.read_frame()
            if opcode != BINARY:
                raise AssertionError(f"a frame of type {opcode} came: {payload!r}")
            out += payload
        return out

    def send(self, data):
        self.socket.sendall(data)

    def send_binary(self, data):
        self.send(frame(BINARY, data))

    def expect_close(self):
        """The status of the close frame; then the connection must end."""
        while True:
            opcode, payload = self.read_frame()
            if opcode == CLOSE:
                break
        try:
            while True:
                self.fill()
        except ConnectionError:
            pass
        return struct.unpack("!H", payload[:2])[0] if payload else None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
