"""The manual: every example of its chapters about HTTP is run, and what is printed is what stands there
(manual_course_test.py has the course). And its pages, as they are served."""

import unittest
from html.parser import HTMLParser

from manual_chapters import MANUAL, ManualCase, chapter_name
from sluice_case import SluiceCase
from web_client import get


class HttpExamplesTest(ManualCase):
    def test_every_example_prints_what_stands_there(self):
        self.run_chapters(*range(1, 10), *range(30, 100))


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.targets, self.scripts = set(), 0

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.targets |= {value for name, value in attrs if name in ("href", "src")}


class PagesTest(SluiceCase):
    def links_of(self, path):
        page = get(self.web + path)
        self.assertEqual((page.status, page.field("Content-Type")), (200, "text/html; charset=utf-8"), path)
        links = Links()
        links.feed(page.text)
        self.assertEqual(links.scripts, 0)
        return links.targets

    def test_the_first_page_leads_to_all_chapters_and_they_to_what_exists(self):
        chapters = {target for target in self.links_of("/docs") if target.startswith("/docs/") and "." not in target}
        names = {f"/docs/{chapter_name(path)}" for path in MANUAL.glob("*.md")}
        self.assertEqual(chapters, names)
        targets = set().union(*(self.links_of(chapter) for chapter in chapters))
        self.assertTrue(all(target.startswith("/") for target in targets), "nothing comes from elsewhere")
        for target in targets:
            self.assertEqual(get(self.web + target).status, 200, target)

    def test_what_is_no_chapter_is_told(self):
        answer = get(f"{self.web}/docs/none")
        self.assertEqual((answer.status, answer.json["hint"]), (404, "All chapters are listed at /docs."))


if __name__ == "__main__":
    unittest.main()
