"""Stands between clients and the broker, and keeps the packets that go by, as they are on the wire."""

import contextlib
import socket
import threading

from raw_mqtt import CONNECT

NAMES = ("?", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK",
         "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH")
BROKER = "broker"


def varint_at(data, at):
    """A number in the form of MQTT, and where it ends; nothing while it is not all there."""
    number, shift = 0, 0
    while at < len(data):
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return number, at
    return None, at


def take_packet(data):
    """Cuts the first packet off; nothing while it is not all there."""
    length, begin = varint_at(data, 1)
    if length is None or len(data) < begin + length:
        return None
    packet = bytes(data[:begin + length])
    del data[:begin + length]
    return packet


def client_id(connect):
    """MQTT 5, section 3.1.3.1: behind the protocol name, its version, the flags, keep alive and the properties."""
    _, at = varint_at(connect, 1)
    at += 2 + int.from_bytes(connect[at:at + 2], "big")
    version = connect[at]
    at += 4
    if version == 5:
        length, at = varint_at(connect, at)
        at += length
    return connect[at + 2:at + 2 + int.from_bytes(connect[at:at + 2], "big")].decode()


class Connection:
    def __init__(self, recorder, socket_of_client):
        self.recorder, self.client = recorder, "?"
        self.ours = socket_of_client
        self.its = socket.create_connection(("127.0.0.1", recorder.target))
        for source, target, up in ((self.ours, self.its, True), (self.its, self.ours, False)):
            threading.Thread(target=self.carry, args=(source, target, up), daemon=True).start()

    def carry(self, source, target, up):
        data = bytearray()
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                data += part
                while packet := take_packet(data):
                    self.keep(packet, up)
                target.sendall(part)
        for each in (source, target):  # where one side ends, the other learns of it
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()

    def keep(self, packet, up):
        if packet[0] >> 4 == CONNECT:
            self.client = client_id(packet)
        source, target = (self.client, BROKER) if up else (BROKER, self.client)
        self.recorder.keep(self.client, f"{source} → {target} {NAMES[packet[0] >> 4]} {packet.hex(' ')}")


class PacketRecorder:
    """requires: clients have ids of their own, all else is told apart by them."""

    def __init__(self, target):
        self.target, self.lock, self.kept = target, threading.Lock(), {}
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                Connection(self, self.listening.accept()[0])

    def keep(self, client, line):
        with self.lock:
            self.kept.setdefault(client, []).append(line)

    def packets(self, client):
        """One a line, in the order in which they went between this client and the broker."""
        with self.lock:
            return "\n".join(self.kept.get(client, ()))

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
