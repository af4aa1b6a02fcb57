"""Plays a script against one broker. After each step a barrier: what the step caused has arrived before the next one
begins, so that both brokers see the same order of events."""

import packets
from client import Client, Wire
from faults import FAULTS
from packets import CONNACK, PINGREQ_BYTES, PINGRESP, PUBACK, PUBCOMP, PUBREC, PUBREL, SUBACK, UNSUBACK
from steps import Connect

ROUNDS_MAX = 60


class Episode:
    """What one step caused: the events of each client, and what a rule may have to know beside them."""
    __slots__ = ("step", "events", "facts")

    def __init__(self, step, clients):
        self.step = step
        self.events = [[] for _ in range(clients)]
        self.facts = {}


class Janitor:
    """Looks at the retained messages of a script at its end, and removes them."""

    def __init__(self, port):
        self.port = port
        self.client = None

    def open(self):
        self.client = Client("janitor", self.port, "")
        self.client.connected = Connect(0, 5, True)
        self.client.version = 5
        self.client.wire = Wire(self.port)
        self.client.send(packets.connect("janitor", 5))
        self.client.read_until(CONNACK)

    def sweep(self, prefix):
        """The retained messages of the script, as events."""
        if self.client is None or not self.client.online:
            self.open()
        client = self.client
        client.strip, client.events = prefix, []
        client.send(packets.subscribe(5, 1, ((prefix + "#", 0x08),)) + packets.unsubscribe(5, 2, (prefix + "#",)))
        client.read_until(UNSUBACK)
        found = [event for event in client.events if event[0] in ("PUBLISH", "STRANGE")]
        client.send(b"".join(packets.publish(5, prefix + event[1], b"", retain=True) for event in found))
        client.ping()
        return found


