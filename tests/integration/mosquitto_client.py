"""Debian's mosquitto_pub and mosquitto_sub as a user types them."""

import shutil
import subprocess
import threading

from conditions import PATIENCE_SECONDS, wait_until

VERSIONS = ("31", "311", "5")


def publish(port, topic, payload, *extra, version="311", qos=0, expect=0):
    """Publishes one message; payload None means an empty one."""
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-V", version, "-t", topic, "-q", str(qos)]
    command += ["-n"] if payload is None else ["-m", payload]
    outcome = subprocess.run(command + list(extra), capture_output=True, text=True, timeout=PATIENCE_SECONDS,
                             check=False)
    if outcome.returncode != expect:
        raise AssertionError(f"{' '.join(command)} ended with {outcome.returncode}: {outcome.stdout}{outcome.stderr}")
    return outcome.stdout + outcome.stderr


class Subscriber:
    """A running mosquitto_sub; `with` leaves nothing behind. Ready when its subscriptions are granted."""

    def __init__(self, port, *topics, version="311", qos=0, extra=(), form="%t %p", ready=True):
        command = ["stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-V", version,
                   "-q", str(qos), "-d", "-F", "MESSAGE " + form, *extra]
        for topic in topics:
            command += ["-t", topic]
        self.lines = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        errors="surrogateescape")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if ready:
            self.wait_for_line("Subscribed (mid")

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for_line(self, beginning):
        def found():
            return next((line for line in list(self.lines) if line.startswith(beginning)), None)
        return wait_until(found, lambda: f"mosquitto_sub said {beginning!r}; it said {self.lines}")

    def messages(self):
        return [line[len("MESSAGE "):] for line in list(self.lines) if line.startswith("MESSAGE ")]

    def wait_for(self, count):
        """The messages, once there are so many."""
        return wait_until(lambda: self.messages() if len(self.messages()) >= count else None,
                          lambda: f"{count} messages came; it said {self.lines[-40:]}")

    def wait_until_told(self, text):
        wait_until(lambda: any(text in each for each in self.messages()),
                   lambda: f"a message with {text!r} came; it said {self.lines[-40:]}")

    def kill(self):
        """As a power cut would: no DISCONNECT."""
        self.process.kill()
        self.process.wait()

    def leave(self):
        """As Ctrl-C: with a DISCONNECT."""
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(PATIENCE_SECONDS)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def is_installed():
    return shutil.which("mosquitto_sub") is not None
