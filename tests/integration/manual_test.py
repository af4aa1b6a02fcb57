"""The manual: every example of docs/manual is run, in order, against a process of its own for each chapter, and what is
printed is what stands there (… is any text). And its pages, as they are served."""

import pathlib
import re
import tempfile
import unittest
from html.parser import HTMLParser

from running_sluice import SluiceProcess
from shell_lines import Shell, matches
from sluice_case import SluiceCase
from web_client import get

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "manual"


class Block:
    def __init__(self, number, kind, text, follows):
        self.number, self.kind, self.text = number, kind, text
        self.follows = follows  # nothing but white space stands between it and the block before


def read_blocks(path):
    blocks, begin, end = [], None, None
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            continue
        if begin is None:
            begin = number
            continue
        between = lines[end:begin - 1] if end is not None else ["text"]
        blocks.append(Block(begin, lines[begin - 1][3:].strip(), "\n".join(lines[begin:number - 1]), not any(between)))
        begin, end = None, number
    return blocks


class ChapterRun:
    """One chapter from its first example to its last."""

    def __init__(self, shell):
        self.shell, self.printed, self.live, self.compared = shell, None, None, 0

    def run(self, block):
        if block.kind == "sh":
            self.printed, _ = self.shell.run(block.text)
        elif block.kind == "sh live":
            self.live = self.shell.start(block.text)
        elif block.kind == "live":
            self.live.wait_for(block.text)
            self.compared += 1
        elif block.kind == "" and block.follows:
            self.compared += 1
            if not matches(block.text, self.printed):
                raise AssertionError(f"it printed\n{self.printed}\nand not\n{block.text}")
        elif block.kind == "":
            raise AssertionError("what is printed stands right below what is typed")


class ExamplesTest(unittest.TestCase):
    def run_chapter(self, path):
        blocks = read_blocks(path)
        with tempfile.TemporaryDirectory(prefix="sluice-manual-") as folder:
            rights = pathlib.Path(folder) / "acl"
            rights.write_text("topic readwrite #\ntopic read $SYS/#\ntopic readwrite $CONTROL/#\n", encoding="ascii")
            lines = ("sys_interval 1", f"acl_file {rights}", "persistence true", f"persistence_location {folder}/",
                     "history # 1h 1000")
            sluice = SluiceProcess({"mqtt": (), "http": ()}, lines).start()
            shell = Shell(sluice)
            chapter = ChapterRun(shell)
            try:
                for block in blocks:
                    with self.subTest(chapter=path.name, line=block.number):
                        chapter.run(block)
            finally:
                shell.close()
                sluice.stop()
        return chapter.compared

    def test_every_example_prints_what_stands_there(self):
        chapters = sorted(MANUAL.glob("*.md"))
        compared = sum(self.run_chapter(path) for path in chapters)
        self.assertGreater(compared, 2 * len(chapters))


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
        names = {"/docs/" + re.sub(r"^\d+-", "", path.stem) for path in MANUAL.glob("*.md")}
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
