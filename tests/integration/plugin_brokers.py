"""Brokers that load plugins written for mosquitto, behind one face: Debian's mosquitto, and Sluice."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from conditions import PATIENCE_SECONDS, wait_until
from running_sluice import START_SECONDS_MAX, SluiceProcess, binary, free_port

MOSQUITTO = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def built_file(name):
    """What was built beside the program."""
    return pathlib.Path(binary()).parent / name


class MosquittoBroker:
    """`lines` are options of mosquitto.conf; `start` listens on a free loopback port."""

    name = "mosquitto"

    def __init__(self, lines):
        self.folder = tempfile.TemporaryDirectory(prefix="mosquitto-test-")
        self.lines = tuple(lines)
        self.log_path = pathlib.Path(self.folder.name) / "log"
        self.mqtt_port = 0
        self.process = None

    @staticmethod
    def is_there():
        return MOSQUITTO is not None

    def launch(self):
        self.mqtt_port = free_port()
        path = pathlib.Path(self.folder.name) / "mosquitto.conf"
        # As root it would give up its rights, and could not write beside the tests' files any more.
        lines = ("user root",) * (os.geteuid() == 0) + (f"listener {self.mqtt_port} 127.0.0.1",) + self.lines
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", str(path)], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    def start(self):
        self.launch()
        wait_until(lambda: self.process.poll() is not None or " running" in self.log(),
                   lambda: f"mosquitto is ready: {self.log()}", START_SECONDS_MAX)
        if self.process.poll() is not None:
            raise AssertionError(f"mosquitto did not start: {self.log()}")
        return self

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        try:
            if self.process.poll() is None:
                self.process.terminate()
            code = self.process.wait(PATIENCE_SECONDS)
            if code != 0:
                raise AssertionError(f"mosquitto ended with {code}:\n{self.log()}")
        finally:
            self.clean_up()

    def clean_up(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def refusal(self):
        """The log of a start that has to fail."""
        self.launch()
        try:
            if self.process.wait(PATIENCE_SECONDS) == 0:
                raise AssertionError("it started and ended well")
            return self.log()
        finally:
            self.clean_up()


class SluiceBroker(SluiceProcess):
    name = "sluice"

    def __init__(self, lines):
        super().__init__({"mqtt": ()}, lines)

    @staticmethod
    def is_there():
        return True

    @property
    def mqtt_port(self):
        return self.port("mqtt")

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def refusal(self):
        self.ports = {name: free_port() for name in self.listeners}
        self.config_path.write_text(self.config_text(), encoding="utf-8")
        self.launch()
        try:
            if self.process.wait(START_SECONDS_MAX) == 0:
                raise AssertionError("it started and ended well")
            return self.log()
        finally:
            self.clean_up()
