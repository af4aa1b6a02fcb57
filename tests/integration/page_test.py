"""The pages in Chromium against a started process: runs the browser tests of tests/e2e."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from sluice_case import SluiceCase

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PAGE_SECONDS_MAX = 170


def missing():
    if shutil.which("node") is None:
        return "node is not installed"
    if not (E2E / "node_modules").is_dir():
        return "the npm packages of tests/e2e are not installed (npm ci)"
    if not os.access(CHROMIUM, os.X_OK):
        return f"there is no browser at {CHROMIUM}"
    return None


@unittest.skipIf(missing(), missing())
class PageTest(SluiceCase):
    def run_in_browser(self, file):
        environment = {**os.environ, "SLUICE_HTTP": self.web, "SLUICE_MQTT_PORT": str(self.mqtt_port)}
        ended = subprocess.run(["node", "--test", file], cwd=E2E, env=environment, capture_output=True,
                               text=True, timeout=PAGE_SECONDS_MAX, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout[-8000:] + ended.stderr[-4000:])
        self.assertGreater(int(re.search(r"^# pass (\d+)", ended.stdout, re.MULTILINE).group(1)), 0, "no test ran")

    def test_the_page_works_in_a_browser(self):
        self.run_in_browser("page.test.mjs")

    def test_the_page_of_a_topic_works_in_a_browser(self):
        self.run_in_browser("topic.test.mjs")

    def test_the_pages_are_found_and_keys_work(self):
        self.run_in_browser("navigation.test.mjs")

    def test_the_detail_pane_and_the_form_work(self):
        self.run_in_browser("detail.test.mjs")

    def test_the_api_page_and_the_mqtt_client_work(self):
        self.run_in_browser("tools.test.mjs")


if __name__ == "__main__":
    unittest.main()
