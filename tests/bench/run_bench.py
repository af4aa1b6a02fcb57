#!/usr/bin/env python3
"""Measures Sluice and a peer in turns, on this machine, in one run. README.md says what the figures mean."""

import argparse
import contextlib
import json
import os
import platform
import signal
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is

# pylint: disable=wrong-import-position
import durability
import http_streams
import report
import retained
import web_publishing
from brokers import BenchFailure, Broker, find_mosquitto, mosquitto_version
from certificates import CertificateFolder, openssl_found
from durability import Durable
from shapes import ISSUE_SHAPES, Generator, Load, measure, measure_idle, parse_shape
from web_publishing import WebPublishing

NO_MOSQUITTO = """\
mosquitto is not installed, so Sluice is measured alone. To compare:
    apt-get install -y mosquitto && systemctl disable --now mosquitto
The second command stops the service that the package starts: the bench starts its own.
"""

NO_OPENSSL = """\
The openssl command is not installed, so there are no certificates and nothing of TLS is measured. To have it:
    apt-get install -y openssl
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sluice", required=True, metavar="FILE", help="the binary to measure")
    parser.add_argument("--generator", required=True, metavar="FILE", help="the load_generator binary")
    peer = parser.add_mutually_exclusive_group()
    peer.add_argument("--mosquitto", metavar="FILE", help="default: the one on the path or in /usr/sbin")
    peer.add_argument("--baseline", metavar="FILE", help="compare with this other Sluice binary instead of mosquitto")
    peer.add_argument("--alone", action="store_true", help="no peer")
    parser.add_argument("--only", action="append", metavar="SHAPE",
                        help="publishers-subscribers[-qos1][-tls|-tls12], such as 1-1-qos1 or 1-1000-tls; "
                             "handshakes-ec|rsa[-resumed][-tls12]; durable[-publishers-window][-atRATE]; "
                             "http-post|json|batch[-qos0|-qos1]; idle; retained; or http-streams; may be repeated")
    parser.add_argument("--bursts", default="1,10", metavar="LIST",
                        help="messages a write, or handshakes at once (default: 1,10)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of each broker, in turns (default: 3)")
    parser.add_argument("--seconds", type=float, default=1.5, metavar="S", help="counted in a round (default: 1.5)")
    parser.add_argument("--warmup", type=float, default=0.5, metavar="S", help="not counted (default: 0.5)")
    parser.add_argument("--idle-clients", type=int, default=1000, metavar="N", help="(default: 1000)")
    parser.add_argument("--retained-messages", type=int, default=1_000_000, metavar="N", help="(default: 1000000)")
    parser.add_argument("--http-streams", type=int, default=5000, metavar="N", help="(default: 5000)")
    parser.add_argument("--cpus", default="", metavar="A,B",
                        help="the broker's and the generator's CPU (default: the first two); none: not pinned")
    parser.add_argument("--json", metavar="FILE", help="write all rounds there")
    parser.add_argument("--quick", action="store_true",
                        help="one short unpinned round of Sluice alone: a smoke test, the figures mean nothing")
    parser.add_argument("--fail-below", type=float, metavar="RATIO", help="end with 1 when a ratio is lower")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.alone, chosen.rounds, chosen.seconds, chosen.warmup = True, 1, 0.3, 0.1
        chosen.idle_clients, chosen.retained_messages, chosen.cpus = 100, 2000, "none"
        chosen.http_streams = 100
    if min(chosen.rounds, chosen.idle_clients) < 1:
        parser.error("--rounds and --idle-clients must be at least 1")
    if not 1000 <= chosen.retained_messages <= 1_000_000:
        parser.error("--retained-messages must be from 1000 to 1000000")
    for option in ("sluice", "generator", "mosquitto", "baseline"):
        path = getattr(chosen, option)
        if path and not os.access(path, os.X_OK):
            parser.error(f"--{option}: not a program: {path}")
        setattr(chosen, option, path and os.path.abspath(path))
    try:
        wanted = [text for text in chosen.only or () if text not in ("idle", "retained", "http-streams")]
        chosen.durable = [Durable.of(found) for text in wanted if (found := Durable.FORM.fullmatch(text))]
        chosen.web = [WebPublishing.of(found) for text in wanted if (found := WebPublishing.FORM.fullmatch(text))]
        chosen.shapes = [parse_shape(text) for text in wanted
                         if not Durable.FORM.fullmatch(text) and not WebPublishing.FORM.fullmatch(text)]
        chosen.bursts = [int(text) for text in chosen.bursts.split(",")]
        chosen.cpus = choose_cpus(chosen.cpus)
    except ValueError as problem:
        parser.error(str(problem))
    chosen.idle = not chosen.only or "idle" in chosen.only
    chosen.retained = not chosen.only or "retained" in chosen.only
    chosen.streams = not chosen.only or "http-streams" in chosen.only
    if not chosen.only:
        chosen.shapes, chosen.durable, chosen.web = ISSUE_SHAPES, durability.ISSUE_SHAPES, web_publishing.ISSUE_SHAPES
    if not openssl_found() and any(shape.tls for shape in chosen.shapes):
        print(NO_OPENSSL, file=sys.stderr)
        chosen.shapes = [shape for shape in chosen.shapes if not shape.tls]
    return chosen


def choose_cpus(text):
    """One CPU for the broker and another for the generator, or no pinning where that is not to be had."""
    if text == "none":
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    if text:
        cpus = [int(word) for word in text.split(",")]
        if len(cpus) != 2 or not set(cpus) <= set(allowed):
            raise ValueError(f"--cpus: two of {allowed} are due, or none")
        return cpus[0], cpus[1]
    if len(allowed) < 2:
        print("Only one CPU: broker and generator share it, so latencies and rates say little.", file=sys.stderr)
        return None, None
    return allowed[0], allowed[1]


def choose_brokers(chosen, certificates):
    """Sluice first, then the peer if there is one."""
    cpu = chosen.cpus[0]
    brokers = [Broker("sluice", chosen.sluice, cpu, certificates)]
    if chosen.baseline:
        brokers.append(Broker("baseline", chosen.baseline, cpu, certificates))
    elif not chosen.alone:
        path = chosen.mosquitto or find_mosquitto()
        if path:
            brokers.append(Broker(f"mosquitto {mosquitto_version(path)}", path, cpu, certificates))
        else:
            print(NO_MOSQUITTO, file=sys.stderr)
    return brokers


def run_load(chosen, brokers, generator):
    """A table of the shapes that deliver, and one of those that shake hands."""
    loads = [shape for shape in chosen.shapes if isinstance(shape, Load)]
    handshakes = [shape for shape in chosen.shapes if not isinstance(shape, Load)]
    rows = []
    if loads:
        rows += run_table(chosen, brokers, generator, report.LOAD_COLUMNS, loads)
    if handshakes:
        if loads:
            print()
        rows += run_table(chosen, brokers, generator, report.HANDSHAKE_COLUMNS, handshakes)
    report.print_legend(len(brokers) > 1)
    report.print_suites(rows)
    return rows


def run_table(chosen, brokers, generator, columns, shapes):
    rows = []
    report.print_head(columns)
    for shape in shapes:
        for burst in chosen.bursts:
            rounds = {broker.name: [] for broker in brokers}
            # In turns (A B A B A B), so that a change of the machine's mood meets both.
            for _ in range(chosen.rounds):
                for broker in brokers:
                    rounds[broker.name].append(
                        measure(broker, generator, shape, burst, chosen.seconds, chosen.warmup))
            rows.append(report.load_row(shape, burst, rounds))
            report.print_load_row(columns, shape, rows[-1])
    return rows


def run_idle(chosen, brokers, generator):
    idle = {broker.name: measure_idle(broker, generator, chosen.idle_clients) for broker in brokers}
    report.print_idle(idle)
    return idle


def run_web(chosen, broker, generator):
    """Sluice against itself: no peer has both."""
    print()
    report.print_head(report.WEB_COLUMNS)
    rows = web_publishing.run(chosen.web, broker, generator, chosen)
    for row in rows:
        report.print_web_row(row)
    return rows


def run_durable(chosen, brokers, generator):
    """Nobody is pinned: a store has a thread of its own. On the disk where the program was built."""
    brokers = [Broker(broker.name, broker.path, None, None) for broker in brokers]
    generator = Generator(generator.path, None)
    disk = os.path.dirname(chosen.sluice)
    rows = []
    if chosen.durable:
        print()
        report.print_head(report.DURABLE_COLUMNS)
    for shape in chosen.durable:
        for row in durability.run(shape, brokers, generator, chosen, disk):
            report.print_durable_row(row)
            rows.append(row)
    kept = {}
    if chosen.retained:
        kept = retained.measure(brokers[0], generator, chosen.retained_messages, disk)
        report.print_retained(kept)
    return rows, kept


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {"cpu": models[0] if models else platform.machine(), "cpus": os.cpu_count(),
            "kernel": platform.release(), "load_before": os.getloadavg()[0]}


def failed_ratios(rows, lowest):
    if lowest is None:
        return []
    return [f"{row['shape']} burst {row['burst']}: ratio {row['ratio']:.2f} is below {lowest}"
            for row in rows if "ratio" in row and row["ratio"] < lowest]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the brokers are stopped then too
    chosen = parse_arguments()
    host = machine()
    generator = Generator(chosen.generator, chosen.cpus[1])
    try:
        with CertificateFolder() if any(shape.tls for shape in chosen.shapes) else contextlib.nullcontext() as folder:
            brokers = choose_brokers(chosen, folder)
            rows = run_load(chosen, brokers, generator) if chosen.shapes else []
            idle = run_idle(chosen, brokers, generator) if chosen.idle else {}
            web = run_web(chosen, brokers[0], generator) if chosen.web else []
            durable, kept = run_durable(chosen, brokers, generator)
            streams = http_streams.measure(brokers[0], chosen.http_streams) if chosen.streams else {}
            if streams:
                http_streams.print_figures(streams)
    except BenchFailure as problem:
        print(f"run_bench: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump({"machine": host, "load": rows, "idle": idle, "durable": durable, "web": web,
                       "retained": kept, "http_streams": streams}, file, indent=1)
            file.write("\n")
    problems = failed_ratios(rows, chosen.fail_below)
    for problem in problems:
        print(f"run_bench: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
