"""Reads data/*.json: groups of cases, the tables that some are made from, one case for each row and version."""

import collections
import itertools
import json
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent / "data"
GROUP_KEYS = {"about", "versions", "config", "listener", "alone", "tables", "cases"}
CASE_KEYS = {"name", "clauses", "versions", "columns", "rows", "steps"}
FIELD = re.compile(r"\{([a-z_]+)(?:\.([a-z_]+))?\}")
STANDARDS = {"MQTT": 5, "MQTT3": 4, "MQTT31": 3}
SLOW = re.compile(r"pass |after\(")


class CaseError(Exception):
    """A file of cases that says something that makes no sense."""


class Case:
    def __init__(self, file, group, name, version, clauses, steps):
        self.file, self.name, self.version, self.clauses, self.steps = file, name, version, clauses, steps
        self.config = tuple(group.get("config", ()))
        self.listener = tuple(group.get("listener", ()))
        self.alone = group.get("alone", False)
        self.number = 0

    @property
    def title(self):
        return f"{self.file}: {self.name} [{ {3: '3.1', 4: '3.1.1', 5: '5.0'}[self.version] }]"

    @property
    def is_slow(self):
        return any(SLOW.search(step) for step in self.steps)

    def is_selected(self, word):
        return word in self.title or any(word == clause for clause in self.clauses)


def fill_in(said, row, tables, where):
    """{column} is the row's value; {column.key} a field of the line of that name in the table that the column names."""
    def value(field):
        column, key = field[1], field[2]
        if column == "n":
            return field[0]
        if column not in row:
            raise CaseError(f"{where}: there is no column {column}")
        if key is None:
            return row[column]
        try:
            return tables[column][row[column]][key]
        except KeyError as missing:
            raise CaseError(f"{where}: no {missing} for {field[0]} of {row[column]}") from None
    for _ in range(4):
        filled = FIELD.sub(value, said)
        if filled == said:
            return said
        said = filled
    return said


def rows_of(entry, where):
    """One dictionary for each row; a list in a row stands for a row with each of its members."""
    if "rows" not in entry:
        return [{}]
    columns, found = entry["columns"], []
    for row in entry["rows"]:
        if len(row) != len(columns):
            raise CaseError(f"{where}: {row} has not {len(columns)} columns")
        for values in itertools.product(*(cell if isinstance(cell, list) else [cell] for cell in row)):
            found.append(dict(zip(columns, map(str, values))))
    return found


def check_clauses(clauses, versions, where):
    wrong = [clause for clause in clauses if STANDARDS.get(clause.split("-")[0]) not in versions]
    if wrong:
        raise CaseError(f"{where}: {' '.join(wrong)}: no clause, or of a version that this is not played in")


def entries_of(file, group):
    unknown = set(group) - GROUP_KEYS
    if unknown:
        raise CaseError(f"{file}: unknown key {sorted(unknown)[0]}")
    return group["cases"]


def cases_of(file, group, entry):
    where = f"{file}: {entry.get('name')}"
    unknown = set(entry) - CASE_KEYS
    if unknown:
        raise CaseError(f"{where}: unknown key {sorted(unknown)[0]}")
    versions = entry.get("versions", group.get("versions", [3, 4, 5]))
    check_clauses(entry["clauses"], versions, where)
    for row in rows_of(entry, where):
        tables = group.get("tables", {})
        name = fill_in(entry["name"], row, tables, where)
        steps = [fill_in(step, row, tables, where) for step in entry["steps"]]
        for version in versions:
            yield Case(file, group, name, version, entry["clauses"], steps)


def load(first_number=1):
    found, wrong = [], []
    for path in sorted(FOLDER.glob("*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        for group in said if isinstance(said, list) else [said]:
            for entry in entries_of(path.stem, group):
                try:
                    found.extend(cases_of(path.stem, group, entry))
                except CaseError as failed:
                    wrong.append(str(failed))
    titles = collections.Counter(case.title for case in found)
    wrong.extend(f"{title}: {count} cases have this name" for title, count in titles.items() if count > 1)
    if wrong:
        raise CaseError("\n".join(wrong))
    for number, case in enumerate(found, first_number):
        case.number = number
    return found
