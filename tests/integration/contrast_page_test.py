"""The contrast in a browser, for one who may administer."""

import unittest

from browser_case import BrowserCase


class ContrastPageTest(BrowserCase):
    rules = "topic readwrite #\ntopic readwrite $CONTROL/#\ntopic read $SYS/#\n"

    def test_the_contrast_works_in_a_browser(self):
        self.run_in_browser("contrast.test.mjs")


if __name__ == "__main__":
    unittest.main()
