"""The notation of the cases: one text for the bytes that are sent and for the packets that are expected."""

import re

from packet_parts import (AnyByte, Block, Choice, Count, Fill, First, Length, Literal, Mark, NotationError, Outcome,
                          Properties, Rest, put_all, take_all, text, varint)

NAMES = {3: b"MQIsdp", 4: b"MQTT", 5: b"MQTT"}

TOKEN = re.compile(r"""
    (?P<space>\s+)
  | (?P<open>P\(|first\(|fill\(|rc\(|[345]+\(|\[)
  | (?P<close>[)\]])
  | '(?P<text>[^']*)'(?:\*(?P<text_times>\d+))?
  | `(?P<raw>[^`]*)`(?:\*(?P<raw_times>\d+))?
  | (?P<any>\.\.)
  | (?P<rest>\*)
  | (?P<mark>[?=^&][a-zA-Z])
  | (?P<absent>![0-9A-F]{2})
  | (?P<number>[v#]\d+)
  | (?P<choice>[0-9A-F]{2}(?:\|[0-9A-F]{2})+)
  | (?P<hex>(?:[0-9A-F]{2})+)(?:\*(?P<hex_times>\d+))?
  | (?P<word>[LV,;]|ok)
""", re.VERBOSE)


class Reader:
    def __init__(self, said, version):
        self.said, self.version, self.at = said, version, 0

    def next(self):
        while self.at < len(self.said):
            found = TOKEN.match(self.said, self.at)
            if found is None:
                raise NotationError(f"can't read {self.said[self.at:self.at + 30]!r} in {self.said!r}")
            self.at = found.end()
            if not found["space"]:
                return found
        return None

    def packets(self):
        """Everything up to the end: a list of parts for each packet."""
        rows, closer = self.rows(";")
        if closer:
            raise NotationError(f"{closer!r} closes nothing in {self.said!r}")
        return rows

    def rows(self, divider):
        """Parts up to a closing bracket, in a list for each piece between dividers: (rows, the bracket)"""
        rows = [[]]
        while True:
            token = self.next()
            if token is None or token["close"]:
                return rows, token and token["close"]
            if token["word"] in (",", ";"):
                if token["word"] == divider:
                    rows.append([])
                continue
            rows[-1].extend(self.parts(token))

    def inside(self, divider=None):
        rows, closer = self.rows(divider)
        if closer is None:
            raise NotationError(f"a bracket is open in {self.said!r}")
        return rows if divider else rows[0]

    def parts(self, token):
        if token["open"]:
            return self.bracket(token["open"])
        if token["text"] is not None:
            return [Literal(text(token["text"].encode() * int(token["text_times"] or 1)))]
        if token["raw"] is not None:
            return [Literal(token["raw"].encode() * int(token["raw_times"] or 1))]
        if token["hex"]:
            return [Literal(bytes.fromhex(token["hex"]) * int(token["hex_times"] or 1))]
        if token["choice"]:
            return [Choice({int(value, 16) for value in token["choice"].split("|")})]
        if token["number"]:
            number = int(token["number"][1:])
            return [Literal(varint(number)) if token["number"][0] == "v" else Count(number)]
        if token["mark"]:
            return [Mark(token["mark"])]
        if token["absent"]:
            return [token["absent"]]
        if token["word"] == "ok":
            return [Outcome({0x00, 0x10}, self.version)]
        if token["word"] == "V":
            return [Literal(text(NAMES[self.version]) + bytes([self.version]))]
        return [Length() if token["word"] == "L" else AnyByte() if token["any"] else Rest()]

    def bracket(self, opened):
        if opened == "[":
            return [Block(self.inside())]
        if opened == "first(":
            return [First(self.inside())]
        if opened == "fill(":
            return [Fill(self.inside()[0].number)]
        if opened == "rc(":
            part = self.inside()[0]
            values = part.values if isinstance(part, Choice) else {part.said[0]}
            return [Outcome(values, self.version)]
        if opened == "P(":
            return [self.properties(self.inside(","))]
        inner = self.inside()
        return inner if str(self.version) in opened else []

    @staticmethod
    def properties(rows):
        absent = {int(row[0][1:], 16) for row in rows if row and isinstance(row[0], str)}
        is_open = any(len(row) == 1 and isinstance(row[0], Rest) for row in rows)
        plain = [row for row in rows if row and not isinstance(row[0], (str, Rest))]
        return Properties(plain, absent, is_open)


def encode(said, version, marks):
    return b"".join(put_all(parts, marks) for parts in Reader(said, version).packets())


def patterns(said, version):
    return Reader(said, version).packets()


def match(parts, packet, marks):
    """Raises packet_parts.Mismatch, and keeps marks only of a packet that matches."""
    kept = dict(marks)
    take_all(parts, packet, 0, len(packet), kept)
    marks.update(kept)
