"""Script number i of a seed: always the same one.

Some clients are wide: their filters overlap, they acknowledge at once. The others are narrow: each has topics of its
own below n/, no two of its filters match one topic, and it may hold acknowledgements back behind a small window. What a
broker may choose (copies for overlapping filters, wills at a take-over) then never changes what fits into a window."""

import random

from faults import fault_names
from steps import (NEVER, Acknowledge, Connect, Cut, Disconnect, Entry, Fault, Interrupted, Ping, Publication, Publish,
                   Script, Stray, Subscribe, Unsubscribe)

CLIENTS_MAX = 4
STEPS_MIN, STEPS_MAX = 5, 40
TOPICS = ("t/a", "t/b", "t/a/x", "t/b/x", "t/a/x/1", "t//e", "t", "t/é", "t/b/", "/t")
WILL_TOPICS = ("w/1", "w/2")
WIDE_FILTERS = ("#", "t/#", "t/+", "t/a", "t/b", "t/a/#", "+/a", "t/+/x", "t/+/x/#", "t//e", "t/+/+", "/t", "+/t",
                "w/#", "w/+", "w/1", "n/#", "n/+/1", "q/#", "t/é", "t", "+", "+/#", "t/b/")
SHARED_FILTERS = ("$share/all/s/#", "$share/all/s/1", "$share/all/s/+")  # of several clients
SHARED_TOPICS = ("s/1", "s/2")
NARROW_FILTERS = ("n/{c}/1", "n/{c}/2/+", "n/{c}/3/#", "n/{c}/4")
NARROW_TOPICS = ("n/{c}/1", "n/{c}/2/x", "n/{c}/2/y", "n/{c}/3", "n/{c}/3/x", "n/{c}/4", "n/{c}/5")
EXPIRIES = (0, 600, 86_400, NEVER)
FAR_AWAY = (1000, 5000, 100_000)
CUT_BEGINNINGS = (b"", b"", b"\x30", b"\x32\x20\x00\x03t/", b"\x82\x40\x00", b"\xc0")
FORGETFUL = "a second CONNECT"  # after it mosquitto has lost the session's subscriptions and the will
LARGE = 400  # above every packet maximum below, while all else stays below 150


class Actor:
    """What stays the same for one client of a script."""

    def __init__(self, draw, number):
        self.number = number
        self.version = draw.choice((3, 4, 4, 5, 5, 5))
        self.wide = draw.random() < 0.55
        self.nameless = draw.random() < 0.05
        self.persistent = draw.random() < 0.6 and not self.nameless  # whether it ever leaves a session behind
        self.retained_will = draw.random() < 0.3 or self.nameless  # then it is never taken over
        self.holds = not self.wide and draw.random() < 0.5
        # Always the same: mosquitto sends again without looking at a smaller one.
        self.receive_maximum = draw.choice((0, 1, 2, 3, 10)) if not self.wide else 0
        self.online = False
        self.connected = None  # its last Connect
        self.changes_version = draw.random() < 0.1
        self.shares = draw.random() < 0.3  # all its filters or none, so that they overlap as little as without
        self.flags = {}  # no local and retain as published of each filter

    @property
    def held(self):
        """Whether messages may lie with it unacknowledged."""
        return self.online and self.connected.ack != "all"

    def flags_of(self, draw, name):
        """Always the same for one filter: mosquitto forgets to change them when a subscription is replaced."""
        if self.changes_version:
            return False, False
        return self.flags.setdefault(name, (draw.random() < 0.2, draw.random() < 0.4))

    def filters(self, shared):
        if not self.wide:
            return tuple(name.format(c=self.number) for name in NARROW_FILTERS)
        return tuple(name for name in WIDE_FILTERS if not shared or name not in ("#", "+/#"))


