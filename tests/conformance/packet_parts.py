"""The parts that packets are made of: each can be sent, be held against what came, or both."""

import struct

# How the value of each property is written: b, h, w are 1, 2, 4 bytes, v a variable number, s a string, p two strings.
PROPERTY_TYPES = {
    0x01: "b", 0x02: "w", 0x03: "s", 0x08: "s", 0x09: "s", 0x0B: "v", 0x11: "w", 0x12: "s", 0x13: "h", 0x15: "s",
    0x16: "s", 0x17: "b", 0x18: "w", 0x19: "b", 0x1A: "s", 0x1C: "s", 0x1F: "s", 0x21: "h", 0x22: "h", 0x23: "h",
    0x24: "b", 0x25: "b", 0x26: "p", 0x27: "w", 0x28: "b", 0x29: "b", 0x2A: "b"}
USER_PROPERTY = 0x26


class NotationError(Exception):
    """A case that can't be read."""


class Mismatch(Exception):
    """A packet that is not the expected one."""


def varint(number):
    out = bytearray()
    while True:
        number, digit = divmod(number, 128)
        out.append(digit | (0x80 if number else 0))
        if not number:
            return bytes(out)


def read_varint(packet, at):
    """(number, position behind it)"""
    number, shift = 0, 0
    while True:
        if at >= len(packet) or shift > 21:
            raise Mismatch(f"no variable number at byte {at}")
        number |= (packet[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not packet[at - 1] & 0x80:
            return number, at


def text(value):
    return struct.pack("!H", len(value)) + value


def split_properties(packet, at):
    """The properties whose length stands at `at`, each with its identifier: ([bytes], position behind them)"""
    length, at = read_varint(packet, at)
    end, found = at + length, []
    if end > len(packet):
        raise Mismatch("the properties are longer than the packet")
    while at < end:
        begin, kind = at, PROPERTY_TYPES.get(packet[at])
        at += 1
        if kind is None:
            raise Mismatch(f"there is no property {packet[begin]:02X}")
        if kind in "bhw":
            at += {"b": 1, "h": 2, "w": 4}[kind]
        elif kind == "v":
            at = read_varint(packet, at)[1]
        for _ in range({"s": 1, "p": 2}.get(kind, 0)):
            if at + 2 > end:
                raise Mismatch("a property is cut off")
            at += 2 + struct.unpack_from("!H", packet, at)[0]
        if at > end:
            raise Mismatch("a property is cut off")
        found.append(packet[begin:at])
    return found, at


# --- the parts of a packet; put() writes one, take() reads one and returns the position behind it ---

class Literal:
    def __init__(self, said):
        self.said = said

    def put(self, _marks):
        return self.said

    def take(self, packet, at, _end, _marks):
        end = at + len(self.said)
        if packet[at:end] != self.said:
            raise Mismatch(f"from byte {at}: {packet[at:end][:40].hex(' ')} instead of {self.said[:40].hex(' ')}")
        return end


class Length:
    """The Remaining Length: of everything behind it. In an expectation, the reader has checked it."""

    def take(self, packet, at, _end, _marks):
        return read_varint(packet, at)[1]


class Choice:
    def __init__(self, values):
        self.values = values

    def take(self, packet, at, end, _marks):
        if at >= end or packet[at] not in self.values:
            raise Mismatch(f"byte {at} is none of {' '.join(f'{value:02X}' for value in sorted(self.values))}")
        return at + 1


class AnyByte:
    def take(self, _packet, at, end, _marks):
        if at >= end:
            raise Mismatch("the packet ends too early")
        return at + 1


class Rest:
    def take(self, _packet, _at, end, _marks):
        return end


class Mark:
    """?p keeps two bytes (a packet identifier, so never 0) under the name p, or, where the name is a capital letter, a
    whole string; &p keeps one that differs from all that are kept; =p is what was kept; ^p is another one."""

    def __init__(self, said):
        self.sign, self.name = said[0], said[1]

    def put(self, marks):
        if self.name not in marks or self.sign != "=":
            raise NotationError(f"{self.sign}{self.name} can't be sent, or was not kept")
        return marks[self.name]

    def take(self, packet, at, end, marks):
        size = 2
        if self.name.isupper() and at + 2 <= end:
            size += struct.unpack_from("!H", packet, at)[0]
        found = packet[at:at + size]
        if at + size > end:
            raise Mismatch(f"the packet ends before {self.sign}{self.name}")
        if found == b"\0\0":
            raise Mismatch(f"{self.sign}{self.name} is 0")
        if self.sign == "&" and found in marks.values():
            raise Mismatch(f"{found.hex(' ')} is in use already")
        if self.sign in "?&":
            marks[self.name] = found
        elif self.name not in marks:
            raise Mismatch(f"nothing was kept as {self.name}")
        elif (found == marks[self.name]) != (self.sign == "="):
            raise Mismatch(f"{self.sign}{self.name} is {found.hex(' ')}, kept was {marks[self.name].hex(' ')}")
        return at + size


class Block:
    """[...]: two bytes of length, and the parts."""

    def __init__(self, parts):
        self.parts = parts

    def put(self, marks):
        return text(put_all(self.parts, marks))

    def take(self, packet, at, end, marks):
        if at + 2 > end:
            raise Mismatch("there is no length")
        inner = at + 2 + struct.unpack_from("!H", packet, at)[0]
        if inner > end:
            raise Mismatch("a length reaches beyond the packet")
        take_all(self.parts, packet, at + 2, inner, marks)
        return inner


class First:
    """first(#3 ...): the first 3 bytes of what follows."""

    def __init__(self, parts):
        self.parts = parts[1:]
        self.count = parts[0].number

    def put(self, marks):
        whole = put_all(self.parts, marks)
        if self.count >= len(whole):
            raise NotationError(f"first({self.count}) cuts nothing off {len(whole)} bytes")
        return whole[:self.count]


class Fill:
    """fill(#200): as many `x` as make the Remaining Length 200."""

    def __init__(self, length):
        self.length = length

    def take(self, packet, at, end, _marks):
        if read_varint(packet, 1)[0] != self.length:
            raise Mismatch(f"the Remaining Length is not {self.length}")
        if packet[at:end].strip(b"x"):
            raise Mismatch("the payload is not the one that was sent")
        return end


class Count:
    def __init__(self, number):
        self.number = number


class Properties:
    """P(...): expected in any order, but User Properties in theirs; `*` allows further ones, `!22` forbids one."""

    def __init__(self, rows, absent, is_open):
        self.rows, self.absent, self.is_open = rows, absent, is_open

    def put(self, marks):
        inner = b"".join(put_all(row, marks) for row in self.rows)
        return varint(len(inner)) + inner

    def take(self, packet, at, _end, marks):
        found, end = split_properties(packet, at)
        for one in found:
            if one[0] in self.absent:
                raise Mismatch(f"property {one.hex(' ')} must not be there")
        last_user = -1
        for row in self.rows:
            place = self.find(row, found, last_user, marks)
            if found[place][0] == USER_PROPERTY:
                last_user = place
            found[place] = b"\xff"
        extra = [one for one in found if one != b"\xff"]
        if extra and not self.is_open:
            raise Mismatch(f"unexpected property {extra[0].hex(' ')}")
        return end

    @staticmethod
    def find(row, found, last_user, marks):
        for place, one in enumerate(found):
            if one[0] == USER_PROPERTY and place < last_user:
                continue
            try:
                take_all(row, one, 0, len(one), marks)
                return place
            except Mismatch:
                pass
        wanted = " ".join(part.said.hex(" ") if isinstance(part, Literal) else "*" for part in row)
        raise Mismatch(f"there is no property {wanted} (in this place)")


class Outcome:
    """rc(00|10): the reason of an acknowledgement; before version 5 there is none, 00 may be left out."""

    def __init__(self, values, version):
        self.values, self.version = values, version

    def take(self, packet, at, end, _marks):
        if self.version != 5 or at == end:
            if self.version == 5 and 0 not in self.values:
                raise Mismatch("the reason code is left out, so it is 00")
            return at
        if packet[at] not in self.values:
            raise Mismatch(f"reason code {packet[at]:02X}")
        return split_properties(packet, at + 1)[1] if at + 1 < end else end


def put_all(parts, marks):
    out = b""
    for place, part in enumerate(parts):
        if isinstance(part, Length):
            rest = put_behind(parts[place + 1:], marks)
            return out + varint(len(rest)) + rest
        if not hasattr(part, "put"):
            raise NotationError(f"{type(part).__name__} can't be sent")
        out += part.put(marks)
    return out


def put_behind(parts, marks):
    """What follows a Remaining Length; a Fill is the last of it."""
    if not parts or not isinstance(parts[-1], Fill):
        return put_all(parts, marks)
    begin = put_all(parts[:-1], marks)
    if len(begin) > parts[-1].length:
        raise NotationError(f"{len(begin)} bytes do not fit in {parts[-1].length}")
    return begin.ljust(parts[-1].length, b"x")


def take_all(parts, packet, at, end, marks):
    for part in parts:
        at = part.take(packet, at, end, marks)
    if at != end:
        raise Mismatch(f"{end - at} bytes too many" if at < end else "the packet ends too early")
    return at
