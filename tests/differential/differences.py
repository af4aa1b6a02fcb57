"""The differences between Sluice and mosquitto 2.0 that are known and explained: each a name, a sentence, and a
function that takes precisely that difference out of a pair of observations. What no rule explains is a failure."""

import typing

from explanations import (drop_alias, drop_posthumous_will, drop_retained_of_share, drop_wills, drop_words,
                          error_reason, ignored_fault, merge_copies, no_subscribers, raise_qos, reduce_offers,
                          refused_filter, silent_take_over, unknown_identifier, remember)


class Rule(typing.NamedTuple):
    name: str
    sentence: str
    apply: typing.Callable  # changes the pair and returns whether it did


RULES = (
    Rule("words",
         "Sluice gives the reason of a DISCONNECT in words too, mosquitto never; a server may (3.14.2.2.3).",
         drop_words),
    Rule("error reason",
         "Both end the connection; Sluice's reason in DISCONNECT is one that the standard names, mosquitto "
         "says another or none (section 4.13).",
         error_reason),
    Rule("ignored fault",
         "mosquitto lets some packets pass that must end the connection; Sluice ends it (section 4.13).",
         ignored_fault),
    Rule("refused filter",
         "Sluice refuses a malformed filter in SUBACK, as 3.9.3 has a code for it; mosquitto ends the "
         "connection, as for any malformed packet, or takes it where it is a share.",
         refused_filter),
    Rule("offers",
         "Each broker tells its own limits in CONNACK; they are its choice (section 3.2.2.3).",
         reduce_offers),
    Rule("topic alias",
         "Sluice uses the aliases that a client allows, mosquitto does not; a sender may (3.3.2.3.4).",
         drop_alias),
    Rule("no subscribers",
         "PUBACK and PUBREC may say that nobody subscribes (3.4.2.1); mosquitto says so in PUBACK only, and "
         "counts a no-local subscription of the publisher.",
         no_subscribers),
    Rule("unknown identifier",
         "Sluice says that an identifier is not known, as 3.6.2.1 and 3.7.2.1 have a code for it; mosquitto "
         "says Success.",
         unknown_identifier),
    Rule("silent take-over",
         "Sluice tells the old connection that it was taken over [MQTT-3.1.4-3]; mosquitto closes it without a "
         "word.",
         silent_take_over),
    Rule("will at a take-over",
         "The old connection ends without DISCONNECT, so its will is due [MQTT-3.1.2-8]; mosquitto publishes "
         "it only if the session ends too.",
         drop_wills("will at a take-over")),
    Rule("will at the session's end",
         "A delayed will is due when the session ends [MQTT-3.1.2-8]; mosquitto waits for the delay.",
         drop_wills("will at the session's end")),
    Rule("will to the old subscriptions",
         "At a take-over that ends the session mosquitto sends the will to the new connection, by "
         "subscriptions that are gone [MQTT-3.1.2-4].",
         drop_posthumous_will),
    Rule("first filter's QoS",
         "Before MQTT 5 mosquitto sends one copy to overlapping subscriptions, with the QoS of the one it "
         "finds first; Sluice with the highest [MQTT3-3.3.5-1].",
         raise_qos),
    Rule("retained messages of a share",
         "A shared subscription gets no retained messages when it is made (4.8.2); mosquitto sends them.",
         drop_retained_of_share),
    Rule("copies",
         "Sluice sends one copy to overlapping subscriptions, with the highest QoS and all identifiers, "
         "mosquitto one for each; both are allowed [MQTT-3.3.4-2] [MQTT-3.3.4-3].",
         merge_copies),
)


class Rules:
    def __init__(self, rules=RULES):
        self.rules = rules
        self.counts = {rule.name: 0 for rule in rules}

    @staticmethod
    def remember(ours, memory):
        """Keeps what a later step needs to know of this one."""
        remember(ours, memory)

    def explain(self, pair):
        """Whether the pair is the same once the rules have done their work."""
        applied = []
        for rule in self.rules:
            if pair.agrees():
                break
            if rule.apply(pair):
                applied.append(rule.name)
        if not pair.agrees():
            return False
        for name in applied:
            self.counts[name] += 1
        return True
