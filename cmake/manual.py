"""Makes the pages of the manual, HTML that works by itself, of docs/manual/*.md: what of Markdown the manual uses, and no more.

Headings, paragraphs, lists, tables, fenced blocks; within a line `code`, *emphasis* and [links](target). A line that is
none of that is an error, so that nothing is shown by accident.

usage: manual.py OUT_FOLDER FILE.md...
writes docs.index.html and docs.NAME.html for each NN-NAME.md
"""
import html
import pathlib
import re
import sys

SITE = "Sluice"


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
KINDS = {"sh": "typed", "sh live": "typed", "": "printed", "live": "printed", "conf": "file", "js": "file"}


def block(info, lines):
    if info not in KINDS:
        sys.exit(f"a block is called {info!r}; it is one of {', '.join(KINDS)}")
    return f'<pre class="{KINDS[info]}"><code>' + html.escape("\n".join(lines), quote=False) + "</code></pre>\n"


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


def page(title, body, chapters, here):
    links = ""
    for name, chapter in chapters:
        current = ' aria-current="page"' if name == here else ""
        links += f'<li><a href="/docs/{name}"{current}>{html.escape(chapter)}</a></li>\n'
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)} - {SITE}</title>
<link rel="stylesheet" href="/docs/manual.css">
<link rel="icon" href="/favicon.svg">
<header><a href="/docs">{SITE}: the manual</a> <a href="/">Topics</a> <a href="/problems">Problems</a>
<a href="/api/v1/openapi.json">OpenAPI</a></header>
<nav aria-label="Chapters"><ol>
{links}</ol></nav>
<main>
<h1>{html.escape(title)}</h1>
{body}</main>
</html>
"""


def main():
    folder, *files = sys.argv[1:]
    pages = []
    for file in sorted(files, key=lambda path: pathlib.Path(path).name):
        name = re.fullmatch(r"\d\d-([a-z0-9-]+)", pathlib.Path(file).stem)
        if not name:
            sys.exit(f"{file}: a chapter is called NN-name.md")
        pages.append((name[1], *body_of(pathlib.Path(file).read_text(encoding="utf-8"))))
    chapters = [(name, title) for name, title, _ in pages]
    out = pathlib.Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    index = "<p>It comes with the program, and every example in it is run by the tests of this version.</p>\n<ol>\n" + "".join(
        f'<li><a href="/docs/{name}">{html.escape(title)}</a></li>\n' for name, title in chapters) + "</ol>\n"
    (out / "docs.index.html").write_text(page("The manual", index, chapters, ""), encoding="utf-8")
    for name, title, body in pages:
        (out / f"docs.{name}.html").write_text(page(title, body, chapters, name), encoding="utf-8")


main()
