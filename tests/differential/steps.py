"""What a script is made of: steps that each belong to one client. Topics and filters are written without the script's
prefix, so that the same script can be played again under another one."""

import dataclasses
import typing

NEVER = 0xFFFFFFFF


class Publication(typing.NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    properties: dict = {}  # never changed by anybody

    def __str__(self):
        extra = "".join(f" {name}={value!r}" for name, value in self.properties.items())
        payload = self.payload if len(self.payload) < 20 else f"{self.payload[:8]}… of {len(self.payload)} bytes"
        return f"{self.topic!r} qos {self.qos}{' retained' if self.retain else ''} {payload}{extra}"


@dataclasses.dataclass(frozen=True)
class Step:
    client: int


@dataclasses.dataclass(frozen=True)
class Connect(Step):
    """On a client that is online: a take-over. `ack` says which messages the client acknowledges at once: all, none, or
    only the first half of QoS 2 (receipt)."""
    version: int
    clean: bool
    expiry: int = 0
    receive_maximum: int = 0
    alias_maximum: int = 0
    packet_maximum: int = 0
    will: typing.Optional[Publication] = None
    ack: str = "all"
    keep_alive: int = 0
    words: bool = True  # Request Problem Information
    nameless: bool = False  # an empty client id; never a take-over then

    @property
    def persistent(self):
        """Whether the session outlives the connection."""
        return self.expiry > 0 if self.version == 5 else not self.clean

    def resumed(self, last=False):
        """The same, as a return to the session; `last`: to end with it, so nothing is held back."""
        changed = dataclasses.replace(self, clean=False)
        return dataclasses.replace(changed, ack="all", will=None) if last else changed

    def __str__(self):
        extra = "".join(f", {name} {value}" for name, value in (
            ("expiry", self.expiry), ("receive maximum", self.receive_maximum), ("alias maximum", self.alias_maximum),
            ("packet maximum", self.packet_maximum), ("keep alive", self.keep_alive)) if value)
        extra += (", without a client id" if self.nameless else "") + ("" if self.words else ", wants no words")
        will = f", will {self.will}" if self.will else ""
        ack = "" if self.ack == "all" else f", acknowledges {self.ack}"
        return f"connects, v{self.version}, {'clean' if self.clean else 'resumes'}{extra}{ack}{will}"


class Entry(typing.NamedTuple):
    """One filter of a SUBSCRIBE; the last three fields belong to MQTT 5."""
    filter: str
    qos: int
    no_local: bool = False
    as_published: bool = False
    handling: int = 0

    def options(self, version):
        if version != 5:
            return self.qos
        no_local = self.no_local and not self.filter.startswith("$share")  # it would be an error, section 3.8.3.1
        return self.qos | no_local << 2 | self.as_published << 3 | self.handling << 4

    def __str__(self):
        extra = (" no-local" if self.no_local else "") + (" as-published" if self.as_published else "")
        return f"{self.filter!r} qos {self.qos}{extra}{f' handling {self.handling}' if self.handling else ''}"


@dataclasses.dataclass(frozen=True)
class Subscribe(Step):
    entries: tuple
    identifier: int = 0

    def __str__(self):
        return f"subscribes{f' (id {self.identifier})' if self.identifier else ''} " + ", ".join(map(str, self.entries))


@dataclasses.dataclass(frozen=True)
class Unsubscribe(Step):
    filters: tuple

    def __str__(self):
        return "unsubscribes " + ", ".join(map(repr, self.filters))


@dataclasses.dataclass(frozen=True)
class Publish(Step):
    """With its whole handshake. `alias`: 0 for none; the topic is left out where the alias stands for it already."""
    publication: Publication
    alias: int = 0

    def __str__(self):
        return f"publishes {self.publication}{f' alias {self.alias}' if self.alias else ''}"


@dataclasses.dataclass(frozen=True)
class Interrupted(Step):
    """A QoS 2 PUBLISH whose handshake is disturbed: a cut before the PUBREL (`cut`), the packet again after the cut
    (`cut again`), the packet again without a cut (`again`), the PUBREL twice (`release twice`)."""
    publication: Publication
    how: str

    def __str__(self):
        return f"publishes, disturbed by {self.how!r}: {self.publication}"


@dataclasses.dataclass(frozen=True)
class Acknowledge(Step):
    """Acknowledges held messages whose number leaves `remainder`, one stage of QoS 2 or all; `reason`: of MQTT 5."""
    modulus: int
    remainder: int
    whole: bool
    reason: int = 0

    def __str__(self):
        return (f"acknowledges held messages, number % {self.modulus} == {self.remainder}"
                f"{'' if self.whole else ', PUBREC only'}{f', reason {self.reason:#x}' if self.reason else ''}")


@dataclasses.dataclass(frozen=True)
class Stray(Step):
    """An acknowledgement of something that nobody sent."""
    kind: int
    packet_id: int

    def __str__(self):
        return f"sends a stray packet of type {self.kind} for id {self.packet_id}"


@dataclasses.dataclass(frozen=True)
class Ping(Step):
    def __str__(self):
        return "pings"


@dataclasses.dataclass(frozen=True)
class Disconnect(Step):
    reason: int = 0
    expiry: typing.Optional[int] = None

    def __str__(self):
        return f"disconnects, reason {self.reason:#x}{'' if self.expiry is None else f', expiry {self.expiry}'}"


@dataclasses.dataclass(frozen=True)
class Cut(Step):
    """The socket ends, perhaps in the middle of a packet."""
    beginning: bytes = b""

    def __str__(self):
        return "cuts its socket" + (f" after {self.beginning.hex(' ')}" if self.beginning else "")


@dataclasses.dataclass(frozen=True)
class Fault(Step):
    """Something that no client may send; then the socket ends."""
    name: str

    def __str__(self):
        return f"breaks the protocol: {self.name}"


class Script(typing.NamedTuple):
    seed: str
    number: int
    clients: int
    steps: tuple

    def without(self, dropped):
        """The script with some steps left out, given as a set of places."""
        return self._replace(steps=tuple(step for at, step in enumerate(self.steps) if at not in dropped))
