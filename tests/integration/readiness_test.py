"""What the service manager is told, and the file that it reads about us."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from unittest import mock

from conditions import PATIENCE_SECONDS
from mosquitto_client import publish
from running_sluice import ROOT, SluiceProcess, binary


class ReadinessTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.open_socket()

    def open_socket(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.settimeout(PATIENCE_SECONDS)

    def start(self, address, *lines, **variables):
        self.socket.bind(address)
        name = self.socket.getsockname()
        shown = name if isinstance(name, str) else "@" + name[1:].decode()
        with mock.patch.dict(os.environ, {"NOTIFY_SOCKET": shown, **variables}):
            sluice = SluiceProcess(lines=lines).start()
        self.addCleanup(sluice.clean_up)
        return sluice

    def told(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode("ascii").splitlines())

    def wait_for(self, name):
        while True:
            told = self.told()
            if name in told:
                return told

    def test_start_reload_and_stop_are_told_in_their_order(self):
        path = str(self.folder / "notify")
        for address in (path, b"\0sluice-test-" + os.urandom(8).hex().encode()):
            with self.subTest(address=address):
                sluice = self.start(address)
                self.assertEqual(self.told(), {"READY": "1", "STATUS": "Listening on 2 sockets."})
                before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                sluice.process.send_signal(signal.SIGHUP)
                reloading = self.told()
                self.assertEqual(reloading["RELOADING"], "1")
                self.assertLessEqual(before, int(reloading["MONOTONIC_USEC"]))
                self.assertLessEqual(int(reloading["MONOTONIC_USEC"]),
                                     time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
                self.assertEqual(self.told()["READY"], "1")
                sluice.stop()
                self.assertEqual(self.told()["STOPPING"], "1")
                self.socket.close()
                self.open_socket()

    def test_the_watchdog_hears_of_us_again_and_again(self):
        sluice = self.start(str(self.folder / "notify"), "io_threads 3", WATCHDOG_USEC="200000")
        for _ in range(3):
            self.wait_for("WATCHDOG")
        sluice.stop()

    def test_a_watchdog_that_is_not_ours_hears_nothing(self):
        sluice = self.start(str(self.folder / "notify"), WATCHDOG_USEC="2000", WATCHDOG_PID="1")
        self.assertIn("READY", self.told())
        sluice.stop()
        self.assertIn("STOPPING", self.told())

    def test_a_service_manager_that_does_not_read_holds_nobody_up(self):
        sluice = self.start(str(self.folder / "notify"), WATCHDOG_USEC="2000")
        for _ in range(20):  # far more beats than the socket holds have come and gone meanwhile
            publish(sluice.port(), "a/b", "x", qos=1)
        sluice.stop()
        self.assertIn("READY", self.told())


class UnitFileTest(unittest.TestCase):
    unit = ROOT / "config" / "sluice.service"

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
    def test_systemd_takes_the_unit_file_without_a_word(self):
        with tempfile.TemporaryDirectory() as folder:
            text = self.unit.read_text(encoding="utf-8")
            self.assertIn("ExecStart=/usr/bin/sluice ", text)
            copy = pathlib.Path(folder) / "sluice.service"
            copy.write_text(text.replace("/usr/bin/sluice", binary()), encoding="utf-8")
            outcome = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True,
                                     text=True, timeout=PATIENCE_SECONDS, check=False)
            complaints = [line for line in outcome.stderr.splitlines() if "sluice" in line]
            self.assertEqual((outcome.returncode, complaints), (0, []), outcome.stderr)


if __name__ == "__main__":
    unittest.main()
