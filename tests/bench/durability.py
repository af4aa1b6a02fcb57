"""What it costs to keep messages: publishes for a session whose client is away, with and without a store."""

import json
import re
from dataclasses import dataclass

from brokers import BenchFailure, waiting_seconds

COUNTED_FACTOR = 2  # a longer window than that of other shapes: what a store does now and then has to be in it
UNLIMITED = "max_queued_messages 0\n"
# What is set beside persistence, by the name in the table.
SLUICE_STORES = {"memory only": None, "always": "persistence_sync always\n", "interval": "persistence_sync interval\n"}
MOSQUITTO_STORES = {"memory only": None, "autosave 1": "autosave_on_changes true\nautosave_interval 1\n"}


@dataclass(frozen=True)
class Durable:
    """Publishers with a window of QoS 1 messages each, and one persistent session that is away."""
    publishers: int = 100
    window: int = 20
    rate: int = 0  # publishes a second; 0: as fast as it goes

    FORM = re.compile(r"durable(?:-([1-9]\d*)-([1-9]\d*))?(?:-at([1-9]\d*))?")

    @classmethod
    def of(cls, found):
        return cls(int(found[1] or 100), int(found[2] or 20), int(found[3] or 0))

    @property
    def name(self):
        return f"durable-{self.publishers}-{self.window}" + (f"-at{self.rate}" if self.rate else "")

    @property
    def title(self):
        return f"{self.publishers}×{self.window}" + (f" at {self.rate}/s" if self.rate else "")


ISSUE_SHAPES = [Durable(), Durable(rate=20_000)]


def stores_of(broker, shape):
    """By their names; interval waits for no disk, so at a rate it is left out."""
    stores = MOSQUITTO_STORES if is_mosquitto(broker) else SLUICE_STORES
    return {name: lines for name, lines in stores.items() if not shape.rate or name != "interval"}


def is_mosquitto(broker):
    return broker.name.startswith("mosquitto")


def measure(broker, generator, shape, store, seconds, warmup, disk):
    """One round: a fresh process with an empty store. Ours has to give everything back afterwards."""
    lines = stores_of(broker, shape)[store]
    broker.configured(UNLIMITED + (lines or ""), None if lines is None else disk)
    arguments = ["--publishers", shape.publishers, "--window", shape.window, "--seconds", seconds, "--warmup", warmup,
                 "--hold", *(["--rate", shape.rate] if shape.rate else []),
                 *(["--collect"] if lines is not None and not is_mosquitto(broker) else [])]
    with broker, generator.run(broker, arguments, seconds + warmup) as (process, line):
        figures = json.loads(line)
        waited = max(waiting_seconds(broker.pid), waiting_seconds(process.pid))
        figures["waiting_share"] = waited / (seconds + warmup)
        figures["rss_bytes"] = broker.rss_bytes()
    if figures["acknowledged"] != figures["publishes"] or figures["publishes"] == 0:
        raise BenchFailure(f"{broker.name}: {figures['publishes']} publishes, {figures['acknowledged']} acknowledged")
    figures["per_second"] = figures["acknowledged"] / figures["seconds"]
    figures["cpu_us"] = figures["broker_cpu_seconds"] * 1e6 / figures["acknowledged"]
    return figures


def run(shape, brokers, generator, chosen, disk):
    """All stores of all brokers in turns; one row each."""
    rounds = {(broker.name, store): [] for broker in brokers for store in stores_of(broker, shape)}
    for _ in range(chosen.rounds):
        for broker in brokers:
            for store in stores_of(broker, shape):
                rounds[broker.name, store].append(
                    measure(broker, generator, shape, store, chosen.seconds * COUNTED_FACTOR, chosen.warmup, disk))
            broker.configured("")
    return [{"shape": shape.name, "title": shape.title, "broker": broker, "store": store, "rounds": figures,
             "typical": middle(figures, shape)}
            for (broker, store), figures in rounds.items()]


def middle(rounds, shape):
    """The median round by its rate, or by its p99 where the rate is given."""
    ranked = sorted(rounds, key=lambda figures: figures["p99_us" if shape.rate else "per_second"])
    return ranked[(len(ranked) - 1) // 2]
