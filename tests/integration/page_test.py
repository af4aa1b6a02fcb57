"""The topics in a browser: the tree, and the page of a topic."""

import unittest

from browser_case import BrowserCase


class PageTest(BrowserCase):
    def test_the_page_works_in_a_browser(self):
        self.run_in_browser("page.test.mjs")

    def test_the_page_of_a_topic_works_in_a_browser(self):
        self.run_in_browser("topic.test.mjs")


if __name__ == "__main__":
    unittest.main()
