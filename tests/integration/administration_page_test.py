"""What administrators see in a browser."""

import unittest

from browser_case import BrowserCase


class AdministrationPageTest(BrowserCase):
    rules = "topic readwrite #\ntopic readwrite $CONTROL/#\ntopic read $SYS/#\n"

    def test_administration_works_in_a_browser(self):
        self.run_in_browser("administration.test.mjs")


if __name__ == "__main__":
    unittest.main()
