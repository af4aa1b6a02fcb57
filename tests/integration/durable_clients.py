"""MQTT clients that keep their half of a session over the death of the broker, as the standard asks: publishers that send
again what was not acknowledged, and receivers that know what they have. For the kill test."""

import collections
import select
import socket
import struct
import threading
import time

import raw_mqtt
from raw_mqtt import (CONNACK, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, SUBSCRIBE, connect, packet, text,
                      varint)

ANSWER_SECONDS = 60  # a build with sanitizers on a busy machine
WINDOW = 20
EXPIRY_SECONDS = 100_000
DUP = 8


class Gone(Exception):
    """The broker closed the connection, or is not there."""


class Violation(AssertionError):
    """The broker broke its word."""


class Wire:
    """A connection that is read packet by packet, and never in part."""

    def __init__(self, port):
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        except OSError as failure:
            raise Gone(str(failure)) from None
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = bytearray()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as failure:
            raise Gone(str(failure)) from None

    def packets(self, seconds):
        """What is there, after waiting so long for the first of it."""
        found = self.take()
        if found or not select.select([self.socket], [], [], seconds)[0]:
            return found
        try:
            part = self.socket.recv(1 << 18)
        except OSError as failure:
            raise Gone(str(failure)) from None
        if not part:
            raise Gone("closed")
        self.unread += part
        return self.take()

    def take(self):
        found, at = [], 0
        while True:
            length, shift, cursor = 0, 0, at + 1
            while cursor < len(self.unread):
                digit = self.unread[cursor]
                length |= (digit & 0x7F) << shift
                shift, cursor = shift + 7, cursor + 1
                if not digit & 0x80:
                    break
            else:
                break
            if cursor + length > len(self.unread):
                break
            found.append((self.unread[at], bytes(self.unread[cursor:cursor + length])))
            at = cursor + length
        del self.unread[:at]
        return found

    def expect(self, kind):
        """The body of the next packet, which has to be of this kind; others that come with it stay."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            found = self.packets(0.1)
            if not found:
                continue
            if found[0][0] >> 4 != kind:
                raise Violation(f"packet {found[0][0]:#x} came instead of type {kind}")
            self.unread[:0] = b"".join(bytes([first]) + varint(len(body)) + body for first, body in found[1:])
            return found[0][1]
        raise Violation(f"no packet of type {kind} came in {ANSWER_SECONDS} s")

    def close(self):
        self.socket.close()


class DurableClient:
    def __init__(self, name, version):
        self.name, self.version = name, version
        self.wire = None
        self.must_be_present = False  # the broker has acknowledged something that belongs to the session

    def connect(self, port):
        self.wire = Wire(port)
        expiry = b"\x11" + struct.pack("!I", EXPIRY_SECONDS) if self.version == 5 else b""
        self.wire.send(connect(self.name, self.version, False, 600, expiry))
        answer = self.wire.expect(CONNACK)
        if answer[1] != 0:
            raise Gone(f"CONNECT of {self.name} was answered with {answer[1]:#x}")
        present = answer[0] == 1
        if self.must_be_present and not present:
            raise Violation(f"the session of {self.name} is lost")
        return present

    def answer(self, kind, packet_id):
        self.wire.send(packet(kind, 2 if kind == PUBREL else 0, struct.pack("!H", packet_id)))

    def drop(self):
        if self.wire is not None:
            self.wire.close()
            self.wire = None


class Publisher(DurableClient):
    """Numbers its messages. `owed`: numbers that the broker has taken responsibility for, since the last check;
    `refused`: those that it has said no to, which may come or not."""

    def __init__(self, name, version, qos, topic, retain=False, payload=None):
        super().__init__(name, version)
        self.qos, self.topic, self.retain = qos, topic, retain
        self.payload = payload or (lambda number: f"{name} {number} ".encode() + b"." * (number % 97))
        self.open = collections.OrderedDict()  # packet id: number, in the order of sending
        self.released = set()  # packet ids of those whose PUBREC came
        self.told = set()  # and whose PUBREL may have arrived
        self.next_number, self.next_id = 1, 1
        self.owed, self.refused = [], set()
        self.last_owed = collections.defaultdict(int)  # by topic

    def connect(self, port):
        present = super().connect(port)
        again = b""
        for packet_id, number in list(self.open.items()):  # [MQTT-4.4.0-1]
            if packet_id in self.released:
                again += packet(PUBREL, 2, struct.pack("!H", packet_id))
            else:
                again += self.encode(number, packet_id, DUP)
        self.wire.send(again)
        return present

    def topic_of(self, number):
        return self.topic(number) if callable(self.topic) else self.topic

    def encode(self, number, packet_id, flags=0):
        body = text(self.topic_of(number)) + struct.pack("!H", packet_id)
        body += b"\x00" if self.version == 5 else b""
        return packet(PUBLISH, self.qos << 1 | self.retain | flags, body + self.payload(number))

    def send_next(self):
        while self.next_id in self.open:
            self.next_id = self.next_id % 65_535 + 1
        self.open[self.next_id] = self.next_number
        data = self.encode(self.next_number, self.next_id)
        self.next_number += 1
        self.next_id = self.next_id % 65_535 + 1
        self.wire.send(data)

    def own(self, packet_id):
        number = self.open[packet_id]
        self.owed.append(number)
        topic = self.topic_of(number)
        self.last_owed[topic] = max(self.last_owed[topic], number)

    def take(self, first, body):
        kind = first >> 4
        if kind == raw_mqtt.DISCONNECT:
            raise Gone(f"DISCONNECT {body!r}")
        if kind not in (PUBACK, PUBREC, PUBCOMP):
            raise Violation(f"{self.name} got {first:#x} {body!r}")
        packet_id, = struct.unpack("!H", body[:2])
        is_bad = len(body) > 2 and body[2] >= 0x80
        if packet_id not in self.open:
            if kind == PUBREC:
                raise Violation(f"{self.name} got a PUBREC for {packet_id}, which is not open")
            return
        if kind == PUBCOMP:
            # One that was told twice may be unknown by then: section 4.4, and the reason code 0x92.
            if is_bad and (body[2] != 0x92 or packet_id not in self.told):
                raise Violation(f"{self.name}: the broker does not know packet id {packet_id} any more, which it "
                                f"acknowledged (PUBCOMP {body[2]:#x})")
            del self.open[packet_id]
            self.released.discard(packet_id)
            self.told.discard(packet_id)
        elif is_bad:
            self.refused.add(self.open.pop(packet_id))
        elif kind == PUBACK:
            self.own(packet_id)
            del self.open[packet_id]
        else:
            if packet_id not in self.released:
                self.own(packet_id)
                self.released.add(packet_id)
                self.must_be_present = True
            self.answer(PUBREL, packet_id)
            self.told.add(packet_id)

    def work(self, until):
        """Sends as the window has room, until the condition is true."""
        while not until():
            while len(self.open) < WINDOW and not until():
                self.send_next()
            for first, body in self.wire.packets(0.02):
                self.take(first, body)

    def settle(self):
        """Sends nothing new, until everything is acknowledged."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.open:
            if time.monotonic() > deadline:
                raise Violation(f"{self.name} got no acknowledgement of {list(self.open.items())[:5]} in "
                                f"{ANSWER_SECONDS} s")
            for first, body in self.wire.packets(0.1):
                self.take(first, body)


