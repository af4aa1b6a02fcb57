"""One client of a script at one broker: it sends what the script says, acknowledges as the script says, and writes
down what it gets. Packet identifiers of the broker don't appear there: a message is known by its payload."""

import re
import socket
import struct

import packets
from packets import (CONNACK, DISCONNECT, NAMES, PINGREQ_BYTES, PINGRESP, PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL,
                     SUBACK, UNSUBACK)

PATIENCE = struct.pack("ll", 10, 0)  # of one read
NUMBER = re.compile(rb"[mw](\d+)")
WINDOW_OF_NONE = 65_535


def label_of(topic, payload):
    """What a message is known by within a script."""
    return f"{topic} {payload[:8].decode()}"


class Silent(Exception):
    """The broker did not answer."""


class Wire:
    """A socket that knows where packets end."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, PATIENCE)
        self.buffer = b""
        self.at = 0

    def send(self, raw):
        try:
            self.socket.sendall(raw)
        except OSError:
            pass  # what the broker said before it closed is still to be read

    def next_packet(self):
        """(first byte, body), or None at the end of the stream"""
        while True:
            found = packets.split(self.buffer, self.at)
            if found:
                first, begin, self.at = found
                return first, self.buffer[begin:self.at]
            try:
                more = self.socket.recv(65_536)
            except BlockingIOError:
                raise Silent() from None
            except OSError:
                return None
            if not more:
                return None
            self.buffer = self.buffer[self.at:] + more
            self.at = 0

    def end_sending(self):
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.close()


class Arrival:
    """A QoS 1 or 2 message of the broker that this client has not acknowledged to the end."""
    __slots__ = ("packet_id", "qos", "label", "number", "stage", "connection")

    def __init__(self, packet_id, qos, label, number, connection):
        self.packet_id, self.qos, self.label, self.number = packet_id, qos, label, number
        self.stage = "received"  # then, at QoS 2, "recorded" (PUBREC is out) and "released" (PUBREL came)
        self.connection = connection


class Client:
    def __init__(self, name, port, strip):
        self.name, self.port, self.strip = name, port, strip
        self.wire = None
        self.version = 4
        self.connections = 0
        self.connected = None  # the step of the present or last connection
        self.events = []
        self.arrivals = {}  # of the session, by packet identifier, in the order of arrival
        self.aliases_sent, self.aliases_received = {}, {}
        self.last_id = 0
        self.refused = False
        self.acted = False  # sent something by itself since this was last cleared

    @property
    def online(self):
        return self.wire is not None

    def send(self, raw):
        self.wire.send(raw)

    def next_id(self):
        self.last_id = self.last_id % 60_000 + 1
        return self.last_id

    def note(self, *event):
        self.events.append(event)

    # --- reading ---

    def read_until(self, kind):
        """Reads packets until one of this type has come; False when the connection ended before."""
        try:
            while True:
                got = self.wire.next_packet()
                if got is None:
                    self.lose()
                    return False
                first, body = got
                self.take(first, body)
                if first >> 4 == kind:
                    return True
        except Silent:
            self.note("STRANGE", f"no {NAMES[kind]} within 10 s")
        except (packets.Malformed, IndexError, UnicodeDecodeError) as problem:
            self.note("STRANGE", f"a packet that is none: {problem!r}")
        self.lose()
        return False

    def read_to_end(self):
        while self.online:
            self.read_until(None)

    def lose(self):
        self.wire.close()
        self.wire = None
        self.note("CLOSED")

    def ping(self):
        """A PINGREQ and its answer, which stays unwritten: a barrier."""
        self.send(PINGREQ_BYTES)
        return self.read_until(PINGRESP)

    def take(self, first, body):
        kind = first >> 4
        if kind == PUBLISH:
            self.take_publish(first, body)
        elif kind == PINGRESP:
            return
        elif kind in (PUBACK, PUBREC, PUBCOMP):
            packet_id, reason, properties = packets.read_acknowledgement(self.version, body)
            self.check_words(properties)
            self.refused = reason >= 0x80
            self.note(NAMES[kind], packet_id, reason)
        elif kind == PUBREL:
            self.take_release(body)
        elif kind in (SUBACK, UNSUBACK):
            packet_id, codes, properties = packets.read_codes(self.version, body)
            self.check_words(properties)
            self.note(NAMES[kind], packet_id, codes)
        elif kind == CONNACK:
            present, code, properties = packets.read_connack(self.version, body)
            if "assigned_client_id" in properties:
                properties["assigned_client_id"] = "some"
            if code == 0 and not present and self.version != 3:
                self.arrivals.clear()
            self.note("CONNACK", present, code, properties)
        elif kind == DISCONNECT and self.version == 5:
            self.note("DISCONNECT", *packets.read_disconnect(body))
        else:
            self.note("STRANGE", f"packet {first:#x} {body.hex()}")

    def check_words(self, properties):
        """A Reason String is not compared, but must not come where the client wants none. [MQTT-3.1.2-29]"""
        if properties and not self.connected.words:
            self.note("STRANGE", f"{sorted(properties)} although no problem information was asked for")

    # --- messages of the broker ---

    def take_publish(self, first, body):
        topic, qos, retain, dup, packet_id, payload, properties = packets.read_publish(self.version, first, body)
        topic = self.resolve(topic, properties)
        topic = topic[len(self.strip):] if topic.startswith(self.strip) else "?" + topic
        self.note("PUBLISH", topic, qos, retain, dup, payload, properties)
        if qos:
            found = NUMBER.match(payload)
            number = int(found[1]) if found else 0
            self.take_arrival(Arrival(packet_id, qos, label_of(topic, payload), number, self.connections), dup)
        elif dup:
            self.note("STRANGE", "DUP at QoS 0")

    def resolve(self, topic, properties):
        alias = properties.get("topic_alias")
        if alias is None:
            return topic
        if not 1 <= alias <= self.connected.alias_maximum:
            self.note("STRANGE", f"topic alias {alias}")
        if topic:
            self.aliases_received[alias] = topic
        return topic or self.aliases_received.get(alias, "?unknown alias")

    def take_arrival(self, new, dup):
        known = self.arrivals.get(new.packet_id)
        if known is not None and known.label != new.label:
            self.note("STRANGE", f"identifier of {known.label} used for {new.label}, dup {dup}")
            known = None
        if known is None:
            self.arrivals[new.packet_id] = new
            if dup:
                self.note("STRANGE", f"DUP on a first sending: {new.label}")
        else:
            if not dup or known.connection == self.connections:
                self.note("STRANGE", f"sent twice, dup {dup}: {new.label}")
            if known.stage != "received":
                self.note("STRANGE", f"sent after PUBREC: {new.label}")
            known.connection = self.connections
            new = known
        self.check_window()
        if self.connected.ack == "all":
            self.advance(new, True)
        elif self.connected.ack == "receipt" and new.qos == 2:
            self.advance(new, False)

    def check_window(self):
        limit = self.connected.receive_maximum
        in_window = sum(each.connection == self.connections for each in self.arrivals.values())
        if self.version == 5 and limit and in_window > limit:
            self.note("STRANGE", f"{in_window} messages beyond Receive Maximum {limit}")  # [MQTT-3.3.4-9]

    def take_release(self, body):
        packet_id, reason, properties = packets.read_acknowledgement(self.version, body)
        self.check_words(properties)
        arrival = self.arrivals.get(packet_id)
        if arrival is None or arrival.qos != 2:
            return self.note("PUBREL", "nothing", reason)
        self.note("PUBREL", arrival.label, reason)
        if arrival.stage == "received":
            self.note("STRANGE", f"PUBREL without PUBREC: {arrival.label}")
        again = arrival.connection != self.connections
        arrival.connection = self.connections
        arrival.stage = "released"
        if self.connected.ack == "all" or (again and self.connected.ack == "receipt"):
            self.advance(arrival, True)
        return None

    def advance(self, arrival, whole, reason=0):
        """One step on in the message's handshake; `whole`: its last one too, when it is due."""
        self.acted = True
        if arrival.qos == 1:
            del self.arrivals[arrival.packet_id]
            self.send(packets.acknowledgement(PUBACK, arrival.packet_id, self.version, reason))
        elif arrival.stage == "received":
            arrival.stage = "recorded"
            if reason and self.version == 5:
                del self.arrivals[arrival.packet_id]
            self.send(packets.acknowledgement(PUBREC, arrival.packet_id, self.version, reason))
        elif arrival.stage == "released" and whole:
            del self.arrivals[arrival.packet_id]
            self.send(packets.acknowledgement(PUBCOMP, arrival.packet_id, self.version))

    def acknowledge(self, chosen, whole, reason):
        """Of those that `chosen` says; with `whole`, what a PUBREC brings is answered as well."""
        for arrival in list(self.arrivals.values()):
            if arrival.connection != self.connections or not chosen(arrival.number):
                continue
            if arrival.qos == 1 and not whole:
                continue
            was_received = arrival.stage == "received"
            self.advance(arrival, whole, reason if was_received else 0)
            waits = arrival.qos == 2 and was_received and not (reason and self.version == 5)
            if waits and self.read_until(PUBREL) and whole and arrival.packet_id in self.arrivals:
                self.advance(arrival, True)
            if not self.online:
                return

    # --- own messages ---

    def publish(self, publication, topic, alias, packet_id, dup=False):
        """Sends one PUBLISH; the topic is left out when the alias stands for it on this connection."""
        properties = dict(publication.properties) if self.version == 5 else {}
        if alias and self.version == 5:
            properties["topic_alias"] = alias
            if self.aliases_sent.get(alias) == topic:
                topic = ""
            else:
                self.aliases_sent[alias] = topic
        self.send(packets.publish(self.version, topic, publication.payload, publication.qos, packet_id,
                                  publication.retain, dup, properties))
