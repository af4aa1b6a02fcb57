"""MQTT packets of versions 3.1, 3.1.1 and 5.0 as a client writes and reads them. It shares nothing with the broker's
codec: a mistake in one cannot agree with itself in the other."""

import struct

from raw_mqtt import (CONNACK, CONNECT, DISCONNECT, PINGREQ, PINGRESP, PUBACK, PUBCOMP, PUBLISH,  # noqa: F401
                      PUBREC, PUBREL, SUBACK, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE, packet, text, varint)

AUTH = 15
NAMES = ("", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK",
         "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH")
PINGREQ_BYTES = b"\xc0\x00"

# Properties of MQTT 5, section 2.2.2.2: number, and how the value is written.
PROPERTIES = {
    "payload_format": (0x01, "byte"), "message_expiry": (0x02, "four"), "content_type": (0x03, "text"),
    "response_topic": (0x08, "text"), "correlation": (0x09, "binary"), "subscription_id": (0x0B, "varint"),
    "session_expiry": (0x11, "four"), "assigned_client_id": (0x12, "text"), "server_keep_alive": (0x13, "two"),
    "authentication_method": (0x15, "text"), "authentication_bytes": (0x16, "binary"),
    "request_problem": (0x17, "byte"), "will_delay": (0x18, "four"), "request_response": (0x19, "byte"),
    "response_information": (0x1A, "text"), "server_reference": (0x1C, "text"), "reason_string": (0x1F, "text"),
    "receive_maximum": (0x21, "two"), "topic_alias_maximum": (0x22, "two"), "topic_alias": (0x23, "two"),
    "maximum_qos": (0x24, "byte"), "retain_available": (0x25, "byte"), "user": (0x26, "pair"),
    "maximum_packet_size": (0x27, "four"), "wildcard_available": (0x28, "byte"),
    "subscription_id_available": (0x29, "byte"), "shared_available": (0x2A, "byte"),
}
BY_NUMBER = {number: (name, form) for name, (number, form) in PROPERTIES.items()}
REPEATABLE = ("user", "subscription_id")
FIXED_FORMS = {"byte": "!B", "two": "!H", "four": "!I"}


class Malformed(Exception):
    """Bytes that no broker should send."""


# --- writing ---


def property_bytes(name, value):
    number, form = PROPERTIES[name]
    head = bytes((number,))
    if form in FIXED_FORMS:
        return head + struct.pack(FIXED_FORMS[form], value)
    if form == "varint":
        return head + varint(value)
    if form == "pair":
        return head + text(value[0]) + text(value[1])
    return head + text(value)


def property_block(properties):
    """`properties` maps names to values; a list repeats the property."""
    if not properties:
        return b"\0"
    body = b"".join(property_bytes(name, each) for name, value in properties.items()
                    for each in (value if isinstance(value, list) else [value]))
    return varint(len(body)) + body


def connect(client_id, version, clean=True, keep_alive=0, properties=None, will=None):
    """`will`: (topic, payload, qos, retain, properties)"""
    flags = 2 if clean else 0
    rest = text(client_id)
    if will:
        topic, payload, qos, retain, will_properties = will
        flags |= 4 | qos << 3 | (0x20 if retain else 0)
        rest += (property_block(will_properties) if version == 5 else b"") + text(topic) + text(payload)
    body = text("MQIsdp" if version == 3 else "MQTT") + struct.pack("!BBH", version, flags, keep_alive)
    return packet(CONNECT, 0, body + (property_block(properties) if version == 5 else b"") + rest)


def publish(version, topic, payload, qos=0, packet_id=0, retain=False, dup=False, properties=None):
    body = text(topic)
    if qos:
        body += packet_id.to_bytes(2, "big")
    if version == 5:
        body += property_block(properties)
    return packet(PUBLISH, (8 if dup else 0) | qos << 1 | (1 if retain else 0), body + payload)


def acknowledgement(kind, packet_id, version=4, reason=0):
    body = packet_id.to_bytes(2, "big")
    if version == 5 and reason:
        body += bytes((reason,))
    return packet(kind, 2 if kind == PUBREL else 0, body)


