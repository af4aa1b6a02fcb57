"""Makes the pages of the manual, HTML that works by itself, of docs/manual/*.md: what of Markdown the manual uses, and no more.

Headings, paragraphs, lists, tables, fenced blocks; within a line `code`, *emphasis* and [links](target). A line that is
none of that is an error, so that nothing is shown by accident.

usage: manual.py OUT_FOLDER FILE.md...
writes docs.index.html and docs.NAME.html for each NN-NAME.md
"""
import html
import itertools
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # nothing is left beside the sources

import manual_packets  # noqa: E402

SITE = "Sluice"

# The parts of the manual: the number of the first chapter of each, and its title.
PARTS = ((1, "Begin here"), (10, "The course: MQTT from the start"), (20, "Devices"), (30, "Topics over HTTP"),
         (50, "Running it"))


def inline(text):
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"<code>{html.escape(part[1:-1])}</code>" if part.startswith("`") else marked(part) for part in parts)


def marked(text):
    text = html.escape(text, quote=False)
    text = re.sub(r"\[([^\]]+)\]\(([^) ]+)\)", r'<a href="\2">\1</a>', text)
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)


def anchor(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def cells(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def table(lines):
    head, _, *rows = lines
    out = "<table>\n<thead><tr>" + "".join(f"<th>{inline(cell)}</th>" for cell in cells(head)) + "</tr></thead>\n<tbody>\n"
    for row in rows:
        if len(cells(row)) != len(cells(head)):
            sys.exit(f"this row has another number of cells than its head: {row}")
        out += "<tr>" + "".join(f"<td>{inline(cell)}</td>" for cell in cells(row)) + "</tr>\n"
    return out + "</tbody>\n</table>\n"


# What is typed, and what comes back.
KINDS = {"sh": "typed", "sh live": "typed", "sh start": "typed", "ws": "typed", "": "printed", "live": "printed"}
FILES = ("conf", "js", "json", "python", "bash", "cpp")  # with a name behind it: the reader has that file
numbers = itertools.count(1)


def block(info, lines):
    if info == "packets":
        return manual_packets.figure(lines, next(numbers))
    kind, _, name = info.partition(" ")
    if info not in KINDS and (kind not in FILES or " " in name):
        sys.exit(f"a block is called {info!r}; it is one of {', '.join((*KINDS, *FILES))}")
    shown = f'<p class="name">{html.escape(name)}</p>\n' if kind in FILES and name else ""
    style = KINDS.get(info, "file")
    return f'{shown}<pre class="{style}"><code>' + html.escape("\n".join(lines), quote=False) + "</code></pre>\n"


def body_of(text):
    """The title, and the HTML of all that follows it."""
    lines = text.splitlines()
    title, out, at = "", "", 0
    while at < len(lines):
        line = lines[at]
        first = at
        at += 1
        if not line.strip():
            continue
        if line.startswith("```"):
            while not lines[at].startswith("```"):
                at += 1
            out += block(line[3:].strip(), lines[first + 1:at])
            at += 1
        elif line.startswith("# "):
            title = line[2:]
        elif heading := re.fullmatch(r"(##+) (.*)", line):
            level = len(heading[1])
            out += f'<h{level} id="{anchor(heading[2])}">{inline(heading[2])}</h{level}>\n'
        else:
            while at < len(lines) and lines[at].strip() and not lines[at].startswith(("```", "#")):
                at += 1
            part = lines[first:at]
            if line.startswith("|"):
                out += table(part)
            elif line.startswith("- "):
                items = re.split(r"\n- ", "\n".join(part)[2:])
                out += "<ul>\n" + "".join(f"<li>{inline(' '.join(item.split()))}</li>\n" for item in items) + "</ul>\n"
            else:
                out += f"<p>{inline(' '.join(part))}</p>\n"
    return title, out


class Chapter:
    def __init__(self, path):
        found = re.fullmatch(r"(\d\d)-([a-z0-9-]+)", path.stem)
        if not found:
            sys.exit(f"{path}: a chapter is called NN-name.md")
        self.number, self.name = int(found[1]), found[2]
        self.title, self.body = body_of(path.read_text(encoding="utf-8"))
        self.part = max((part for part in PARTS if part[0] <= self.number), default=PARTS[0])


def contents(chapters, level, here=""):
    """The chapters, part by part."""
    out = ""
    for (_, title), each in itertools.groupby(chapters, key=lambda chapter: chapter.part):
        out += f"<h{level}>{html.escape(title)}</h{level}>\n<ol>\n"
        for chapter in each:
            current = ' aria-current="page"' if chapter.name == here else ""
            out += f'<li><a href="/docs/{chapter.name}"{current}>{html.escape(chapter.title)}</a></li>\n'
        out += "</ol>\n"
    return out


def page(title, body, chapters, here):
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)} - {SITE}</title>
<link rel="stylesheet" href="/docs/manual.css">
<link rel="icon" href="/favicon.svg">
<header><a href="/docs">{SITE}: the manual</a> <a href="/">Topics</a> <a href="/problems">Problems</a>
<a href="/api/v1/openapi.json">OpenAPI</a></header>
<main>
<h1>{html.escape(title)}</h1>
{body}</main>
<nav aria-label="Chapters">
{contents(chapters, 2, here)}</nav>
</html>
"""


def main():
    folder, *files = sys.argv[1:]
    chapters = [Chapter(path) for path in sorted(map(pathlib.Path, files), key=lambda path: path.name)]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    index = "<p>It comes with the program, and every example in it is run by the tests of this version.</p>\n"
    (out / "docs.index.html").write_text(page("The manual", index + contents(chapters, 2), chapters, ""), encoding="utf-8")
    for each in chapters:
        (out / f"docs.{each.name}.html").write_text(page(each.title, each.body, chapters, each.name), encoding="utf-8")


main()
