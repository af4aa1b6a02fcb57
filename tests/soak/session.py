"""One client of the soak, as a proper client behaves: its session outlives its connections, it sends again with DUP
what was not acknowledged, and it remembers the identifiers of QoS 2 until their PUBREL."""

import asyncio
import socket

import packets
from ledger import Receiver
from packets import (CONNACK, DISCONNECT, NAMES, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, UNSUBACK)

WINDOW = 4  # messages of one publisher that wait for their acknowledgement
ANSWER_SECONDS_MAX = 60  # a sanitizer build on a busy machine
MARK = b"soak"  # what the payload of a numbered message begins with
SMALL_BUFFER = 4096


class Sent:
    """A message of this client that is not acknowledged to the end."""
    __slots__ = ("topic", "payload", "qos", "retain", "number", "released")

    def __init__(self, topic, payload, qos, retain, number):
        self.topic, self.payload, self.qos, self.retain, self.number = topic, payload, qos, retain, number
        self.released = False


class Link(asyncio.Protocol):
    """One connection: cuts its bytes into packets."""

    def __init__(self, session):
        self.session = session
        self.transport = None
        self.buffer = b""
        self.given_up = False  # by this side
        self.silent = False  # acknowledges nothing any more: it will be cut
        self.aliases_sent, self.aliases_received = {}, {}
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=1 << 20)

    def data_received(self, more):
        buffer = self.buffer + more if self.buffer else more
        at = 0
        while True:
            found = packets.split(buffer, at)
            if found is None:
                break
            first, begin, at = found
            self.session.take(self, first, buffer[begin:at])
        self.buffer = buffer[at:]

    def connection_lost(self, problem):
        if not self.ended.done():
            self.ended.set_result(None)
        self.session.lost(self)

    def send(self, raw):
        if not self.given_up and not self.transport.is_closing():
            self.transport.write(raw)

    def acknowledge(self, kind, packet_id):
        if not self.silent:
            self.send(packets.acknowledgement(kind, packet_id))

    def cut(self, last_bytes=b"", hard=False):
        """Ends the connection without DISCONNECT; `hard`: what was not read on either side is thrown away."""
        if last_bytes:
            self.send(last_bytes)
        self.given_up = True
        if hard:
            self.transport.abort()
        else:
            self.transport.close()

    def rest(self, resting):
        if not self.transport.is_closing():
            self.transport.pause_reading() if resting else self.transport.resume_reading()


