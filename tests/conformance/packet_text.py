"""Packets in words, for the reader of a failure."""

import struct

import packet_parts

NAMES = {1: "CONNECT", 2: "CONNACK", 3: "PUBLISH", 4: "PUBACK", 5: "PUBREC", 6: "PUBREL", 7: "PUBCOMP", 8: "SUBSCRIBE",
         9: "SUBACK", 10: "UNSUBSCRIBE", 11: "UNSUBACK", 12: "PINGREQ", 13: "PINGRESP", 14: "DISCONNECT", 15: "AUTH"}
SHOWN_BYTES_MAX = 120


def plain(some):
    """Hexadecimal, with readable stretches of four and more as text."""
    out, at = [], 0
    shown = some[:SHOWN_BYTES_MAX]
    while at < len(shown):
        end = at
        while end < len(shown) and 0x20 <= shown[end] < 0x7F and shown[end] != 0x60:
            end += 1
        if end - at >= 4:
            out.append("`" + shown[at:end].decode() + "`")
        else:
            end = max(end, at + 1)
            out.append(shown[at:end].hex(" ").upper())
        at = end
    if len(some) > len(shown):
        out.append(f"... ({len(some)} bytes)")
    return " ".join(out)


def properties_text(packet, at):
    rows, end = packet_parts.split_properties(packet, at)
    return "P(" + ", ".join(plain(row) for row in rows) + ")", end


def publish_text(packet, at, version):
    first = packet[0]
    out = [f"qos {first >> 1 & 3}" + (" dup" if first & 8 else "") + (" retain" if first & 1 else "")]
    size = struct.unpack_from("!H", packet, at)[0]
    out.append(repr(packet[at + 2:at + 2 + size].decode(errors="backslashreplace")))
    at += 2 + size
    if first & 6:
        out.append("id " + packet[at:at + 2].hex())
        at += 2
    if version == 5:
        shown, at = properties_text(packet, at)
        out.append(shown)
    return out + [plain(packet[at:])]


def details(packet, at, version):
    kind = packet[0] >> 4
    if kind == 3:
        return publish_text(packet, at, version)
    if kind == 2 and version == 5:
        return [f"present {packet[at]} reason {packet[at + 1]:02X}", properties_text(packet, at + 2)[0]]
    if kind in (4, 5, 6, 7) and len(packet) > at + 2:
        return ["id " + packet[at:at + 2].hex(), f"reason {packet[at + 2]:02X}", plain(packet[at + 3:])]
    if kind == 14 and len(packet) > at:
        return [f"reason {packet[at]:02X}", plain(packet[at + 1:])]
    return [plain(packet[at:])]


def describe(packet, version):
    """One line for one packet; bytes that are none are shown as bytes."""
    try:
        _, at = packet_parts.read_varint(packet, 1)
        words = details(packet, at, version)
    except (packet_parts.Mismatch, struct.error, IndexError):
        words = ["(not well formed)", plain(packet[1:])]
    return " ".join([f"{NAMES.get(packet[0] >> 4, 'type 0')}[{packet[0]:02X}]"] + [word for word in words if word])
