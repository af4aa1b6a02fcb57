"""The controller in a browser."""

import unittest

from browser_case import BrowserCase


class PadPageTest(BrowserCase):
    def test_the_controller_works_in_a_browser(self):
        self.run_in_browser("pad.test.mjs")


if __name__ == "__main__":
    unittest.main()
