"""Who publishes to whom, as 1-50 or 50-1-qos1, and one measurement of it."""

import contextlib
import json
import re
import select
import subprocess
import time
from dataclasses import dataclass

from brokers import BenchFailure, prepare_child, waiting_seconds

ANSWER_SECONDS_MAX = 60  # beyond the time that was asked for; the generator itself gives up after 10 s of silence


@dataclass(frozen=True)
class Shape:
    publishers: int
    subscribers: int
    qos: int

    @classmethod
    def parse(cls, text):
        found = re.fullmatch(r"(\d+)-(\d+)(?:-qos([01]))?", text)
        if not found or 0 in (int(found[1]), int(found[2])):
            raise ValueError(f"not a shape: {text} (examples: 1-1, 1-50, 50-50, 50-1, 1-1-qos1)")
        return cls(int(found[1]), int(found[2]), int(found[3] or 0))

    @property
    def title(self):
        return f"{self.publishers}→{self.subscribers} QoS {self.qos}"

    @property
    def name(self):
        return f"{self.publishers}-{self.subscribers}-qos{self.qos}"

    def arguments(self):
        # As many publishers as subscribers are pairs; all other shapes share their topics.
        paired = self.publishers == self.subscribers and self.publishers > 1
        return ["--publishers", self.publishers, "--subscribers", self.subscribers, "--qos", self.qos,
                "--topics", "paired" if paired else "shared"]


ISSUE_SHAPES = [Shape.parse(text) for text in ("1-1", "1-50", "50-50", "50-1", "1-1-qos1")]


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
    arguments = [*shape.arguments(), "--burst", burst, "--seconds", seconds, "--warmup", warmup, "--hold"]
    with broker, generator.run(broker, arguments, seconds + warmup) as (process, line):
        figures = json.loads(line)
        waited = max(waiting_seconds(broker.pid), waiting_seconds(process.pid))
        figures["waiting_share"] = waited / (seconds + warmup)
        figures["rss_bytes"] = broker.rss_bytes()
    fan_out = 1 if "paired" in arguments else shape.subscribers
    if figures["deliveries"] != figures["publishes"] * fan_out or figures["deliveries"] == 0:
        raise BenchFailure(f"{broker.name}, {shape.title}: {figures['publishes']} publishes became "
                           f"{figures['deliveries']} deliveries")
    figures["cpu_us_per_delivery"] = figures["broker_cpu_seconds"] * 1e6 / figures["deliveries"]
    return figures


def measure_idle(broker, generator, clients):
    """RSS of a fresh broker before and with so many idle connections of one subscription each."""
    with broker:
        time.sleep(0.2)
        before = broker.rss_bytes()
        with generator.run(broker, ["--idle", clients], clients / 1000):
            time.sleep(0.3)
            after = broker.rss_bytes()
    return {"clients": clients, "rss_before_bytes": before, "rss_after_bytes": after,
            "added_bytes": after - before}
