"""What a publish over HTTP costs beside one over MQTT: the same messages to the same process, which nobody subscribes to."""

import json
import re
import statistics
from dataclasses import dataclass

from brokers import BenchFailure, waiting_seconds

CONNECTIONS = 8
WINDOW = 20  # publishes under way on each
BATCH = 500  # messages of one request; so many that a request is some 50 KB
PROTOCOL = "protocol auto\n"  # MQTT and HTTP on the one listener


@dataclass(frozen=True)
class WebPublishing:
    """One way to publish, and the MQTT that it is compared with: QoS 1, as nothing over HTTP is sent blindly."""
    form: str
    qos: int
    goal: float  # publishes a CPU second, of those of MQTT at QoS 1

    FORM = re.compile(r"http-(post|json|batch)(?:-qos([01]))?")
    GOALS = {"post": 0.25, "json": 0.25, "batch": 0.60}

    @classmethod
    def of(cls, found):
        return cls(found[1], int(found[2] or 1), cls.GOALS[found[1]])

    @property
    def name(self):
        return f"http-{self.form}-qos{self.qos}"

    @property
    def title(self):
        return {"post": "POST", "json": "POST JSON", "batch": f"NDJSON, {BATCH}"}[self.form] + f", QoS {self.qos}"

    def arguments(self):
        batch = self.form == "batch"
        return ["--http", self.form, "--qos", self.qos, "--window", 2 if batch else WINDOW,
                *(["--burst", BATCH] if batch else [])]


ISSUE_SHAPES = [WebPublishing.of(WebPublishing.FORM.fullmatch(text)) for text in (
    "http-post-qos0", "http-post-qos1", "http-json-qos0", "http-json-qos1", "http-batch-qos0", "http-batch-qos1")]


def measure(broker, generator, arguments, seconds, warmup):
    """One round in a fresh process."""
    arguments = ["--publishers", CONNECTIONS, "--subscribers", 0, *arguments, "--seconds", seconds, "--warmup", warmup,
                 "--hold"]
    with broker.configured(PROTOCOL), generator.run(broker, arguments, seconds + warmup) as (process, line):
        figures = json.loads(line)
        figures["waiting_share"] = max(waiting_seconds(broker.pid), waiting_seconds(process.pid)) / (seconds + warmup)
    broker.configured("")
    if figures["acknowledged"] != figures["publishes"] or figures["publishes"] == 0:
        raise BenchFailure(f"{broker.name}: {figures['publishes']} publishes, {figures['acknowledged']} acknowledged")
    figures["per_second"] = figures["acknowledged"] / figures["seconds"]
    figures["cpu_us"] = figures["broker_cpu_seconds"] * 1e6 / figures["acknowledged"]
    return figures


def run(shapes, broker, generator, chosen):
    """In turns with MQTT, so that a change of the machine's mood meets both; one row each."""
    rounds = {shape: [] for shape in shapes}
    mqtt = []
    for _ in range(chosen.rounds):
        mqtt.append(measure(broker, generator, ["--qos", 1, "--window", WINDOW], chosen.seconds, chosen.warmup))
        for shape in shapes:
            rounds[shape].append(measure(broker, generator, shape.arguments(), chosen.seconds, chosen.warmup))
    rows = [{"shape": "mqtt-qos1", "title": "MQTT, QoS 1", "rounds": mqtt, "typical": middle(mqtt)}]
    for shape in shapes:
        shares = [one["cpu_us"] / other["cpu_us"] for one, other in zip(mqtt, rounds[shape])]
        rows.append({"shape": shape.name, "title": shape.title, "rounds": rounds[shape], "goal": shape.goal,
                     "typical": middle(rounds[shape]), "share": statistics.median(shares),
                     "shares": [min(shares), max(shares)]})
    return rows


def middle(rounds):
    ranked = sorted(rounds, key=lambda figures: figures["cpu_us"])
    return ranked[(len(ranked) - 1) // 2]
