"""The manual: every example of docs/manual is run, in order, against a process of its own for each chapter, and what is
printed is what stands there. And its pages, as they are served."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser

from manual_chapters import MANUAL, ChapterRun, Reader, read_blocks
from running_sluice import SluiceProcess
from sluice_case import SluiceCase
from web_client import get

# Chapters about what this version may not serve yet, and the address by which that is seen.
AWAITED = {"webhooks": "/api/v1/webhooks", "tickets": "/api/v1/tickets"}


def chapter_name(path):
    return re.sub(r"^\d+-", "", path.stem)


class ExamplesTest(unittest.TestCase):
    def run_chapter(self, path):
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-manual-"))
            rights = pathlib.Path(folder) / "acl"
            rights.write_text("topic readwrite #\ntopic read $SYS/#\ntopic readwrite $CONTROL/#\n", encoding="ascii")
            lines = ("sys_interval 1", f"acl_file {rights}", "persistence true", f"persistence_location {folder}/",
                     "history # 1h 1000")
            sluice = SluiceProcess({"mqtt": (), "http": ()}, lines).start()
            stack.callback(sluice.stop)
            awaited = AWAITED.get(chapter_name(path))
            if awaited and get(sluice.base() + awaited).status == 404:
                self.skipTest(f"{awaited} is not served")
            chapter = ChapterRun(Reader(sluice))
            stack.callback(chapter.close)
            for block in read_blocks(path):
                with self.subTest(chapter=path.name, line=block.number):
                    chapter.run(block)
            self.assertGreaterEqual(chapter.compared, 1, "nothing of it was compared")

    def test_every_example_prints_what_stands_there(self):
        chapters = sorted(path for path in MANUAL.glob("*.md") if os.environ.get("CHAPTER", "") in path.name)
        self.assertTrue(chapters)
        for path in chapters:
            with self.subTest(chapter=path.name):
                self.run_chapter(path)


@unittest.skipUnless(shutil.which("g++"), "g++ is not there")
class SketchTest(unittest.TestCase):
    """The Arduino sketch, built for a board that only tells what it is asked to do."""

    def test_the_lamp_obeys_tells_and_comes_back(self):
        sketch, = [block.text for block in read_blocks(MANUAL / "21-esp8266.md") if block.name == "lamp.ino"]
        with tempfile.TemporaryDirectory(prefix="sluice-sketch-") as folder:
            (pathlib.Path(folder) / "lamp.ino").write_text(sketch, encoding="utf-8")
            board = pathlib.Path(__file__).parent / "arduino_board"
            subprocess.run(["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{board}", f"-I{folder}", "-o",
                            f"{folder}/day", str(board / "day.cpp")], check=True, timeout=120)
            told = subprocess.run([f"{folder}/day"], check=True, timeout=10, capture_output=True, text=True).stdout.splitlines()

        def connects(state, pin):
            return ["connect esp-c0ffee will esp/state 1 1 offline", "publish esp/state online 1", "subscribe esp/lamp/set 1",
                    f"pin {pin}", f"publish esp/lamp/state {state} 1"]
        self.assertEqual(told, ["pin HIGH", *connects("OFF", "HIGH"), "pin LOW", "publish esp/lamp/state ON 1", "pin HIGH",
                                "publish esp/lamp/state OFF 1", "publish esp/button pressed 0", *connects("OFF", "HIGH")])


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
