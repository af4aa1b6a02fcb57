"""The manual in a browser."""

import unittest

from browser_case import BrowserCase


class ManualPageTest(BrowserCase):
    def test_the_manual_works_in_a_browser(self):
        self.run_in_browser("manual.test.mjs")


if __name__ == "__main__":
    unittest.main()
