"""Sluice and mosquitto, started with the same options on free loopback ports."""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from conditions import wait_until  # noqa: E402
from running_sluice import SluiceProcess, free_port  # noqa: E402

# What both are told. Without the first two their defaults are the same already, but may not stay so.
LINES = ("max_inflight_messages 20", "max_queued_messages 1000", "set_tcp_nodelay true", "persistence false")
LISTENER_LINES = ("max_topic_alias 10",)
START_SECONDS_MAX = 10


def find_mosquitto():
    return shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


class Mosquitto:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="differential-")
        self.mqtt_port = 0
        self.run = None

    def start(self):
        self.mqtt_port = free_port()
        path = pathlib.Path(self.folder.name) / "mosquitto.conf"
        lines = LINES + ("sys_interval 0", "log_type error", "allow_anonymous true",
                         f"listener {self.mqtt_port} 127.0.0.1") + LISTENER_LINES
        path.write_text("".join(line + "\n" for line in lines), encoding="ascii")
        with open(path.with_name("log"), "wb") as log:
            self.run = subprocess.Popen([find_mosquitto(), "-c", str(path)], stdout=log, stderr=log,
                                        stdin=subprocess.DEVNULL)
        wait_until(lambda: self.run.poll() is not None or self.answers(), "mosquitto is ready", START_SECONDS_MAX)
        if self.run.poll() is not None:
            raise AssertionError(f"mosquitto did not start: {path.with_name('log').read_text()}")
        return self

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.mqtt_port), 1).close()
            return True
        except OSError:
            return False

    def is_alive(self):
        return self.run.poll() is None

    def stop(self):
        self.run.terminate()
        self.run.wait()
        self.folder.cleanup()


class Sluice(SluiceProcess):
    def __init__(self):
        super().__init__({"mqtt": LISTENER_LINES}, LINES + ("log_type error",))

    @property
    def mqtt_port(self):
        return self.port("mqtt")