class Generator:
    def __init__(self, seed, number):
        self.draw = random.Random(f"{seed}/{number}")
        self.seed, self.number = seed, number
        self.shared = self.draw.random() < 0.25  # whether there are shared subscriptions in this script
        self.actors = [Actor(self.draw, at) for at in range(self.draw.randint(1, CLIENTS_MAX))]
        self.payloads = 0
        self.emptied = set()  # topics that had their one empty payload

    def script(self):
        steps = []
        for _ in range(self.draw.randint(STEPS_MIN, STEPS_MAX)):
            steps.extend(self.next_steps(self.draw.choice(self.actors)))
        return Script(self.seed, self.number, len(self.actors), tuple(steps))

    # --- one step ---

    def next_steps(self, actor):
        if not actor.online:
            steps = [self.connect(actor)]
            return steps + self.subscribe(actor) if self.draw.random() < 0.5 else steps
        kinds = (("publish", 40), ("subscribe", 16), ("unsubscribe", 5), ("acknowledge", 14 if actor.held else 0),
                 ("ping", 1), ("disconnect", 5), ("cut", 6), ("take over", 3), ("fault", 1.5), ("stray", 1),
                 ("interrupted", 0 if actor.wide else 4))
        kind = self.draw.choices([name for name, _ in kinds], [weight for _, weight in kinds])[0]
        return getattr(self, kind.replace(" ", "_"))(actor)

    def publish(self, actor):
        version = actor.connected.version
        alias = self.draw.randint(1, 10) if version == 5 and self.draw.random() < 0.25 else 0
        return [Publish(actor.number, self.publication(self.topic(), version), alias)]

    def interrupted(self, actor):
        topic = self.draw.choice(TOPICS + ("q/1", "q/2"))
        publication = self.publication(topic, actor.connected.version)._replace(qos=2)
        how = self.draw.choice(("cut", "cut again", "again", "release twice"))
        return [Interrupted(actor.number, publication, how)]

    def topic(self):
        roll = self.draw.random()
        if self.shared and roll < 0.2:
            return self.draw.choice(SHARED_TOPICS)
        if roll < 0.5:
            return self.draw.choice(TOPICS)
        if roll < 0.95:
            return self.draw.choice(NARROW_TOPICS).format(c=self.draw.choice(self.actors).number)
        return self.draw.choice(WILL_TOPICS)

    def publication(self, topic, version):
        draw = self.draw
        self.payloads += 1
        payload = b"m%d" % self.payloads
        if topic not in self.emptied and draw.random() < 0.08:
            self.emptied.add(topic)
            payload = b""
        elif draw.random() < 0.1:
            payload = payload.ljust(LARGE, b".")
        return Publication(topic, payload, draw.randint(0, 2), draw.random() < 0.25, self.properties(version))

    def properties(self, version):
        draw = self.draw
        found = {}
        if version != 5 or draw.random() < 0.6:
            return found
        offers = {"message_expiry": draw.choice(FAR_AWAY), "content_type": draw.choice(("text/plain", "")),
                  "response_topic": draw.choice(("r/1", "answers/é")), "correlation": draw.choice((b"", b"\0\xff\x01")),
                  "payload_format": draw.randint(0, 1),
                  "user": [("unit", "C"), ("unit", "F"), ("", "")][:draw.randint(1, 3)]}
        for name, value in offers.items():
            if draw.random() < 0.35:
                found[name] = value
        return found

    def subscribe(self, actor):
        draw = self.draw
        steps = self.release_all(actor)
        version = actor.connected.version
        if self.shared and draw.random() < 0.5 and version == 5 and actor.wide and not actor.persistent:
            entry = Entry(draw.choice(SHARED_FILTERS), 2, handling=draw.choice((0, 2)))
            return steps + [Subscribe(actor.number, (entry,))]
        names = list(actor.filters(self.shared))
        draw.shuffle(names)
        names = names[:draw.choice((1, 1, 1, 2, 2, 3, 4))]
        entries = tuple(Entry(name, draw.randint(0, 2), *actor.flags_of(draw, name), self.handling(actor))
                        for name in names)
        if self.shared and actor.shares and actor.version == 5 and not actor.changes_version:
            # Without retained messages: mosquitto sends them, also to clients that would hold them.
            entries = tuple(entry._replace(filter=f"$share/g{actor.number}/{entry.filter}", handling=2)
                            for entry in entries)
        if version != 5:
            entries = tuple(Entry(*entry[:2]) for entry in entries)
        identifier = draw.choice((1, 2, 127, 128, 268_435_455)) if version == 5 and draw.random() < 0.4 else 0
        return steps + [Subscribe(actor.number, entries, identifier)]

    def unsubscribe(self, actor):
        names = list(actor.filters(self.shared))
        self.draw.shuffle(names)
        if self.shared and actor.shares:
            names = [f"$share/g{actor.number}/{name}" for name in names]
        return [Unsubscribe(actor.number, tuple(names[:self.draw.randint(1, 4)]))]

    def handling(self, actor):
        """Retained messages have no order between topics: a window that nobody empties must not choose among them."""
        return 2 if actor.held and actor.connected.receive_maximum else self.draw.choice((0, 0, 1, 2))

    # --- acknowledgements ---

    def release_all(self, actor):
        """Before a SUBSCRIBE, so that its retained messages find room."""
        if not actor.held or actor.connected.receive_maximum:
            return []
        return [Acknowledge(actor.number, 1, 0, True)]

    def acknowledge(self, actor):
        modulus = self.draw.randint(1, 3)
        # Not in a small window: mosquitto does not free the place of a message that was refused.
        reason = 0 if actor.connected.receive_maximum else self.draw.choice((0, 0, 0, 0x80, 0x97))
        return [Acknowledge(actor.number, modulus, self.draw.randrange(modulus), self.draw.random() < 0.6, reason)]

    def stray(self, actor):
        if actor.connected.receive_maximum:
            return self.ping(actor)  # mosquitto widens the window for it
        return [Stray(actor.number, self.draw.choice((4, 5, 6, 7)), 999)]

    # --- coming and going ---

    def connect(self, actor):
        draw = self.draw
        version = draw.choice((3, 4, 5)) if actor.changes_version else actor.version
        clean = not actor.persistent or draw.random() < 0.25
        clean = clean and not (actor.nameless and draw.random() < 0.2)
        expiry = draw.choice(EXPIRIES) if version == 5 and actor.persistent else 0
        narrow = not actor.wide and version == 5
        ack = draw.choice(("all", "none", "receipt")) if actor.holds else "all"
        receive_maximum = actor.receive_maximum if version == 5 else 0
        # Not both: where a message is too large, mosquitto loses its place in the window for good.
        packet_maximum = 200 if narrow and not receive_maximum and draw.random() < 0.4 else 0
        made = Connect(actor.number, version, clean, expiry, receive_maximum=receive_maximum,
                       alias_maximum=draw.choice((0, 1, 3, 20)) if version == 5 else 0,
                       packet_maximum=packet_maximum,
                       will=self.will(actor, version) if draw.random() < 0.4 else None, ack=ack,
                       keep_alive=draw.choice((0, 600, 65_535)), words=version != 5 or draw.random() < 0.7,
                       nameless=actor.nameless)
        actor.online, actor.connected = True, made
        return made

    def will(self, actor, version):
        draw = self.draw
        self.payloads += 1
        properties = self.properties(version)
        retain = actor.retained_will and draw.random() < 0.7
        # Not for those who share: mosquitto still counts a client in that has gone, while its will waits.
        if version == 5 and not retain and not self.shared and draw.random() < 0.3:
            properties["will_delay"] = 3600
        return Publication(draw.choice(WILL_TOPICS), b"w%d" % self.payloads, draw.randint(0, 2), retain, properties)

    def take_over(self, actor):
        if actor.retained_will:
            return self.ping(actor)
        return [self.connect(actor)]

    def disconnect(self, actor):
        draw = self.draw
        actor.online = False
        expiry = None
        if actor.connected.version == 5 and draw.random() < 0.3:
            expiry = draw.choice((0, 600)) if actor.connected.expiry else 0
        reason = 4 if actor.connected.version == 5 and draw.random() < 0.3 else 0
        return [Disconnect(actor.number, reason, expiry)]

    def cut(self, actor):
        actor.online = False
        return [Cut(actor.number, self.draw.choice(CUT_BEGINNINGS))]

    def fault(self, actor):
        name = self.draw.choice(fault_names(actor.connected.version))
        last = actor.connected
        if name == FORGETFUL and (last.persistent or last.will):
            return self.ping(actor)
        actor.online = False
        return [Fault(actor.number, name)]

    def ping(self, actor):
        return [Ping(actor.number)]
