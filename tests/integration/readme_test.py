"""The lines of the README as they stand there: on the ports of the README where those are free, and on others."""

import json
import pathlib
import subprocess
import tempfile
import unittest

from conditions import PATIENCE_SECONDS, wait_until
from running_sluice import SluiceProcess, is_free
from web_client import get

SUBSCRIBE = "mosquitto_sub -h 127.0.0.1 -i testSub -t debug -v"
POST = "curl -d hello 'http://localhost:8080/topics/debug'"
PUT = "curl -X PUT -d 21.5 'http://localhost:8080/topics/myhome/groundfloor/familyroom/humidity'"
GET = "curl 'http://localhost:8080/topics/myhome/groundfloor/familyroom/humidity'"
STREAM = "curl -N 'http://localhost:8080/topics/myhome?tree&stream'"
PUBLISH = "mosquitto_pub -h 127.0.0.1 -t myhome/groundfloor/familyroom/humidity -m 22 -q 1"
PAHO = "python3 -c 'import paho.mqtt.publish as p; p.single(\"ledStatus\", \"1\", hostname=\"localhost\")'"
HUMIDITY = "myhome/groundfloor/familyroom/humidity"


class Shell:
    """Lines as a user's shell runs them, with the ports of this process in them."""

    def __init__(self, mqtt_port, http_port):
        self.mqtt_port, self.http_port = mqtt_port, http_port
        self.folder = tempfile.TemporaryDirectory()
        self.running = []

    def adapt(self, line):
        line = line.replace("localhost:8080", f"localhost:{self.http_port}")
        line = line.replace("python3 -c", "/usr/bin/python3 -c")  # Debian's, which has Debian's Paho
        if self.mqtt_port != 1883:
            line = line.replace("-h 127.0.0.1", f"-h 127.0.0.1 -p {self.mqtt_port}")
            line = line.replace('hostname="localhost"', f'hostname="localhost", port={self.mqtt_port}')
        return line

    def run(self, line):
        ended = subprocess.run(["sh", "-c", self.adapt(line)], capture_output=True, text=True,
                               timeout=PATIENCE_SECONDS, check=False)
        if ended.returncode != 0:
            raise AssertionError(f"{line} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
        return ended.stdout

    def start(self, line):
        """As with & behind it; gives a function that tells what it has printed."""
        path = pathlib.Path(self.folder.name) / str(len(self.running))
        with open(path, "wb") as out:
            self.running.append(subprocess.Popen(["sh", "-c", "exec " + self.adapt(line)], stdout=out,
                                                 stderr=subprocess.DEVNULL))
        return lambda: path.read_text(encoding="utf-8")

    def close(self):
        for each in self.running:
            each.kill()
            each.wait()
        self.folder.cleanup()


class ReadmeLines:
    """requires: self.sluice and self.shell"""

    def test_the_lines_do_what_the_readme_says(self):
        printed = self.shell.start(SUBSCRIBE)
        self.sluice.wait_for_log("Sending SUBACK to testSub")
        self.shell.run(POST)
        wait_until(lambda: printed() == "debug hello\n", lambda: f"the subscriber printed {printed()!r}")

        self.shell.run(PUT)
        self.assertEqual(self.shell.run(GET), "21.5")

        live = self.shell.start(STREAM)
        wait_until(lambda: live().count("\n") == 1, lambda: f"the stream began with what is there: {live()!r}")
        self.shell.run(PUBLISH)
        wait_until(lambda: live().count("\n") == 2, lambda: f"the stream went on: {live()!r}")
        kept, new = (json.loads(line) for line in live().splitlines())
        self.assertEqual((kept["topic"], kept["payload"], kept["retain"]), (HUMIDITY, "21.5", True))
        self.assertEqual((new["topic"], new["payload"], new["retain"], new["qos"]), (HUMIDITY, "22", False, 1))

        led = self.shell.start(SUBSCRIBE.replace("testSub", "ledSub").replace("debug", "ledStatus"))
        self.sluice.wait_for_log("Sending SUBACK to ledSub")
        self.shell.run(PAHO)
        wait_until(lambda: led() == "ledStatus 1\n", lambda: f"the subscriber printed {led()!r}")


@unittest.skipUnless(is_free(1883) and is_free(8080), "port 1883 or 8080 is used by another program")
class DefaultPortsTest(ReadmeLines, unittest.TestCase):
    """As started without any argument but -v, on IPv4 and IPv6 loopback: `localhost` may mean either."""

    def setUp(self):
        self.sluice = SluiceProcess({}, config=False, arguments=("-v",))
        self.sluice.ports = {"mqtt": 1883, "http": 8080}
        self.sluice.launch()
        self.addCleanup(self.sluice.clean_up)
        wait_until(self.sluice.is_ready, lambda: f"it was ready:\n{self.sluice.log()}")
        self.shell = Shell(1883, 8080)
        self.addCleanup(self.shell.close)

    def tearDown(self):
        self.shell.close()
        self.sluice.stop()

    def test_who_has_started_it_administers_it(self):
        self.assertEqual(get("http://127.0.0.1:8080/api/v1/clients").status, 200)
        self.assertIn("sluice", get("http://localhost:8080/api/v1/config").text)

    def test_only_loopback_is_served(self):
        found = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=False)
        if found.returncode != 0:
            self.skipTest("ss does not work here")
        own = [line.split()[3] for line in found.stdout.splitlines() if f"pid={self.sluice.process.pid}," in line]
        self.assertIn("127.0.0.1:1883", own)
        self.assertIn("127.0.0.1:8080", own)
        local = {f"{address}:{port}" for address in ("127.0.0.1", "[::1]") for port in (1883, 8080)}
        self.assertTrue(set(own) <= local, own)


class OtherPortsTest(ReadmeLines, unittest.TestCase):
    listeners = {"mqtt": (), "http": ()}

    def setUp(self):
        self.sluice = SluiceProcess(self.listeners, arguments=("-v",)).start()
        self.addCleanup(self.sluice.clean_up)
        self.shell = Shell(self.sluice.port(next(iter(self.listeners))), self.sluice.port(list(self.listeners)[-1]))
        self.addCleanup(self.shell.close)

    def tearDown(self):
        self.shell.close()
        self.sluice.stop()


class OnePortForEverythingTest(OtherPortsTest):
    listeners = {"auto": ()}


if __name__ == "__main__":
    unittest.main()