class Session(Receiver):
    def __init__(self, name, version, port, ledger, draw, room=0):
        super().__init__(name, ledger)
        self.version, self.port, self.draw, self.room = version, port, draw, room
        self.link = None  # the present connection, once CONNACK has come
        self.connections = 0
        self.unacknowledged = {}  # Sent, by packet identifier, in the order of sending
        self.open_ids = {}  # QoS 2 messages of the broker without PUBREL: what they were
        self.answers = {}  # futures of SUBACK and UNSUBACK
        self.last_id = 0
        self.changed = asyncio.Event()  # something came that a waiting publisher may want to know
        self.pending = None  # the connection whose CONNACK is awaited
        self.connack = None
        self.small_buffer = draw.random() < 0.2

    @property
    def online(self):
        return self.link is not None and not self.link.given_up

    # --- connections ---

    async def connect(self, will=None):
        """A take-over where there is a connection: what the old one still brings is read before the new one."""
        old, self.link = self.link, None
        fresh = self.pending = Link(self)
        self.connack = asyncio.get_running_loop().create_future()
        await asyncio.get_running_loop().create_connection(lambda: fresh, sock=await self.make_socket())
        fresh.rest(old is not None)  # not earlier: asyncio would begin to read nevertheless
        properties = {"session_expiry": 86_400, "topic_alias_maximum": 5} if self.version == 5 else None
        fresh.send(packets.connect(self.name, self.version, False, 120, properties, will))
        if old is not None:
            self.ledger.counts["take-overs"] += 1
            await self.in_time(asyncio.shield(old.ended), "the end of the connection that was taken over")
            fresh.rest(False)
        present, code, _ = await self.in_time(self.connack, "CONNACK")
        if code != 0:
            raise ConnectionError(f"{self.name} was refused with {code:#x}")
        if present != (self.connections > 0):
            self.ledger.problem("session lost", f"{self.name}, connection {self.connections}, present {present}")
        if fresh.ended.done():
            raise ConnectionError(f"{self.name}: closed right after CONNACK")
        self.connections += 1
        self.ledger.counts["connections"] += 1
        self.link = fresh
        self.send_again()
        self.changed.set()

    async def make_socket(self):
        made = socket.socket()
        self.ledger.counts["sockets"] += 1
        if self.small_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", self.port))
        return made

    async def in_time(self, waited, what):
        try:
            return await asyncio.wait_for(waited, ANSWER_SECONDS_MAX)
        except asyncio.TimeoutError:
            raise AssertionError(f"{self.name} waited {ANSWER_SECONDS_MAX} s for {what}") from None

    def lost(self, link):
        if link is self.link:
            self.link = None
            if not link.given_up:
                self.ledger.problem("closed by the broker", self.name)
        if link is self.pending and not self.connack.done():
            self.connack.set_exception(ConnectionError(f"{self.name}: closed before CONNACK"))
        for answer in self.answers.values():
            answer.cancel()
        self.answers.clear()
        self.changed.set()

    def send_again(self):
        """In the order of the first sending. [MQTT-4.4.0-1]"""
        for packet_id, sent in self.unacknowledged.items():
            if sent.released:
                self.link.acknowledge(PUBREL, packet_id)
                continue
            self.ledger.counts["sent again"] += 1
            if sent.qos == 1:
                self.ledger.resent.add((self.name, sent.topic, sent.number))
            self.link.send(self.encode(sent, packet_id, dup=True))

    # --- own messages ---

    def next_id(self):
        while True:
            self.last_id = self.last_id % 65_535 + 1
            if self.last_id not in self.unacknowledged and self.last_id not in self.answers:
                return self.last_id

    def encode(self, sent, packet_id, dup=False):
        topic, properties = sent.topic, None
        if self.version == 5 and len(topic) % 2:  # half of the topics, with few aliases that change their meaning
            alias = 1 + len(topic) % 7
            properties = {"topic_alias": alias}
            known = self.link.aliases_sent
            topic, known[alias] = ("" if known.get(alias) == topic else topic), topic
        return packets.publish(self.version, topic, sent.payload, sent.qos, packet_id, sent.retain, dup, properties)

    def has_room(self):
        return self.online and not self.link.silent and len(self.unacknowledged) < WINDOW

    async def room_in_window(self):
        while not self.has_room():
            self.changed.clear()
            await self.changed.wait()

    def publish(self, topic, qos, padding=b"", retain=False):
        """A numbered message of QoS 1 or 2. requires: online, room in the window"""
        number = self.ledger.publish(self.name, topic)
        sent = Sent(topic, b"%s %s %d " % (MARK, self.name.encode(), number) + padding, qos, retain, number)
        packet_id = self.next_id()
        self.unacknowledged[packet_id] = sent
        raw = self.encode(sent, packet_id)
        self.link.send(raw)
        self.ledger.counts[f"published at QoS {qos}"] += 1

    def publish_noise(self, topic, payload, retain):
        self.link.send(packets.publish(self.version, topic, payload, 0, 0, retain))
        self.ledger.counts["published at QoS 0"] += 1

    async def subscribe(self, *entries):
        """(codes of SUBACK), or nothing when the connection ended before."""
        packet_id = self.next_id()
        answer = self.answers[packet_id] = asyncio.get_running_loop().create_future()
        self.link.send(packets.subscribe(self.version, packet_id, entries))
        return await self.answer_of(answer, "SUBACK")

    async def unsubscribe(self, *filters):
        packet_id = self.next_id()
        answer = self.answers[packet_id] = asyncio.get_running_loop().create_future()
        self.link.send(packets.unsubscribe(self.version, packet_id, filters))
        return await self.answer_of(answer, "UNSUBACK")

    async def answer_of(self, answer, what):
        try:
            return await self.in_time(answer, what)
        except asyncio.CancelledError:
            if not answer.cancelled():
                raise
            return None

    # --- packets of the broker ---

    def take(self, link, first, body):
        kind = first >> 4
        if kind == PUBLISH:
            self.take_publish(link, first, body)
        elif kind == PUBREL:
            packet_id = packets.read_acknowledgement(self.version, body)[0]
            self.open_ids.pop(packet_id, None)
            link.acknowledge(PUBCOMP, packet_id)
        elif kind in (PUBACK, PUBREC, PUBCOMP):
            self.take_acknowledgement(link, kind, body)
        elif kind in (SUBACK, UNSUBACK):
            packet_id, codes, _ = packets.read_codes(self.version, body)
            answer = self.answers.pop(packet_id, None)
            if answer is not None and not answer.done():
                answer.set_result(codes)
        elif kind == CONNACK:
            self.connack.set_result(packets.read_connack(self.version, body))
        elif kind == DISCONNECT and self.version == 5:
            self.ledger.counts[f"DISCONNECT {packets.read_disconnect(body)[0]:#x}"] += 1
        elif kind != PINGRESP:
            self.ledger.problem("strange", f"{self.name} got {NAMES[kind]}")

    def take_acknowledgement(self, link, kind, body):
        packet_id, reason, _ = packets.read_acknowledgement(self.version, body)
        sent = self.unacknowledged.get(packet_id)
        if reason >= 0x80 and not (kind == PUBCOMP and reason == 0x92):
            self.ledger.problem("refused", f"{NAMES[kind]} of {self.name} says {reason:#x}")
        if kind == PUBREC:
            if sent is None or sent.qos != 2:
                return self.ledger.problem("strange", f"{self.name} got PUBREC for {packet_id}")
            sent.released = True
            link.acknowledge(PUBREL, packet_id)
        elif sent is None or (kind == PUBACK) != (sent.qos == 1):
            return self.ledger.problem("strange", f"{self.name} got {NAMES[kind]} for {packet_id}")
        else:
            del self.unacknowledged[packet_id]
            self.changed.set()
        return None

    def take_publish(self, link, first, body):
        topic, qos, _, dup, packet_id, payload, properties = packets.read_publish(self.version, first, body)
        alias = properties.get("topic_alias")
        if alias is not None:
            topic = topic or link.aliases_received.get(alias, "an unknown alias")
            link.aliases_received[alias] = topic
        if dup and self.connections == 0:
            self.ledger.problem("strange", f"{self.name} got a DUP on its first connection")
        self.ledger.counts[f"delivered at QoS {qos}"] += 1
        if qos == 0:
            return
        if qos == 1:
            self.deliver(topic, payload, qos, dup)
            link.acknowledge(PUBACK, packet_id)
            return
        known = self.open_ids.get(packet_id)
        if known is None:
            self.open_ids[packet_id] = (topic, payload[:40])
            self.deliver(topic, payload, qos, dup)
        elif not dup or known != (topic, payload[:40]):
            self.ledger.problem("strange", f"{self.name} got identifier {packet_id} again, dup {dup}")
        link.acknowledge(PUBREC, packet_id)

    def deliver(self, topic, payload, qos, dup):
        """To the application, so to say."""
        if not payload.startswith(MARK):
            return
        _, publisher, number, _ = payload.split(b" ", 3)
        self.record(publisher.decode(), topic, int(number), qos, dup)