class Player:
    def __init__(self, port, janitor):
        self.port = port
        self.janitor = janitor
        self.clients = []
        self.prefix = ""

    def play(self, script, prefix):
        """One episode a step, and those of the end."""
        self.prefix = prefix + "/"
        self.clients = [Client(f"{prefix}-{at}", self.port, self.prefix) for at in range(script.clients)]
        episodes = [self.episode(step, getattr(self, "do_" + type(step).__name__.lower())) for step in script.steps]
        episodes.append(self.episode("at the end all sessions are resumed", lambda _, facts: self.resume_all()))
        self.end_sessions()
        kept = Episode("what is retained at the end", script.clients)
        kept.events[0] = self.janitor.sweep(self.prefix)
        return episodes + [kept]

    def episode(self, step, act):
        made = Episode(step, len(self.clients))
        for client in self.clients:
            client.events = []
        act(step, made.facts)
        self.settle()
        for at, client in enumerate(self.clients):
            made.events[at] = client.events
        return made

    def settle(self):
        """Pings until nobody has anything more to say. A round in which nobody acknowledged is the last one."""
        asked = [client for client in self.clients if client.online]
        for _ in range(ROUNDS_MAX):
            for client in asked:
                client.acted = False
                client.send(PINGREQ_BYTES)
            for client in asked:
                client.read_until(PINGRESP)
            asked = [client for client in asked if client.acted and client.online]
            if not asked:
                return
        self.clients[0].note("STRANGE", "no end of deliveries")

    # --- steps; `facts` is for the rules ---

    def do_connect(self, step, facts):
        client = self.clients[step.client]
        old, last = client.wire, client.connected
        if old and step.nameless:
            return
        if last:
            facts["left"] = last
            facts["session ends"] = step.clean or not last.persistent
        facts["taken over"] = old is not None
        self.open(client, step)
        if old:
            fresh, client.wire = client.wire, old
            version, client.version = client.version, last.version
            client.note("OLD CONNECTION")
            client.read_to_end()
            client.wire, client.version = fresh, version

    def open(self, client, step):
        if step.version == 3 and (step.clean or client.connected is None or not client.connected.persistent):
            client.arrivals.clear()  # MQTT 3.1 has no Session Present that would say so
        client.wire, client.version, client.connected = Wire(self.port), step.version, step
        client.connections += 1
        client.aliases_sent, client.aliases_received = {}, {}
        client.acted = False
        properties = {}
        if step.version == 5:
            properties = {name: value for name, value in (
                ("session_expiry", step.expiry), ("receive_maximum", step.receive_maximum),
                ("topic_alias_maximum", step.alias_maximum), ("maximum_packet_size", step.packet_maximum)) if value}
            if not step.words:
                properties["request_problem"] = 0
        will = None
        if step.will:
            told = step.will
            will = (self.prefix + told.topic, told.payload, told.qos, told.retain, told.properties)
        name = "" if step.nameless else client.name
        client.send(packets.connect(name, step.version, step.clean, step.keep_alive, properties, will))
        client.read_until(CONNACK)

    def do_subscribe(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            entries = tuple((self.filter(entry.filter), entry.options(client.version)) for entry in step.entries)
            client.send(packets.subscribe(client.version, client.next_id(), entries, step.identifier))
            client.read_until(SUBACK)

    def filter(self, name):
        if not name.startswith("$share/"):
            return self.prefix + name
        _, group, rest = name.split("/", 2)
        return f"$share/{group}/{self.prefix}{rest}"

    def do_unsubscribe(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            filters = [self.filter(name) for name in step.filters]
            client.send(packets.unsubscribe(client.version, client.next_id(), filters))
            client.read_until(UNSUBACK)

    def do_publish(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            self.publish(client, step.publication, step.alias, client.next_id())
            if step.publication.qos == 2:
                self.release(client, client.last_id)

    def publish(self, client, publication, alias, packet_id, dup=False):
        """Up to the first answer."""
        client.refused = False
        client.publish(publication, self.prefix + publication.topic, alias, packet_id, dup)
        if publication.qos == 0:
            client.ping()
        else:
            client.read_until(PUBACK if publication.qos == 1 else PUBREC)

    @staticmethod
    def release(client, packet_id, again=False):
        if client.online and not client.refused:
            raw = packets.acknowledgement(PUBREL, packet_id, client.version)
            if again and client.version == 3:
                raw = b"\x6a" + raw[1:]  # MQTT 3.1 repeats a PUBREL with DUP
            client.send(raw)
            client.read_until(PUBCOMP)

    def do_interrupted(self, step, facts):
        client = self.clients[step.client]
        if not client.online:
            return
        packet_id = client.next_id()
        self.publish(client, step.publication, 0, packet_id)
        if step.how.startswith("cut") and client.connected.persistent and client.online:
            self.leave(client, facts)
            client.wire.end_sending()
            client.read_to_end()
            self.open(client, client.connected.resumed())
        if step.how.endswith("again") and client.online:
            self.publish(client, step.publication, 0, packet_id, dup=True)
        self.release(client, packet_id)
        if step.how == "release twice":
            self.release(client, packet_id, again=True)

    def do_acknowledge(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            client.acknowledge(lambda number: number % step.modulus == step.remainder, step.whole, step.reason)

    def do_stray(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            client.send(packets.acknowledgement(step.kind, step.packet_id, client.version))
            client.ping()

    def do_ping(self, step, facts):
        client = self.clients[step.client]
        if client.online and client.ping():
            client.note("PINGRESP")

    def do_disconnect(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            if step.reason:
                self.leave(client, facts, step.expiry)
            properties = {} if step.expiry is None else {"session_expiry": step.expiry}
            client.send(packets.disconnect(client.version, step.reason, properties))
            client.read_to_end()

    @staticmethod
    def leave(client, facts, expiry=None):
        """The connection ends in a way that makes its will due."""
        facts["left"] = client.connected
        facts["session ends"] = not client.connected.persistent or expiry == 0

    def do_cut(self, step, facts):
        client = self.clients[step.client]
        if client.online:
            self.leave(client, facts)
            if step.beginning:
                client.send(step.beginning)
            client.wire.end_sending()
            client.read_to_end()

    def do_fault(self, step, facts):
        """A PINGRESP among the events tells that the broker took it."""
        client = self.clients[step.client]
        if not client.online:
            return
        self.leave(client, facts)
        raw = FAULTS[step.name].make(client.version)
        if raw is None:  # the connection is of another version than the generator thought
            raw = b"\x00\x00"
        client.send(raw)
        if client.ping():
            client.note("PINGRESP")
            client.wire.end_sending()
            client.read_to_end()

    # --- the end ---

    def resume_all(self):
        for client in self.clients:
            if client.connected is None:
                continue
            if client.online:
                client.acknowledge(lambda number: True, True, 0)
            elif client.connected.persistent:
                self.open(client, client.connected.resumed(last=True))

    def end_sessions(self):
        for client in self.clients:
            last = client.connected
            if last is None:
                continue
            client.events = []  # nobody compares these
            if client.online:
                expiry = {"session_expiry": 0} if last.expiry else {}
                client.send(packets.disconnect(client.version, 0, expiry))
                client.read_to_end()
            if last.version != 5 and not last.clean:
                self.open(client, Connect(0, 4, True))
                if client.online:
                    client.send(packets.disconnect(4))
                    client.read_to_end()

