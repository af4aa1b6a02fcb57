"""The API page and the MQTT client in a browser."""

import unittest

from browser_case import BrowserCase


class ToolsPageTest(BrowserCase):
    def test_the_api_page_and_the_mqtt_client_work(self):
        self.run_in_browser("tools.test.mjs")


if __name__ == "__main__":
    unittest.main()
