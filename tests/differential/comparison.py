"""Compares what two brokers made of one script: for each step and each client the packets that it got.

Nothing promises an order between topics or between qualities of service, so messages are compared in order for each
topic and QoS. Packet identifiers of the broker are no part of an event; a message expiry may differ by a second."""

import typing

from client import label_of

EXPIRY_TOLERANCE = 1
POOL = "s/"


class Message(typing.NamedTuple):
    topic: str
    qos: int
    retain: int
    dup: int
    payload: bytes
    properties: dict

    def label(self):
        """As the client names it in a PUBREL."""
        return label_of(self.topic, self.payload)

    def __str__(self):
        flags = (" retained" if self.retain else "") + (" dup" if self.dup else "")
        extra = "".join(f" {name}={value!r}" for name, value in sorted(self.properties.items()))
        payload = self.payload if len(self.payload) < 20 else f"{self.payload[:8]}… of {len(self.payload)} bytes"
        return f"PUBLISH {self.topic!r} qos {self.qos}{flags} {payload}{extra}"


class Observation:
    """What one client got in one step, sorted into what is compared."""
    __slots__ = ("controls", "releases", "messages")

    def __init__(self, events):
        self.controls = [event for event in events if event[0] not in ("PUBLISH", "PUBREL")]
        self.releases = sorted(event[1:] for event in events if event[0] == "PUBREL")
        self.messages = [Message(*event[1:]) for event in events if event[0] == "PUBLISH"]

    def lines(self):
        controls = [" ".join(map(str, event)) for event in self.controls]
        releases = [f"PUBREL of {label}, reason {reason:#x}" for label, reason in self.releases]
        return controls + releases + [str(message) for message in self.messages] or ["nothing"]


class Pair:
    """One step of one client at both brokers. Rules change the observations until they are the same, or give up."""

    def __init__(self, step, client, sluice, mosquitto, facts, memory):
        self.step, self.client = step, client
        self.sluice, self.mosquitto = Observation(sluice), Observation(mosquitto)
        self.facts = facts
        self.memory = memory  # of the whole script, for what shows its effect in a later step

    def agrees(self):
        """Something strange of Sluice never agrees, even if mosquitto does the same."""
        left, right = self.sluice, self.mosquitto
        strange = any(event[0] == "STRANGE" for event in left.controls)
        return not strange and left.controls == right.controls and left.releases == right.releases and \
            same_messages(left.messages, right.messages)


class Difference(typing.NamedTuple):
    at: int  # the step's place
    step: object
    client: int
    sluice: list  # lines
    mosquitto: list

    def lines(self, script):
        step = self.step if isinstance(self.step, str) else f"client {self.step.client} {self.step}"
        out = [f"script {script.number} of seed {script.seed}, {len(script.steps)} steps:"]
        out += [f"  {'>' if at == self.at else ' '} {at:2} client {each.client} {each}"
                for at, each in enumerate(script.steps)]
        who = f"client {self.client}" if self.client < script.clients else "the sharing clients together"
        out += [f"  in step {self.at} ({step}) {who} got"]
        out += [f"    Sluice     {line}" for line in self.sluice]
        return out + [f"    mosquitto  {line}" for line in self.mosquitto]


def by_order(messages):
    """In order for each topic and QoS. Copies of one message, for several shared subscriptions, have no order."""
    found = {}
    for message in messages:
        found.setdefault((message.topic, message.qos), []).append(message)
    for same in found.values():
        if len(same) > 1:
            places = [message.payload for message in same]
            same.sort(key=lambda message: (places.index(message.payload), message.retain,
                                           message.properties.get("subscription_id", [])))
    return found


def same_properties(left, right):
    if left == right:
        return True
    if left.keys() != right.keys():
        return False
    return all(value == right[name] or
               (name == "message_expiry" and abs(value - right[name]) <= EXPIRY_TOLERANCE)
               for name, value in left.items())


def same_message(left, right):
    return left[:5] == right[:5] and same_properties(left.properties, right.properties)


def same_messages(left, right):
    if left == right:
        return True
    if len(left) != len(right):
        return False
    ours, theirs = by_order(left), by_order(right)
    return ours.keys() == theirs.keys() and all(
        len(ours[key]) == len(theirs[key]) and all(map(same_message, ours[key], theirs[key])) for key in ours)


def is_pooled(event):
    """Of a topic that several clients share: which of them gets it is the broker's choice (section 4.8.2)."""
    return event[0] in ("PUBLISH", "PUBREL") and event[1].startswith(POOL)


def pool(episode):
    """The events of each client, and behind them those that clients share."""
    shared = [event for events in episode.events for event in events if is_pooled(event)]
    if not shared:
        return episode.events + [[]]
    return [[event for event in events if not is_pooled(event)] for events in episode.events] + [shared]


def first_difference(episodes, rules):
    """Compares episodes pairwise, given as two lists; returns the first Difference, or None. `rules`: those of
    differences.Rules, which count how often they explained something."""
    memory = {}
    for at, (ours, theirs) in enumerate(zip(*episodes)):
        rules.remember(ours, memory)
        for client, (left, right) in enumerate(zip(pool(ours), pool(theirs))):
            if left == right and not any(event[0] == "STRANGE" for event in left):
                continue
            pair = Pair(ours.step, client, left, right, ours.facts, memory)
            if not rules.explain(pair):
                return Difference(at, ours.step, client, pair.sluice.lines(), pair.mosquitto.lines())
    return None
