"""The pages in Chromium against a started process: runs the browser tests of tests/e2e, each file with a process of its own."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from sluice_case import SluiceCase

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FILE_SECONDS_MAX = 280


def missing():
    if shutil.which("node") is None:
        return "node is not installed"
    if not (E2E / "node_modules").is_dir():
        return "the npm packages of tests/e2e are not installed (npm ci)"
    if not os.access(CHROMIUM, os.X_OK):
        return f"there is no browser at {CHROMIUM}"
    return None


class BrowserCase(SluiceCase):
    rules = None  # lines of an access file

    @classmethod
    def setUpClass(cls):
        if missing():
            raise unittest.SkipTest(missing())
        if cls.rules is not None:
            folder = tempfile.TemporaryDirectory(prefix="sluice-page-")
            cls.addClassCleanup(folder.cleanup)
            path = pathlib.Path(folder.name) / "acl"
            path.write_text(cls.rules, encoding="utf-8")
            cls.lines = (*cls.lines, f"acl_file {path}")
        super().setUpClass()

    def run_in_browser(self, file):
        environment = {**os.environ, "SLUICE_HTTP": self.web, "SLUICE_MQTT_PORT": str(self.mqtt_port)}
        ended = subprocess.run(["node", "--test", file], cwd=E2E, env=environment, capture_output=True,
                               text=True, timeout=FILE_SECONDS_MAX, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout[-8000:] + ended.stderr[-4000:])
        self.assertGreater(int(re.search(r"^# pass (\d+)", ended.stdout, re.MULTILINE).group(1)), 0, "no test ran")