class Receiver(DurableClient):
    """Collects what comes as (publisher, number), and keeps the state that QoS 2 needs."""

    def __init__(self, name, version, qos, filters):
        super().__init__(name, version)
        self.qos, self.filters = qos, filters
        self.unreleased = {}  # QoS 2 messages that it has, and whose PUBREL has not come, by their packet ids
        self.came = []
        self.said = collections.deque(maxlen=2000)  # what came and went of late, for violations

    def connect(self, port):
        self.said.append(("CONNECT", None))
        return super().connect(port)

    def subscribe(self):
        options = b"\x00" if self.version == 5 else b""
        body = struct.pack("!H", 1) + options + b"".join(text(each) + bytes([self.qos]) for each in self.filters)
        self.wire.send(packet(SUBSCRIBE, 2, body))
        answer = self.wire.expect(SUBACK)
        if any(code > 2 for code in answer[-len(self.filters):]):
            raise Gone(f"SUBSCRIBE was answered with {answer!r}")
        self.must_be_present = True

    def take(self, first, body):
        kind = first >> 4
        if kind == PUBREL:
            packet_id, = struct.unpack("!H", body[:2])
            self.said.append(("PUBREL", packet_id))
            self.unreleased.pop(packet_id, None)
            return self.answer(PUBCOMP, packet_id)
        if kind == raw_mqtt.DISCONNECT:
            raise Gone(f"DISCONNECT {body!r}")
        if kind != PUBLISH:
            raise Violation(f"{self.name} got {first:#x} {body!r}")
        qos = first >> 1 & 3
        at = 2 + struct.unpack("!H", body[:2])[0]
        packet_id, = struct.unpack("!H", body[at:at + 2])
        at += 2
        if self.version == 5:  # properties of less than 128 bytes
            at += 1 + body[at]
        publisher, number = body[at:].split(b" ")[:2]
        self.take_message(qos, packet_id, (publisher.decode(), int(number)), bool(first & DUP))

    def take_message(self, qos, packet_id, message, is_again):
        self.said.append(("PUBLISH", packet_id, qos, message, is_again))
        known = self.unreleased.get(packet_id) if qos == 2 else None
        if known not in (None, message):
            raise Violation(f"{self.name} got {message} with packet id {packet_id}, under which it has {known} that is "
                            f"not released: {[each for each in self.said if each[1] in (packet_id, None)]}")
        if known is None:
            self.came.append(message)
        if qos == 2:
            self.unreleased[packet_id] = message
        self.answer(PUBREC if qos == 2 else PUBACK, packet_id)

    def work(self, until):
        while not until():
            for first, body in self.wire.packets(0.02):
                self.take(first, body)

    def read_until(self, marks):
        """Everything up to these messages."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not marks <= set(self.came):
            if time.monotonic() > deadline:
                raise Violation(f"{self.name} waited {ANSWER_SECONDS} s for {marks}; the last to come were "
                                f"{self.came[-3:]}")
            for first, body in self.wire.packets(0.1):
                self.take(first, body)
        self.came = [each for each in self.came if each not in marks]

    def came_by_publisher(self):
        """What came since the last time."""
        found = {}
        for publisher, number in self.came:
            found.setdefault(publisher, []).append(number)
        self.came = []
        return found


class Load:
    """Lets clients work, each in a thread of its own; who loses the connection comes back while the broker lives."""

    def __init__(self, port, is_alive):
        self.port, self.is_alive = port, is_alive
        self.over = threading.Event()
        self.threads, self.violations = [], []

    def run(self, client):
        thread = threading.Thread(target=self.keep_working, args=(client,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def keep_working(self, client):
        try:
            while not self.over.is_set() and self.is_alive():
                try:
                    if client.wire is None:
                        client.connect(self.port)
                    client.work(self.over.is_set)
                except Gone:
                    client.drop()
                    self.over.wait(0.02)
        except AssertionError as failure:
            self.violations.append(failure)

    def end(self):
        """After the broker was killed; raises the first violation."""
        self.over.set()
        for thread in self.threads:
            thread.join(2 * ANSWER_SECONDS)
            if thread.is_alive():
                raise AssertionError("a client did not end")
        if self.violations:
            raise self.violations[0]
