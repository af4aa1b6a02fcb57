"""The programs around Paho for C, one connection each: commands go in as lines, answers and messages come out."""

import os
import pathlib
import subprocess
import threading

from conditions import PATIENCE_SECONDS, wait_until

VERSIONS = (3, 4, 5)  # 3.1, 3.1.1, 5.0
EVENTS = ("message ", "lost", "disconnected_by_server ", "online")  # what comes unasked
PROGRAMS = {"synchronous": os.environ.get("PAHO_C", ""), "asynchronous": os.environ.get("PAHO_C_ASYNC", "")}


def missing():
    """Why the suite cannot run; None: it can."""
    if all(pathlib.Path(each).is_file() for each in PROGRAMS.values()):
        return None
    return "this suite needs libpaho-mqtt-dev when CMake configures"


class PahoC:
    """`with` leaves nothing behind: the program is killed, so a test that wants a DISCONNECT says so."""

    def __init__(self, url, version, client_id, kind="synchronous"):
        self.lines, self.taken = [], 0
        self.program = subprocess.Popen([PROGRAMS[kind], url, str(version), client_id], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.program.stdout:
            self.lines.append(line.rstrip("\n"))

    def say(self, command):
        self.program.stdin.write(command + "\n")

    def answers(self):
        return [line for line in list(self.lines) if not line.startswith(EVENTS)]

    def wait_for_answer(self, seconds=PATIENCE_SECONDS):
        wait_until(lambda: len(self.answers()) > self.taken, lambda: f"an answer came; it said {self.lines[-30:]}",
                   seconds)
        self.taken += 1
        return self.answers()[self.taken - 1]

    def ask(self, command, seconds=PATIENCE_SECONDS):
        self.say(command)
        return self.wait_for_answer(seconds)

    def connect(self, options="1"):
        self.say(f"connect {options}")
        return self.wait_for_connack()

    def wait_for_connack(self):
        """The Session Present flag, and the properties of CONNACK."""
        verb, code, present, *properties = self.wait_for_answer().split(" ")
        if (verb, code) != ("connected", "0"):
            raise AssertionError(f"CONNECT was answered: {verb} {code}; it said {self.lines[-30:]}")
        return int(present), properties

    def messages(self):
        """Each as printed: QoS, RETAIN, topic, payload, properties."""
        return [line[len("message "):] for line in list(self.lines) if line.startswith("message ")]

    def wait_for(self, count, seconds=PATIENCE_SECONDS):
        return wait_until(lambda: self.messages() if len(self.messages()) >= count else None,
                          lambda: f"{count} messages came; it said {self.lines[-30:]}", seconds)

    def wait_for_event(self, event, count=1):
        wait_until(lambda: list(self.lines).count(event) >= count,
                   lambda: f"{event!r} came {count} times; it said {self.lines[-30:]}")

    def kill(self):
        """As a power cut would: no DISCONNECT."""
        self.program.kill()
        self.program.wait()

    def close(self):
        self.kill()
        self.reader.join(PATIENCE_SECONDS)
        for pipe in (self.program.stdin, self.program.stdout):
            pipe.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def connect_all(*clients, options="1"):
    """At once, as each connection costs the library a third of a second."""
    for client in clients:
        client.say(f"connect {options}")
    for client in clients:
        client.wait_for_connack()
