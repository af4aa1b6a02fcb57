"""What no client may send, by name. Each obliges the broker to end the connection."""

import typing

from packets import PUBLISH, SUBSCRIBE, packet, property_block, publish, subscribe, text, unsubscribe

ID = b"\x00\x09"
MALFORMED, PROTOCOL_ERROR, TOPIC_NAME_INVALID, TOPIC_ALIAS_INVALID = 0x81, 0x82, 0x90, 0x94
EITHER = (MALFORMED, PROTOCOL_ERROR)


class FaultKind(typing.NamedTuple):
    make: typing.Callable  # bytes for a version of the protocol, None where there is no such fault in it
    reasons: tuple  # that MQTT 5 allows in the broker's DISCONNECT
    ignored: bool = False  # mosquitto 2.0 lets it pass
    refusable: bool = False  # a filter that may be refused in SUBACK instead, with its connection going on


def v5_only(make):
    return lambda version: make() if version == 5 else None


def block(version):
    return b"\0" if version == 5 else b""


def publish_with(raw_properties, topic=b"t/a"):
    return packet(PUBLISH, 0, text(topic) + raw_properties + b"x")


FAULTS = {
    # [MQTT-3.1.0-2]
    "a second CONNECT": FaultKind(lambda version: bytes.fromhex("100d00044d5154540402003c000178"), (PROTOCOL_ERROR,)),
    # [MQTT-3.3.2-2]
    "a wildcard in PUBLISH": FaultKind(lambda version: publish(version, "t/+", b"x"), EITHER + (TOPIC_NAME_INVALID,)),
    # [MQTT-3.3.1-4]
    "QoS 3": FaultKind(lambda version: packet(PUBLISH, 6, text("t/a") + ID + block(version) + b"x"), (MALFORMED,)),
    # [MQTT-3.3.1-2]
    "DUP at QoS 0": FaultKind(lambda version: packet(PUBLISH, 8, text("t/a") + block(version) + b"x"), EITHER, True),
    # [MQTT-2.2.1-3]
    "packet identifier 0": FaultKind(lambda version: publish(version, "t/a", b"x", 1, 0), EITHER),
    # [MQTT-3.8.3-2]
    "SUBSCRIBE without a filter":
        FaultKind(lambda version: packet(SUBSCRIBE, 2, ID + block(version)), (PROTOCOL_ERROR,), True),
    # [MQTT-3.10.3-2]
    "UNSUBSCRIBE without a filter": FaultKind(lambda version: unsubscribe(version, 9, ()), (PROTOCOL_ERROR,), True),
    # [MQTT-3.8.1-1]
    "SUBSCRIBE with wrong flags":
        FaultKind(lambda version: b"\x80" + subscribe(version, 9, (("nobody", 0),))[1:], (MALFORMED,), True),
    # [MQTT-3.8.3-5] [MQTT3-3.8.3-4]
    "SUBSCRIBE with QoS 3": FaultKind(lambda version: subscribe(version, 9, (("t/a", 3),)), EITHER),
    # [MQTT-1.5.4-1]
    "a topic that is not UTF-8": FaultKind(lambda version: publish(version, b"t/\xc3\x28", b"x"), (MALFORMED,)),
    # [MQTT-1.5.4-2]
    "U+0000 in a topic": FaultKind(lambda version: publish(version, b"t/\0", b"x"), (MALFORMED, TOPIC_NAME_INVALID)),
    # [MQTT-4.7.1-1] [MQTT-4.7.1-2]
    "a filter with # in the middle":
        FaultKind(lambda version: subscribe(version, 9, (("t/#/a", 0),)), EITHER, refusable=True),
    "a filter with + in a level":
        FaultKind(lambda version: subscribe(version, 9, (("t/a+", 1),)), EITHER, refusable=True),
    "a SUBACK": FaultKind(lambda version: packet(9, 0, ID + block(version) + b"\0"), (PROTOCOL_ERROR,), True),
    "a PINGRESP": FaultKind(lambda version: b"\xd0\x00", (PROTOCOL_ERROR,), True),
    "type 0": FaultKind(lambda version: b"\x00\x00", EITHER),
    "an AUTH": FaultKind(lambda version: b"\xf0\x00", (PROTOCOL_ERROR,)),
    # [MQTT-3.3.2-8]
    "topic alias 0": FaultKind(v5_only(lambda: publish(5, "t/a", b"x", properties={"topic_alias": 0})),
                               (TOPIC_ALIAS_INVALID,)),
    # [MQTT-3.3.2-9]
    "topic alias above the maximum": FaultKind(v5_only(lambda: publish(5, "t/a", b"x", properties={"topic_alias": 11})),
                                               (TOPIC_ALIAS_INVALID,)),
    "an unknown topic alias": FaultKind(v5_only(lambda: publish(5, "", b"x", properties={"topic_alias": 10})),
                                        (PROTOCOL_ERROR, TOPIC_ALIAS_INVALID)),
    "no topic and no alias": FaultKind(v5_only(lambda: publish(5, "", b"x")), (PROTOCOL_ERROR,)),
    # [MQTT-3.3.4-6]
    "a subscription identifier in PUBLISH":
        FaultKind(v5_only(lambda: publish(5, "t/a", b"x", properties={"subscription_id": 1})), EITHER, True),
    # [MQTT-3.3.2-14]
    "a wildcard in the response topic":
        FaultKind(v5_only(lambda: publish(5, "t/a", b"x", properties={"response_topic": "a/#"})),
                  EITHER + (TOPIC_NAME_INVALID,), True),
    # section 2.2.2.2
    "a property twice": FaultKind(v5_only(lambda: publish_with(b"\x04\x01\x00\x01\x00")), (PROTOCOL_ERROR,)),
    "an unknown property": FaultKind(v5_only(lambda: publish_with(b"\x02\x7f\x00")), (MALFORMED,)),
    "a property of another packet": FaultKind(v5_only(lambda: publish_with(b"\x03\x21\x00\x05")), (MALFORMED,)),
    "a property block behind the end":
        FaultKind(v5_only(lambda: packet(PUBLISH, 0, text("t/a") + b"\x7f\x01\x00")), (MALFORMED,)),
    # section 3.8.3.1
    "retain handling 3": FaultKind(v5_only(lambda: subscribe(5, 9, (("t/a", 0x30),))), (PROTOCOL_ERROR,)),
    "reserved option bits": FaultKind(v5_only(lambda: subscribe(5, 9, (("t/a", 0x40),))), (MALFORMED,)),
    # [MQTT-3.8.3-4]
    "no-local on a shared subscription":
        FaultKind(v5_only(lambda: subscribe(5, 9, (("$share/g/nobody", 0x04),))), (PROTOCOL_ERROR,), True),
    # [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    "a share without a name": FaultKind(v5_only(lambda: subscribe(5, 9, (("$share//nobody", 0),))), EITHER, True, True),
    "a share with a wildcard in its name":
        FaultKind(v5_only(lambda: subscribe(5, 9, (("$share/+/nobody", 0),))), EITHER, True, True),
    # section 3.8.2.1.2
    "subscription identifier 0":
        FaultKind(v5_only(lambda: packet(SUBSCRIBE, 2, ID + b"\x02\x0b\x00" + text("t/a") + b"\0")), (PROTOCOL_ERROR,)),
    # [MQTT-3.4.2-1]
    "an unknown reason": FaultKind(v5_only(lambda: packet(4, 0, ID + b"\x01")), EITHER, True),
    "a will property in DISCONNECT":
        FaultKind(v5_only(lambda: packet(14, 0, b"\0" + property_block({"will_delay": 1}))), (MALFORMED,)),
}


def fault_names(version):
    return [name for name, kind in FAULTS.items() if kind.make(version) is not None]
