"""Where the log goes beside the console and a file: subscribers, the system's log, and several at once."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from conditions import PATIENCE_SECONDS
from mosquitto_client import Subscriber, publish
from running_sluice import SluiceProcess
from sluice_case import SluiceCase

LOG = "$SYS/broker/log/#"
# A /dev of its own, with what the program needs and the socket that the test listens on.
PRIVATE_DEV = """
set -e
mount --make-rprivate /
for each in null zero urandom random; do touch "$0/$each"; mount --bind "/dev/$each" "$0/$each"; done
mount --bind "$0" /dev
exec "$@"
"""


class TopicTest(SluiceCase):
    lines = ("log_dest stderr", "log_dest topic", "log_type all", "io_threads 2")

    def subscriber(self, *arguments, **options):
        return self.enterContext(Subscriber(self.mqtt_port, *arguments, **options))

    def test_lines_come_by_their_type_and_without_packets(self):
        with_log = self.subscriber(LOG, form="%t|%r|%p")
        publish(self.mqtt_port, self.topic, "x", "-i", "visitor")
        other = self.subscriber(self.topic, extra=("-i", "reader"))
        with_log.wait_until_told("reader 0 " + self.topic)
        other.kill()
        with_log.wait_until_told("Client reader")
        messages = with_log.messages()
        self.assertTrue(any(each.startswith("$SYS/broker/log/N|0|New client connected") and " visitor " in each
                            for each in messages), messages)
        self.assertIn("$SYS/broker/log/N|0|Client visitor disconnected.", messages)
        self.assertIn(f"$SYS/broker/log/M/subscribe|0|reader 0 {self.topic}", messages)
        topics = {each.partition("|")[0].removeprefix("$SYS/broker/log/") for each in messages}
        self.assertLessEqual(topics, {"E", "W", "N", "I", "M/subscribe", "M/unsubscribe"})
        self.assertFalse([each for each in messages if "PUBLISH" in each], messages)
        self.assertIn("Sending PUBLISH to", self.sluice.log())  # the other destination has them

    def test_the_lines_of_a_client_come_once_each(self):
        with_log = self.subscriber(LOG, qos=2, version="5", form="%t|%q|%E|%p")
        for number in range(3):
            publish(self.mqtt_port, self.topic, "x", "-i", f"once{number}")
            with_log.wait_until_told(f"Client once{number} disconnected")
        about = [each for each in with_log.messages() if "once" in each]
        self.assertEqual(len(about), 6, about)
        for each in about:
            topic, qos, expiry, _ = each.split("|", 3)
            self.assertEqual((topic, qos), ("$SYS/broker/log/N", "2"))
            self.assertIn(expiry, ("19", "20"))

    def test_nobody_else_writes_there_and_nothing_is_kept(self):
        with_log = self.subscriber(LOG, form="%t|%r|%p")
        publish(self.mqtt_port, "$SYS/broker/log/N", "forged", qos=1)
        publish(self.mqtt_port, "$SYS/broker/log/N", "forged", "-r", "-i", "forger", qos=1)
        with_log.wait_until_told("Client forger disconnected")
        self.assertFalse([each for each in with_log.messages() if each.endswith("|forged")])
        late = self.subscriber(LOG, form="%t|%r|%p", extra=("-i", "late"))
        late.wait_until_told("late 0 $SYS")  # its own subscription is the first that it hears of
        self.assertFalse([each for each in late.messages() if "|1|" in each or "forger" in each])

    def test_many_lines_at_once_leave_the_broker_well(self):
        with_log = self.subscriber(LOG)
        clients = [subprocess.Popen(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.mqtt_port), "-t", self.topic,
                                     "-m", "x", "-i", f"crowd{number}"]) for number in range(30)]
        for each in clients:
            self.assertEqual(each.wait(PATIENCE_SECONDS), 0)
        for number in range(30):
            with_log.wait_until_told(f"Client crowd{number} disconnected")


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "a /dev/log of its own needs root, and unshare")
class SyslogTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.device = pathlib.Path(folder.name) / "dev"
        self.device.mkdir()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(str(self.device / "log"))
        self.socket.settimeout(PATIENCE_SECONDS)
        before = ("unshare", "-m", "bash", "-c", PRIVATE_DEV, str(self.device))
        if subprocess.run([*before, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this machine lets nobody mount")
        for each in ("null", "zero", "urandom", "random"):
            (self.device / each).unlink()
        self.before = before

    def start(self, *lines):
        sluice = SluiceProcess(lines=("log_dest syslog", "log_dest stderr", *lines), before=self.before).start()
        self.addCleanup(sluice.clean_up)
        return sluice

    def wait_for(self, text):
        while True:
            line = self.socket.recv(4096).decode()
            if text in line:
                return line

    def test_a_line_has_its_priority_the_facility_and_our_name(self):
        for lines, facility in (((), 3), (("log_facility 5",), 21)):
            with self.subTest(lines=lines):
                sluice = self.start(*lines)
                information = self.wait_for("running with")
                self.assertTrue(information.startswith(f"<{facility * 8 + 6}>"), information)
                self.assertIn(f" sluice[{sluice.process.pid}]: sluice version ", information)
                publish(sluice.port(), "a/b", "x", "-i", "visitor%s%n")
                notice = self.wait_for("visitor%s%n")
                self.assertTrue(notice.startswith(f"<{facility * 8 + 5}>"), notice)
                self.assertIn("visitor%s%n", sluice.log())
                sluice.stop()


if __name__ == "__main__":
    unittest.main()
