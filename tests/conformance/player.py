"""Plays the steps of one case: sends, compares what comes, and keeps a record for the reader of a failure."""

import re
import socket
import time

import notation
import packet_parts
from line import Failure, Line
from packet_text import describe

STEP = re.compile(r"(?:(?P<who>[a-f])(?=[\s<>])\s*)?(?P<verb><any|[<>]|[a-z]+)\s*(?P<rest>.*)", re.DOTALL)
OPTION = re.compile(r"([a-z]+)(\()?")
PERSISTENT = {"flags": "00", "props": "11 00000E10"}
TIMER_SLACK_SECONDS = 0.1


def options_of(said):
    """word(...) and plain words: {word: text, or None}"""
    found, at = {}, 0
    said = said.strip()
    while at < len(said):
        word = OPTION.match(said, at)
        if word is None:
            raise packet_parts.NotationError(f"can't read the option {said[at:]!r}")
        at, value = word.end(), None
        if word[2]:
            depth, begin = 1, at
            while depth:
                depth += {"(": 1, ")": -1}.get(said[at:at + 1], 0)
                if at == len(said):
                    raise packet_parts.NotationError(f"a bracket is open in {said!r}")
                at += 1
            value = said[begin:at - 1]
        found[word[1]] = value
        at += len(said[at:]) - len(said[at:].lstrip())
    return found