def subscribe(version, packet_id, entries, identifier=0):
    """`entries`: pairs of a filter and its options byte"""
    body = packet_id.to_bytes(2, "big")
    if version == 5:
        body += property_block({"subscription_id": identifier} if identifier else None)
    return packet(SUBSCRIBE, 2, body + b"".join(text(name) + bytes((options,)) for name, options in entries))


def unsubscribe(version, packet_id, filters):
    body = packet_id.to_bytes(2, "big") + (b"\0" if version == 5 else b"")
    return packet(UNSUBSCRIBE, 2, body + b"".join(text(name) for name in filters))


def disconnect(version, reason=0, properties=None):
    if version != 5 or (reason == 0 and not properties):
        return packet(DISCONNECT, 0, b"")
    return packet(DISCONNECT, 0, bytes((reason,)) + (property_block(properties) if properties else b""))


# --- reading ---


def split(buffer, begin):
    """(first byte, begin of the body, its end), or None while the packet is not whole"""
    if len(buffer) < begin + 2:
        return None
    length, shift, at = 0, 0, begin + 1
    while True:
        if at == len(buffer):
            return None
        digit = buffer[at]
        at += 1
        length |= (digit & 0x7F) << shift
        if digit < 0x80:
            break
        shift += 7
        if shift > 21:
            raise Malformed("a length of five bytes")
    end = at + length
    return None if end > len(buffer) else (buffer[begin], at, end)


def read_varint(body, at):
    number, shift = 0, 0
    while True:
        digit = body[at]
        at += 1
        number |= (digit & 0x7F) << shift
        if digit < 0x80:
            return number, at
        shift += 7


def read_text(body, at):
    end = at + 2 + (body[at] << 8 | body[at + 1])
    if end > len(body):
        raise Malformed("a string that is longer than its packet")
    return body[at + 2:end], end


def read_property(body, at, form):
    if form in FIXED_FORMS:
        width = struct.calcsize(FIXED_FORMS[form])
        return int.from_bytes(body[at:at + width], "big"), at + width
    if form == "varint":
        return read_varint(body, at)
    first, at = read_text(body, at)
    if form != "pair":
        return (first if form == "binary" else first.decode()), at
    second, at = read_text(body, at)
    return (first.decode(), second.decode()), at


def read_properties(body, at):
    """(names to values, place behind the block); what may be repeated is a list"""
    length, at = read_varint(body, at)
    if length == 0:
        return {}, at
    end = at + length
    found = {}
    while at < end:
        row = BY_NUMBER.get(body[at])
        if row is None:
            raise Malformed(f"property {body[at]:#x}")
        name, form = row
        value, at = read_property(body, at + 1, form)
        if name in REPEATABLE:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise Malformed(f"{name} twice")
        else:
            found[name] = value
    if at != end:
        raise Malformed("a property block that ends inside a property")
    return found, at


def read_publish(version, first, body):
    """(topic, qos, retain, dup, packet id, payload, properties)"""
    topic, at = read_text(body, 0)
    qos = first >> 1 & 3
    packet_id = 0
    if qos:
        packet_id = body[at] << 8 | body[at + 1]
        at += 2
    properties = {}
    if version == 5:
        properties, at = read_properties(body, at)
    return topic.decode(), qos, first & 1, first >> 3 & 1, packet_id, body[at:], properties


def read_acknowledgement(version, body):
    """(packet id, reason, properties)"""
    if version != 5 and len(body) != 2:
        raise Malformed("an acknowledgement that is not of two bytes")
    properties = read_properties(body, 3)[0] if len(body) > 3 else {}
    return body[0] << 8 | body[1], body[2] if len(body) > 2 else 0, properties


def read_codes(version, body):
    """Of SUBACK and UNSUBACK: (packet id, reasons, properties)"""
    properties, at = read_properties(body, 2) if version == 5 else ({}, 2)
    return body[0] << 8 | body[1], tuple(body[at:]), properties


def read_connack(version, body):
    """(session present, code, properties)"""
    return body[0], body[1], read_properties(body, 2)[0] if version == 5 and len(body) > 2 else {}


def read_disconnect(body):
    """(reason, properties)"""
    if not body:
        return 0, {}
    return body[0], read_properties(body, 1)[0] if len(body) > 1 else {}
