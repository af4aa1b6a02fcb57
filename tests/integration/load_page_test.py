"""The dashboard while very much happens."""

import unittest

from browser_case import BrowserCase


class LoadPageTest(BrowserCase):
    def test_the_dashboard_stays_smooth_under_load(self):
        self.run_in_browser("load.test.mjs")


if __name__ == "__main__":
    unittest.main()
