"""One connection to the broker: whole packets in and out, and what holds for every packet of a server."""

import socket
import threading
import time

import packet_parts
from packet_text import describe

SERVER_FLAGS = {2: 0, 4: 0, 5: 0, 6: 2, 7: 0, 9: 0, 11: 0, 13: 0, 14: 0, 15: 0}  # PUBLISH has any


class Failure(Exception):
    """The broker did something else."""


class Line:
    def __init__(self, name, version, address, patience, record):
        self.name, self.version, self.patience, self.record = name, version, patience, record
        self.socket = socket.create_connection(address, patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(patience)
        self.sent_at = time.monotonic()
        self.unread = b""
        self.put_back = None

    def send(self, some):
        self.record.append(f"{self.name} > {describe(some, self.version) if some else '(nothing)'}")
        # Reads while it writes, so that a large packet never waits for a broker that waits for us.
        try:
            if len(some) > 65536:
                writer = threading.Thread(target=self.send_large, args=(some,))
                writer.start()
                while writer.is_alive():
                    writer.join(0.005)
            else:
                self.socket.sendall(some)
        except OSError as failed:
            self.record.append(f"{self.name}   (could not send: {failed})")
        self.sent_at = time.monotonic()

    def send_large(self, some):
        try:
            self.socket.sendall(some)
        except OSError:
            pass  # what the broker said before it closed is read next

    def more(self):
        """False at the end of the stream."""
        try:
            part = self.socket.recv(262144)
        except socket.timeout:
            raise Failure(f"nothing came within {self.patience} s") from None
        except OSError:
            return False
        self.unread += part
        return bool(part)

    def read(self):
        """One whole packet, or None at the end."""
        if self.put_back is not None:
            packet, self.put_back = self.put_back, None
            return packet
        while True:
            size = self.packet_size()
            if size and len(self.unread) >= size:
                packet, self.unread = self.unread[:size], self.unread[size:]
                self.record.append(f"{self.name} < {describe(packet, self.version)}")
                self.check(packet)
                return packet
            if not self.more():
                if self.unread:
                    raise Failure(f"the connection ended inside a packet: {self.unread[:40].hex(' ')}")
                self.record.append(f"{self.name} < (closed)")
                return None

    def packet_size(self):
        for count in range(2, 6):
            if len(self.unread) < count:
                return 0
            if not self.unread[count - 1] & 0x80:
                return count + packet_parts.read_varint(self.unread, 1)[0]
        raise Failure(f"a Remaining Length of more than four bytes: {self.unread[:8].hex(' ')}")

    def check(self, packet):
        """What holds for every packet of a server."""
        kind, flags = packet[0] >> 4, packet[0] & 15
        length, at = packet_parts.read_varint(packet, 1)
        if packet[1:at] != packet_parts.varint(length):
            raise Failure("the Remaining Length has more bytes than it needs")
        if kind == 3:
            if flags >> 1 & 3 == 3 or flags & 14 == 8:
                raise Failure(f"PUBLISH with flags {flags:04b}")
        elif SERVER_FLAGS.get(kind) != flags:
            raise Failure(f"a server sends no packet with the first byte {packet[0]:02X}")

    def close(self):
        self.socket.close()
