"""mqtt.js from npm against a started process: runs the *.test.mjs of this folder, over TCP and WebSocket."""

import os
import re
import shutil
import subprocess
import unittest

from interop_case import FOLDER, InteropCase

SECONDS_MAX = 150


def missing():
    if shutil.which("node") is None:
        return "this suite needs node"
    if not (FOLDER / "node_modules").is_dir():
        return "this suite needs the npm packages of tests/interop (npm ci)"
    return None


@unittest.skipIf(missing(), missing())
class MqttJsTest(InteropCase):
    lines = ("max_queued_messages 20000",)  # ten thousand come faster than a slow machine's reader takes them

    def run_file(self, name):
        environment = {**os.environ, "SLUICE_MQTT": f"mqtt://127.0.0.1:{self.mqtt_port}",
                       "SLUICE_WS": f"ws://127.0.0.1:{self.sluice.port('http')}/mqtt"}
        ended = subprocess.run(["node", "--test", f"mqttjs_{name}.test.mjs"], cwd=FOLDER, env=environment,
                               capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout[-12000:] + ended.stderr[-4000:])
        passed = re.search(r"^(?:#|ℹ) pass (\d+)", ended.stdout, re.MULTILINE)  # TAP, or the reporter of newer ones
        self.assertIsNotNone(passed, ended.stdout)
        self.assertGreater(int(passed.group(1)), 0, "no test ran")

    def test_what_all_versions_have_in_common(self):
        self.run_file("delivery")

    def test_what_version_5_adds(self):
        self.run_file("version5")

    def test_connections_that_break(self):
        self.run_file("reconnect")


if __name__ == "__main__":
    unittest.main()
