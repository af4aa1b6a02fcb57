"""The curl lines of the contract of the HTTP face, one after the other, as they stand there: curl_lines.txt."""

import contextlib
import pathlib
import unittest

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from mosquitto_client import Subscriber
from paho_client import V5, PahoClient
from shell_lines import Shell, matches
from sluice_case import SluiceCase

LINES = pathlib.Path(__file__).resolve().parent / "curl_lines.txt"


def answer(client, _userdata, asked):
    """What a device does with a question of MQTT 5."""
    told = Properties(PacketTypes.PUBLISH)
    told.CorrelationData = asked.properties.CorrelationData
    client.publish(asked.properties.ResponseTopic, b'{"state":"ok"}', 1, properties=told)


class Line:
    def __init__(self, text):
        self.text, self.status, self.prints, self.before, self.live, self.beside, self.off = text, None, None, [], None, None, None

    def expect(self, word, rest):
        if word == "status":
            self.status = int(rest)
        elif word == "prints":
            self.prints = rest if self.prints is None else self.prints + "\n" + rest
        elif word == "before":
            self.before.append(rest)
        elif word == "live":
            self.live = rest
        elif word == "with":
            self.beside = rest
        elif word == "off":
            self.off = rest
        else:
            raise AssertionError(f"{LINES.name}: what is {word!r} below {self.text!r}?")


def read_lines():
    found = []
    for line in LINES.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            word, _, rest = line.strip().partition(" ")
            found[-1].expect(word, rest)
        elif line and not line.startswith("#"):
            found.append(Line(line))
    return found


class CurlLinesTest(SluiceCase):
    lines = ("sys_interval 1",)

    def setUp(self):
        super().setUp()
        self.shell = Shell(self.sluice)
        self.addCleanup(self.shell.close)

    @contextlib.contextmanager
    def beside(self, name):
        """What runs beside a line."""
        if name is None:
            yield
        elif name == "a device that answers":
            with PahoClient(self.mqtt_port, version=V5) as device:
                device.client.on_message = answer
                device.subscribe("dev/7/rpc", 1)
                yield
        elif name == "a reader of copy/home/lamp/set":
            with Subscriber(self.mqtt_port, "copy/#") as reader:
                yield
                reader.wait_until_told("copy/home/lamp/set ON")
        else:
            raise AssertionError(f"nobody knows {name!r}")

    def run_line(self, line):
        for each in line.before:
            self.shell.run(each)
        if line.live is None:
            printed, status = self.shell.run(line.text)
            if line.status is not None:
                self.assertEqual(status, line.status, printed)
            if line.prints is not None and not matches(line.prints, printed):
                self.fail(f"it printed\n{printed}\nand not\n{line.prints}")
            return
        running = self.shell.start(line.text)
        self.shell.run(line.live)
        if line.prints is not None:
            running.wait_for(line.prints)

    def test_every_line_does_what_the_contract_says(self):
        lines = read_lines()
        self.assertGreater(len(lines), 15)
        for line in lines:
            if line.off is None:
                with self.subTest(line=line.text), self.beside(line.beside):
                    self.run_line(line)

    def test_what_is_off_is_really_not_there(self):
        """A line that works by now has to be expected to."""
        for line in read_lines():
            if line.off is None or line.live is not None or line.beside is not None or line.status is None:
                continue
            with self.subTest(line=line.text):
                _, status = self.shell.run(line.text)
                self.assertIn(status, (400, 404, 405), "it works: take 'off' away")
                self.assertNotEqual(status, line.status)


if __name__ == "__main__":
    unittest.main()
