"""Who publishes to whom, as 1-50 or 50-1-qos1-tls, or how clients come and go, as handshakes-rsa; one measurement."""

import contextlib
import json
import re
import select
import subprocess
import time
from dataclasses import dataclass

from brokers import BenchFailure, prepare_child, waiting_seconds

ANSWER_SECONDS_MAX = 60  # beyond the time that was asked for; the generator itself gives up after 10 s of silence
TLS_VERSIONS = {"": "", "-tls": "1.3", "-tls12": "1.2"}  # by the end of a shape's name


@dataclass(frozen=True)
class Load:
    """Messages from publishers to subscribers, who all have arrived before the clock runs."""
    publishers: int
    subscribers: int
    qos: int
    tls: str  # a key of TLS_VERSIONS

    FORM = re.compile(r"([1-9]\d*)-([1-9]\d*)(?:-qos([01]))?(-tls|-tls12)?")
    UNIT = "delivery"

    @classmethod
    def of(cls, found):
        return cls(int(found[1]), int(found[2]), int(found[3] or 0), found[4] or "")

    @property
    def title(self):
        return f"{self.publishers}→{self.subscribers} QoS {self.qos}" + {
            "": "", "-tls": " TLS", "-tls12": " TLS 1.2"}[self.tls]

    @property
    def name(self):
        return f"{self.publishers}-{self.subscribers}-qos{self.qos}{self.tls}"

    @property
    def key(self):
        return "ec" if self.tls else ""  # a matter of the handshake, and that is not counted here

    @property
    def paired(self):
        # As many publishers as subscribers are pairs; all other shapes share their topics.
        return self.publishers == self.subscribers and self.publishers > 1

    def arguments(self, burst):
        return ["--publishers", self.publishers, "--subscribers", self.subscribers, "--qos", self.qos,
                "--topics", "paired" if self.paired else "shared", "--burst", burst]

    def count(self, figures):
        """How many deliveries there were, if none is missing."""
        fan_out = 1 if self.paired else self.subscribers
        if figures["deliveries"] != figures["publishes"] * fan_out or figures["deliveries"] == 0:
            raise BenchFailure(f"{figures['publishes']} publishes became {figures['deliveries']} deliveries")
        return figures["deliveries"]


@dataclass(frozen=True)
class Handshakes:
    """Clients that come over TLS, are let in and leave, over and over; a burst is how many do so at once."""
    key: str
    resumed: bool
    tls: str

    FORM = re.compile(r"handshakes-(ec|rsa)(-resumed)?(-tls12)?")
    UNIT = "handshake"

    @classmethod
    def of(cls, found):
        return cls(found[1], found[2] is not None, found[3] or "-tls")

    @property
    def title(self):
        return {"ec": "EC P-256", "rsa": "RSA 2048"}[self.key] + (" resumed" if self.resumed else "") + (
            " TLS 1.2" if self.tls == "-tls12" else "")

    @property
    def name(self):
        return f"handshakes-{self.key}" + ("-resumed" if self.resumed else "") + self.tls.removesuffix("-tls")

    def arguments(self, burst):
        return ["--handshakes", burst, *(["--resume"] if self.resumed else [])]

    def count(self, figures):
        """How many handshakes there were, if all are of the kind that was asked for."""
        if figures["handshakes"] == 0 or figures["resumed"] != (figures["handshakes"] if self.resumed else 0):
            raise BenchFailure(f"of {figures['handshakes']} handshakes {figures['resumed']} resumed a session")
        return figures["handshakes"]


def parse_shape(text):
    for kind in (Load, Handshakes):
        if found := kind.FORM.fullmatch(text):
            return kind.of(found)
    raise ValueError(f"not a shape: {text} (examples: 1-1, 1-50, 50-50, 50-1, 1-1-qos1, 1-1-tls, 1-50-qos1-tls12, "
                     "handshakes-ec, handshakes-rsa-resumed, handshakes-ec-tls12)")


ISSUE_SHAPES = [parse_shape(text) for text in (
    "1-1", "1-50", "50-50", "50-1", "1-1-qos1", "1-1-tls", "1-50-tls",
    "handshakes-ec", "handshakes-rsa", "handshakes-ec-resumed")]


class Generator:
    """The load generator's path and CPU; each use is a process of its own."""

    def __init__(self, path, cpu):
        self.path = path
        self.cpu = cpu

    @contextlib.contextmanager
    def run(self, broker, arguments, seconds):
        """The process and the first line that it prints; it holds its connections until the block ends."""
        command = [self.path, "--port", broker.port, "--broker-pid", broker.pid, *arguments]
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   preexec_fn=prepare_child(self.cpu))
        try:
            ready, _, _ = select.select([process.stdout], [], [], seconds + ANSWER_SECONDS_MAX)
            line = process.stdout.readline() if ready else ""
            if not line:
                if not ready:
                    process.kill()
                raise BenchFailure(f"{broker.name}: {process.stderr.read().strip() or 'no answer in time'}")
            yield process, line
        finally:
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
            process.stderr.close()


def measure(broker, generator, shape, burst, seconds, warmup):
    """One round: a fresh broker process, the warm-up, the counted window."""
    arguments = [*shape.arguments(burst), "--seconds", seconds, "--warmup", warmup, "--hold"]
    if shape.tls:
        arguments += ["--tls-ca", broker.certificates.file("ca.crt"), "--tls-version", TLS_VERSIONS[shape.tls]]
    with broker.proving_itself_by(shape.key), generator.run(broker, arguments, seconds + warmup) as (process, line):
        figures = json.loads(line)
        waited = max(waiting_seconds(broker.pid), waiting_seconds(process.pid))
        figures["waiting_share"] = waited / (seconds + warmup)
        figures["rss_bytes"] = broker.rss_bytes()
    try:
        count = shape.count(figures)
    except BenchFailure as problem:
        raise BenchFailure(f"{broker.name}, {shape.name}: {problem}") from None
    # The same names for both kinds of shape from here on.
    figures["per_second"] = count / figures["seconds"]
    figures["cpu_us"] = figures["broker_cpu_seconds"] * 1e6 / count
    return figures


def measure_idle(broker, generator, clients):
    """RSS of a fresh broker before and with so many idle connections of one subscription each."""
    with broker.proving_itself_by(""):
        time.sleep(0.2)
        before = broker.rss_bytes()
        with generator.run(broker, ["--idle", clients], clients / 1000):
            time.sleep(0.3)
            after = broker.rss_bytes()
    return {"clients": clients, "rss_before_bytes": before, "rss_after_bytes": after,
            "added_bytes": after - before}
