"""The dashboard's other pages in a browser."""

import unittest

from browser_case import BrowserCase


class DashboardPageTest(BrowserCase):
    def test_the_pages_are_found_and_keys_work(self):
        self.run_in_browser("navigation.test.mjs")

    def test_the_detail_pane_and_the_form_work(self):
        self.run_in_browser("detail.test.mjs")


if __name__ == "__main__":
    unittest.main()
