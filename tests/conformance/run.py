#!/usr/bin/python3
"""Plays every case of data/*.json against one Sluice for each configuration, or against another broker."""

import argparse
import concurrent.futures
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

import case_files  # noqa: E402
import packet_parts  # noqa: E402
from conditions import PATIENCE_SECONDS  # noqa: E402
from line import Failure  # noqa: E402
from player import Player  # noqa: E402
from running_sluice import SluiceProcess, binary  # noqa: E402

CASES_AT_ONCE = 8
SLOW_CASES_AT_ONCE = 32  # these sleep nearly all of their time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", metavar="TEXT", default="", help="only cases with this in their title, or of this clause")
    parser.add_argument("-v", action="store_true", help="a line for each case, and every step of the failing ones")
    parser.add_argument("--host", default="127.0.0.1", help="where another broker listens, with --port")
    parser.add_argument("--port", type=int, help="plays against this port instead of a Sluice of its own")
    parser.add_argument("--config", action="append", default=[], metavar="LINE",
                        help="a line that the other broker is configured with; cases that need others are left out")
    parser.add_argument("--patience", type=float, default=PATIENCE_SECONDS, help="seconds to wait for a packet")
    parser.add_argument("--quiet-end", action="store_true",
                        help="the other broker may close without DISCONNECT in 5.0, as the standard only recommends it")
    parser.add_argument("--list", action="store_true", help="prints the titles and clauses, and plays nothing")
    return parser.parse_args()


class Brokers:
    """One for each configuration, or one that somebody else started."""

    def __init__(self, asked):
        self.asked, self.running = asked, {}

    def serves(self, case):
        return self.asked.port is None or set(case.config + case.listener) == set(self.asked.config)

    def start(self, cases):
        if self.asked.port is not None:
            return
        for case in cases:
            key = (case.config, case.listener)
            if key not in self.running:
                try:
                    self.running[key] = SluiceProcess({"mqtt": case.listener}, case.config).start()
                except AssertionError as failed:
                    self.running[key] = str(failed)

    def address(self, case):
        if self.asked.port is not None:
            return self.asked.host, self.asked.port
        running = self.running[case.config, case.listener]
        if isinstance(running, str):
            raise Failure(f"the broker for this case did not start: {running}")
        return "127.0.0.1", running.port()

    def stop(self):
        """The complaints of those that did not end well."""
        complaints = []
        for one in self.running.values():
            try:
                if not isinstance(one, str):
                    one.stop()
            except AssertionError as failed:
                complaints.append(str(failed))
        return complaints


def outcome_of(case, brokers, asked):
    """(case, None or what was wrong, the record, seconds)"""
    begin = time.monotonic()
    player = Player(case, asked.patience, asked.quiet_end)
    try:
        player.play(brokers.address(case))
        wrong = None
    except Failure as failed:
        wrong = f"at `{player.step}`: {failed}"
    except (packet_parts.NotationError, ValueError, AttributeError, IndexError, TypeError) as failed:
        wrong = f"at `{player.step}`: this step can't be read: {failed}"
    return case, wrong, player.record, time.monotonic() - begin


def play_all(cases, brokers, asked, show):
    """Those that need the broker for themselves one by one, then the others, those that take time beside them."""
    for case in cases:
        if case.alone:
            show(*outcome_of(case, brokers, asked))
    with concurrent.futures.ThreadPoolExecutor(SLOW_CASES_AT_ONCE) as slow, \
            concurrent.futures.ThreadPoolExecutor(CASES_AT_ONCE) as quick:
        waiting = [(slow if case.is_slow else quick).submit(outcome_of, case, brokers, asked)
                   for case in sorted(cases, key=lambda case: not case.is_slow) if not case.alone]
        for one in concurrent.futures.as_completed(waiting):
            show(*one.result())


class Report:
    def __init__(self, wordy):
        self.wordy, self.failed = wordy, 0

    def show(self, case, wrong, record, seconds):
        if wrong is None:
            if self.wordy:
                print(f"ok      {case.title} ({seconds:.2f} s)")
            return
        self.failed += 1
        print(f"FAILED  {case.title} {' '.join(case.clauses)}\n        {wrong}")
        for line in record if self.wordy else record[-6:]:
            print(f"          {line[:400]}")


def main():
    asked = arguments()
    first_number = 1 if asked.port is None else int(time.time()) % 100000 * 10000  # that broker may remember us
    brokers = Brokers(asked)
    try:
        every = case_files.load(first_number)
        if asked.port is None and not asked.list:
            binary()
    except (case_files.CaseError, AssertionError) as failed:
        print(failed)
        return 1
    cases = [case for case in every if case.is_selected(asked.k)]
    if asked.list:
        for case in cases:
            print(case.title, *case.clauses)
        return 0
    served = [case for case in cases if brokers.serves(case)]
    report = Report(asked.v)
    try:
        brokers.start(served)
        play_all(served, brokers, asked, report.show)
    finally:
        complaints = brokers.stop()
    for complaint in complaints:
        print(f"FAILED  the end of the broker: {complaint}")
    if len(served) < len(cases):
        print(f"{len(cases) - len(served)} cases need another configuration")
    print(f"{len(served)} cases, {report.failed + len(complaints)} failed")
    return 1 if report.failed or complaints or not served else 0


if __name__ == "__main__":
    sys.exit(main())