class Player:
    def __init__(self, case, patience, allows_quiet_end=False):
        self.case, self.patience, self.allows_quiet_end = case, patience, allows_quiet_end
        self.address = None
        self.lines, self.versions, self.marks, self.record = {}, {}, {}, []
        self.step = ""

    def play(self, address):
        """Raises Failure."""
        self.address = address
        try:
            for step in self.case.steps:
                self.step = step.replace("{n}", str(self.case.number))
                self.record.append(f"  {self.step}")
                self.take_step(self.step)
        except (packet_parts.Mismatch, OSError) as failed:
            raise Failure(str(failed)) from None
        finally:
            for line in self.lines.values():
                line.close()

    def take_step(self, step):
        said = STEP.fullmatch(step)
        verb = {"<": "expect", ">": "send", "<any": "expect_any", "as": "speak"}.get(said["verb"], said["verb"])
        action = getattr(self, "on_" + verb, None)
        if action is None:
            raise packet_parts.NotationError(f"there is no step {step!r}")
        action(said["who"] or "a", said["rest"])

    def version(self, who):
        return self.versions.get(who, self.case.version)

    def line(self, who):
        """The connection of that name, opened when it is first used."""
        if who not in self.lines:
            self.lines[who] = Line(who, self.version(who), self.address, self.patience, self.record)
        return self.lines[who]

    def forget(self, who):
        self.lines.pop(who).close()

    # --- steps ---

    def on_speak(self, who, rest):
        self.versions[who] = int(rest)

    def on_send(self, who, rest):
        self.line(who).send(notation.encode(rest, self.version(who), self.marks))

    def on_online(self, who, rest):
        if who in self.lines:
            raise packet_parts.NotationError(f"{who} is online already")
        said = options_of(rest)
        if "kept" in said:
            said = {**PERSISTENT, **said}
        connect = "10 L V {flags} {keep} 5(P({props})) {id} {rest}"
        values = {"flags": "02", "keep": "003C", "props": "", "id": f"'{who}{self.case.number}'", "rest": ""}
        values.update({name: value for name, value in said.items() if name in values})
        self.on_send(who, re.sub(r"\{(\w+)\}", lambda field: values[field[1]], connect))
        present = "00|01" if "any" in said else "01" if "present" in said else "00"
        before_5 = "00" if self.version(who) == 3 and present != "00" else present  # 3.1 has no such flag
        self.on_expect(who, f"20 L 3({before_5}) 45({present}) 00 5(P({said.get('with', '*')}))")

    def on_sub(self, who, rest):
        """sub [P(...)] 'filter' 01: SUBSCRIBE for one filter, answered with the QoS that was asked for."""
        props, body = "P()", rest
        if rest.startswith("P("):
            props, body = re.fullmatch(r"(P\(.*?\))\s+(['\[`].*)", rest, re.DOTALL).groups()
        level = int(body.split()[-1], 16) & 3
        self.on_send(who, f"82 L 00F0 5({props}) {body}")
        self.on_expect(who, f"90 L 00F0 5(P(*)) {level:02X}")

    def on_pub(self, who, rest):
        """pub 34 'topic' 0001 P() `payload`: PUBLISH of any QoS, and the exchange up to its end."""
        first, body = rest.split(maxsplit=1)
        said = notation.encode(f"{first} L {body}", self.version(who), self.marks)
        self.line(who).send(said)
        level = int(first, 16) >> 1 & 3
        if level == 0:
            return self.on_silent(who, "")
        at = packet_parts.read_varint(said, 1)[1]
        at += 2 + int.from_bytes(said[at:at + 2], "big")
        packet_id = said[at:at + 2].hex().upper()
        self.on_expect(who, f"{'40' if level == 1 else '50'} L {packet_id} ok")
        if level == 2:
            self.on_send(who, f"62 02 {packet_id}")
            self.on_expect(who, f"70 L {packet_id} rc(00)")
        return None

    def on_expect(self, who, rest):
        """The next packets, in this order. `... or closed`, `... or error 81`: that is right as well."""
        said, *others = rest.split(" or ")
        wanted = notation.patterns(said, self.version(who))
        for parts in wanted:
            packet = self.line(who).read()
            if others and self.is_end(who, packet, others):
                return
            if packet is None:
                raise Failure("the connection was closed")
            self.hold(parts, packet, others, who)

    def hold(self, parts, packet, others, who):
        for said in [None] + [other for other in others if not re.match("closed|error", other)]:
            try:
                notation.match(parts if said is None else notation.patterns(said, self.version(who))[0], packet,
                               self.marks)
                return
            except packet_parts.Mismatch as different:
                last = different
        raise last

    def is_end(self, who, packet, others):
        for other in others:
            if other == "closed" and packet is None:
                return True
            if other.startswith("error"):
                if packet is None and (self.version(who) != 5 or self.allows_quiet_end):
                    return True
                if packet is not None and packet[0] == 0xE0 and self.version(who) == 5:
                    self.hold_disconnect(who, packet, other[5:])
                    return True
        return False

    def on_expect_any(self, who, rest):
        """The next packets, in any order."""
        wanted = notation.patterns(rest, self.version(who))
        while wanted:
            packet = self.line(who).read()
            if packet is None:
                raise Failure("the connection was closed")
            reasons = []
            for parts in wanted:
                try:
                    notation.match(parts, packet, self.marks)
                    wanted.remove(parts)
                    break
                except packet_parts.Mismatch as different:
                    reasons.append(str(different))
            else:
                raise Failure("; ".join(reasons))

    def on_silent(self, who, rest):
        """Nothing came: the answer to a ping is the next packet."""
        self.on_send(who, "C000")
        self.on_expect(who, "D000")

    def on_closed(self, who, rest):
        after = options_of(rest).get("after")
        packet = self.line(who).read()
        if packet is not None:
            raise Failure("a packet came instead of the end of the connection")
        self.hold_time(who, after)
        self.forget(who)

    def on_error(self, who, rest):
        """Version 5: DISCONNECT with one of these reasons; then, and in earlier versions, only the end."""
        if self.version(who) == 5:
            packet = self.line(who).read()
            if packet is not None:
                return self.hold_disconnect(who, packet, rest)
            if not self.allows_quiet_end:
                raise Failure("closed without DISCONNECT")
            self.forget(who)
        else:
            self.on_closed(who, "")
        return None

    def hold_disconnect(self, who, packet, reasons):
        notation.match(notation.patterns("E0 L " + "|".join(reasons.split()) + " *", 5)[0], packet, self.marks)
        self.on_closed(who, "")

    def on_ended(self, who, rest):
        """The end, in version 5 with DISCONNECT or without; after(1.4): not earlier than that after the last packet."""
        said = options_of(rest)
        packet = self.line(who).read()
        self.hold_time(who, said.get("after"))
        if packet is None:
            return self.forget(who)
        if self.version(who) != 5:
            raise Failure("before version 5 a server sends no DISCONNECT")
        return self.hold_disconnect(who, packet, said["with"])

    def hold_time(self, who, after):
        if after and time.monotonic() - self.line(who).sent_at < float(after) - TIMER_SLACK_SECONDS:
            raise Failure(f"sooner than {after} s after the last packet")

    def on_rejected(self, who, rest):
        """A bad CONNECT: the end; in version 5 a CONNACK with one of these reasons may come before it."""
        packet = self.line(who).read()
        if packet is not None:
            if self.version(who) != 5:
                raise Failure("a packet came instead of the end of the connection")
            reasons = "|".join((rest or "81 82").split() + ["80"])
            notation.match(notation.patterns(f"20 L 00 {reasons} P(*)", 5)[0], packet, self.marks)
            packet = self.line(who).read()
        if packet is not None:
            raise Failure("a packet came instead of the end of the connection")
        self.forget(who)

    def on_leave(self, who, rest):
        """DISCONNECT, then the broker closes. The bytes of another DISCONNECT may be given."""
        self.on_send(who, rest or "E000")
        self.on_closed(who, "")

    def on_drop(self, who, rest):
        """The end without DISCONNECT, known to the broker when this step is over: it has closed its side too."""
        try:
            self.line(who).socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the broker was quicker, which the step before has allowed
        self.record.append(f"{who} > (end of the stream)")
        while self.line(who).more():
            pass
        self.forget(who)

    def on_flood(self, who, rest):
        """flood 100 32 L 't' ID `x`: that packet 100 times, with the identifiers from 1 on instead of ID."""
        count, said = rest.split(maxsplit=1)
        packets = [notation.encode(said.replace("ID", f"{number:04X}"), self.version(who), self.marks)
                   for number in range(1, int(count) + 1)]
        self.record.append(f"{who} > {describe(packets[0], self.version(who))}, {count} times with rising identifiers")
        self.line(who).send(b"".join(packets))

    def on_skip(self, who, rest):
        """skip 50: reads on as long as packets begin with this byte."""
        line = self.line(who)
        while True:
            packet = line.read()
            if packet is None or packet[0] != int(rest, 16):
                line.put_back = packet
                return

    def on_among(self, _who, rest):
        """among bc 4 32 L ...: b and c together got 4 such packets, and nothing else; `each`: both of them some."""
        names, count, said = rest.split(maxsplit=2)
        fairly = said.startswith("each ")
        got = {who: self.count_packets(who, said.removeprefix("each ")) for who in names}
        if sum(got.values()) != int(count) or (fairly and 0 in got.values()):
            raise Failure(f"the clients got {got}")

    def count_packets(self, who, said):
        """How many came before the answer to a ping, all of them as said."""
        self.on_send(who, "C000")
        count = 0
        while True:
            packet = self.line(who).read()
            if packet is None:
                raise Failure("the connection was closed")
            if packet == b"\xd0\0":
                return count
            notation.match(notation.patterns(said, self.version(who))[0], packet, self.marks)
            count += 1

    def on_pass(self, who, rest):
        """Real time; only for what the standard measures in seconds."""
        time.sleep(float(rest))
