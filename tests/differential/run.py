#!/usr/bin/python3
"""Plays random client scripts against Sluice and mosquitto and compares what each client gets. README.md says more."""

import argparse
import multiprocessing
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from brokers import Mosquitto, Sluice, find_mosquitto  # noqa: E402
from comparison import first_difference  # noqa: E402
from differences import RULES, Rules  # noqa: E402
from generator import Generator  # noqa: E402
from minimiser import minimise  # noqa: E402
from player import Janitor, Player  # noqa: E402

SKIPPED = 77
REPORTS_MAX = 10  # differences that are printed; the others are counted
STRICT = Rules()  # its counts are not looked at: a minimised script is no script of the run


class Stage:
    """Both brokers, and scripts played on them one after the other."""

    def __init__(self):
        self.sluice, self.mosquitto = Sluice().start(), Mosquitto().start()
        self.meet()
        self.played = 0

    def meet(self):
        self.janitors = Janitor(self.sluice.mqtt_port), Janitor(self.mosquitto.mqtt_port)

    def play(self, script, rules):
        """(difference or None, the episodes of both)"""
        self.played += 1
        prefix = f"d{self.played}"
        brokers = (self.sluice, self.mosquitto)
        episodes = [Player(broker.mqtt_port, janitor).play(script, prefix)
                    for broker, janitor in zip(brokers, self.janitors)]
        return first_difference(episodes, rules), episodes

    def look_closer(self, script, difference):
        """The lines of a report about the shortest script that shows the difference."""
        short, shown = minimise(script, difference, lambda candidate: self.play(candidate, STRICT)[0])
        return shown.lines(short)

    def revive(self):
        """After Sluice has ended: what its log says."""
        said = self.sluice.log()[-4000:]
        code = self.sluice.process.wait()
        self.sluice.clean_up()
        self.sluice = Sluice().start()
        self.meet()
        return [f"Sluice ended with {code} while the script was played:", said]

    def close(self):
        self.mosquitto.stop()
        self.sluice.stop()


def one_script(stage, options, rules, number, quiet):
    """The lines of a report, or None; empty when there was a difference that nobody wants to see any more."""
    script = Generator(options.seed, number).script()
    try:
        difference, episodes = stage.play(script, rules)
        if options.verbose:
            print_episodes(episodes)
        if difference is None:
            return None
        if quiet:
            return []
        return difference.lines(script) if options.whole else stage.look_closer(script, difference)
    except OSError:
        if stage.sluice.is_alive():
            raise
        return difference_of_end(script, stage.revive())


def difference_of_end(script, said):
    return said + [f"  client {step.client} {step}" for step in script.steps]


def print_episodes(episodes):
    for at, (ours, theirs) in enumerate(zip(*episodes)):
        step = ours.step
        print(at, step if isinstance(step, str) else f"client {step.client} {step}")
        for client, (left, right) in enumerate(zip(ours.events, theirs.events)):
            if left or right:
                print(f"    client {client} Sluice    {left}")
                print(f"    client {client} mosquitto {'the same' if left == right else right}")


def work(options, numbers, results):
    """The scripts of one of the processes; (number, report) of each that differs, then (None, counts)."""
    rules = Rules()
    shown = 0
    stage = Stage()
    try:
        for number in numbers:
            report = one_script(stage, options, rules, number, shown >= REPORTS_MAX)
            if report is not None:
                shown += bool(report)
                results.put((number, report))
        stage.close()
        results.put((None, rules.counts))
    except BaseException as problem:  # pylint: disable=broad-except; whoever waits must learn of it
        results.put((None, f"script run ended by {problem!r}"))
        raise


def numbers_of(options):
    return [options.only] if options.only is not None else list(range(options.scripts))


def run(options):
    numbers = numbers_of(options)
    jobs = min(options.jobs, len(numbers))
    results = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(options, numbers[at::jobs], results)) for at in range(jobs)]
    for worker in workers:
        worker.start()
    counts = {rule.name: 0 for rule in RULES}
    differing, finished, broken = [], 0, False
    while finished < jobs:
        number, report = results.get()
        if number is not None:
            differing.append(number)
            if report and len(differing) <= REPORTS_MAX:
                print("\n".join(report), "\n", flush=True)
            continue
        finished += 1
        if isinstance(report, str):
            broken = True
            print(report)
            continue
        for name, count in report.items():
            counts[name] += count
    for worker in workers:
        worker.join()
    print_rules(counts)
    if differing:
        print("scripts that differ:", *sorted(differing)[:50])
    print(f"{len(numbers)} scripts, {len(differing)} differ")
    return 1 if differing or broken else 0


def print_rules(counts):
    print("explained differences:")
    for rule in RULES:
        print(f"{counts[rule.name]:8} {rule.name}: {rule.sentence}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scripts", type=int, default=500, help="how many (500)")
    parser.add_argument("--seed", default="1", help="of the scripts (1)")
    parser.add_argument("--only", type=int, help="just the script of this number")
    parser.add_argument("--whole", action="store_true", help="show a differing script as it is, not minimised")
    parser.add_argument("--jobs", type=int, default=2, help="processes, each with two brokers of its own (2)")
    parser.add_argument("-v", "--verbose", action="store_true", help="print all that each client gets")
    options = parser.parse_args()
    if find_mosquitto() is None:
        print("skipped: mosquitto is not installed (Debian: apt install mosquitto)")
        return SKIPPED
    begin = time.monotonic()
    code = run(options)
    print(f"took {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
