"""How each known difference is recognised and taken out: functions that change a pair of observations and return
whether they did. What they are for, and who is right, says the list in differences.py."""

import typing

from comparison import same_properties
from faults import FAULTS
from steps import Connect, Fault, Subscribe, Unsubscribe

# --- CONNACK ---

COMPARED_IN_CONNACK = ("session_expiry", "assigned_client_id")


def reduce_offers(pair):
    changed = False
    for side in (pair.sluice, pair.mosquitto):
        for at, event in enumerate(side.controls):
            if event[0] == "CONNACK" and any(name not in COMPARED_IN_CONNACK for name in event[3]):
                kept = {name: value for name, value in event[3].items() if name in COMPARED_IN_CONNACK}
                side.controls[at] = event[:3] + (kept,)
                changed = True
    return changed


def drop_words(pair):
    changed = False
    for at, event in enumerate(pair.sluice.controls):
        if event[0] == "DISCONNECT" and "reason_string" in event[2]:
            rest = {name: value for name, value in event[2].items() if name != "reason_string"}
            pair.sluice.controls[at] = event[:2] + (rest,)
            changed = True
    return changed


# --- messages ---

def drop_alias(pair):
    changed = False
    for at, message in enumerate(pair.sluice.messages):
        if "topic_alias" in message.properties:
            rest = {name: value for name, value in message.properties.items() if name != "topic_alias"}
            pair.sluice.messages[at] = message._replace(properties=rest)
            changed = True
    return changed


def without_ids(properties):
    return {name: value for name, value in properties.items() if name != "subscription_id"}


def is_sum_of(single, copies, lost):
    """Whether one message is what the standard makes of several matching subscriptions. `lost`: the identifiers of
    copies that mosquitto may have dropped (0: of none), because they are of QoS 0 and the session was away."""
    told = [each for copy in copies for each in copy.properties.get("subscription_id", [])]
    more = list(single.properties.get("subscription_id", []))
    for each in told:
        if each not in more:
            return False
        more.remove(each)
    retain = max(copy.retain for copy in copies)
    same = single.retain == retain or (lost and single.retain > retain)
    rest = all(more.count(each) <= lost.count(each) for each in more)
    return same and rest and single.qos == max(copy.qos for copy in copies) and all(
        same_properties(without_ids(copy.properties), without_ids(single.properties)) for copy in copies)


def comes_back(pair):
    return isinstance(pair.step, (Connect, str))


def is_published_alike(messages):
    """One message, or one that was published several times, such as the will of a client that was cut twice."""
    return bool(messages) and all(each == messages[0] for each in messages)


def merge_copies(pair):
    ours, theirs = {}, {}
    for side, found in ((pair.sluice, ours), (pair.mosquitto, theirs)):
        for message in side.messages:
            found.setdefault((message.topic, message.payload), []).append(message)
    changed = False
    for key, copies in theirs.items():
        single = ours.get(key, ())
        if copies == single or not is_published_alike(single) or len(copies) % len(single):
            continue
        lost = [row.identifier for name, row in filters_of(pair).items() if not row.qos and matches(name, key[0])]
        if not comes_back(pair):
            lost = []
        share = len(copies) // len(single)
        if not all(is_sum_of(single[0], copies[at:at + share], lost) for at in range(0, len(copies), share)):
            continue
        place = pair.mosquitto.messages.index(copies[0])
        rest = [message for message in pair.mosquitto.messages[place:] if message not in copies]
        pair.mosquitto.messages[place:] = single + rest
        forget_releases(pair.mosquitto, copies[0], len([copy for copy in copies if copy.qos == 2]) - len(single))
        changed = True
    return changed


def forget_releases(side, message, count):
    label = message.label()
    for release in [each for each in side.releases if each[0] == label][:max(count, 0)]:
        side.releases.remove(release)


def drop_retained_of_share(pair):
    if not isinstance(pair.step, Subscribe) or not any(e.filter.startswith("$share/all/") for e in pair.step.entries):
        return False
    dropped = [] if pair.sluice.messages else [each for each in pair.mosquitto.messages if each.retain]
    for message in dropped:
        pair.mosquitto.messages.remove(message)
        forget_releases(pair.mosquitto, message, 1)
    return bool(dropped)


# --- overlapping subscriptions before MQTT 5 ---

def matches(name, topic):
    wanted, levels = name.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted.pop()
        levels = levels[:len(wanted)]
    return len(wanted) == len(levels) and all(each in ("+", level) for each, level in zip(wanted, levels))


class Kept(typing.NamedTuple):
    """What a client subscribes to, by filter."""
    identifier: int
    qos: int


def filters_of(pair):
    return pair.memory.get((pair.client, "filters"), {})


def remember_filters(ours, memory):
    step = ours.step
    if isinstance(step, Connect):
        lowest = memory.get((step.client, "version"), step.version)
        started = any(event[0] == "CONNACK" and event[1] == 0 for event in ours.events[step.client])
        if ours.facts.get("session ends") or (started and step.version != 3):
            memory[step.client, "filters"] = {}
            lowest = step.version
        memory[step.client, "version"] = min(lowest, step.version)  # of the session: what waited is of its time
    elif isinstance(step, Subscribe):
        memory.setdefault((step.client, "filters"), {}).update(
            {entry.filter: Kept(step.identifier, entry.qos) for entry in step.entries})
    elif isinstance(step, Unsubscribe):
        for name in step.filters:
            memory.get((step.client, "filters"), {}).pop(name, None)


def is_less(theirs, ours):
    """Of lower QoS, or with fewer identifiers (where the client has come back with MQTT 5)."""
    fewer = len(theirs.properties.get("subscription_id", [])) < len(ours.properties.get("subscription_id", []))
    return theirs.qos < ours.qos or (theirs.qos == ours.qos and fewer)


def raise_qos(pair):
    """Of a message that matches several filters. Of a session that was away, mosquitto may have dropped it at QoS 0."""
    if pair.memory.get((pair.client, "version"), 5) == 5:
        return False
    changed = False
    for message in pair.sluice.messages:
        theirs = [each for each in pair.mosquitto.messages if each[::4] == message[::4]]
        overlapping = sum(matches(name, message.topic) for name in filters_of(pair)) > 1
        dropped = not theirs and comes_back(pair)
        if overlapping and (dropped or (len(theirs) == 1 and is_less(theirs[0], message))):
            pair.mosquitto.messages = [each for each in pair.mosquitto.messages if each not in theirs] + [message]
            pair.mosquitto.releases = sorted(pair.mosquitto.releases + [(message.label(), 0)] * (message.qos == 2))
            changed = True
    in_order = [each for each in pair.sluice.messages if each in pair.mosquitto.messages]
    if changed and len(in_order) == len(pair.mosquitto.messages):
        pair.mosquitto.messages = in_order
    return changed


# --- wills ---

def remember_wills(ours, memory):
    """Wills that are due by the standard and that mosquitto does not publish."""
    left = ours.facts.get("left")
    if left is None or left.will is None:
        return
    delayed = left.version == 5 and "will_delay" in left.will.properties
    if ours.facts["session ends"]:
        kind = "will at the session's end" if delayed else None
    else:
        kind = "will at a take-over" if ours.facts.get("taken over") and not delayed else None
    if kind:
        memory.setdefault(kind, set()).add(left.will.payload)


def drop_posthumous_will(pair):
    """A will that reaches the new session by a subscription of the old one; its identifier is later used again."""
    known = pair.memory.setdefault((pair.client, "posthumous"), [])
    strange = [event for event in pair.mosquitto.controls if event[0] == "STRANGE" and
               any(f"identifier of {label} used" in event[1] for label in known)]
    pair.mosquitto.controls = [event for event in pair.mosquitto.controls if event not in strange]
    return drop_posthumous_now(pair, known) or bool(strange)


def drop_posthumous_now(pair, known):
    mine = pair.facts.get("taken over") and pair.facts["session ends"] and pair.step.client == pair.client
    will = pair.facts["left"].will if mine else None
    if will is None or any(message.payload == will.payload for message in pair.sluice.messages):
        return False
    dropped = [message for message in pair.mosquitto.messages if message.payload == will.payload]
    for message in dropped:
        known.append(message.label())
        pair.mosquitto.messages.remove(message)
        forget_releases(pair.mosquitto, message, 1)
    return bool(dropped)


def drop_wills(kind):
    def drop(pair):
        said = {message.payload for message in pair.mosquitto.messages}
        due = pair.memory.get(kind, set()) - said
        dropped = [message for message in pair.sluice.messages if message.payload in due]
        for message in dropped:
            pair.sluice.messages.remove(message)
            forget_releases(pair.sluice, message, 1)
        return bool(dropped)
    return drop


# --- acknowledgements ---

NO_SUBSCRIBERS = 0x10
NOT_FOUND = 0x92


def replace_codes(pair, names, allowed):
    """Takes reasons as equal where both brokers' are allowed."""
    changed = False
    for at, (ours, theirs) in enumerate(zip(pair.sluice.controls, pair.mosquitto.controls)):
        if ours[:2] == theirs[:2] and ours[0] in names and ours[2] != theirs[2] and allowed(ours[2], theirs[2]):
            pair.mosquitto.controls[at] = ours
            changed = True
    return changed


def no_subscribers(pair):
    return replace_codes(pair, ("PUBACK", "PUBREC"), lambda ours, theirs: {ours, theirs} == {0, NO_SUBSCRIBERS})


def unknown_identifier(pair):
    changed = replace_codes(pair, ("PUBCOMP",), lambda ours, theirs: (ours, theirs) == (NOT_FOUND, 0))
    for at, (ours, theirs) in enumerate(zip(pair.sluice.releases, pair.mosquitto.releases)):
        if ours == ("nothing", NOT_FOUND) and theirs == ("nothing", 0):
            pair.mosquitto.releases[at] = ours
            changed = True
    return changed


# --- ends of connections ---

def silent_take_over(pair):
    told = ("DISCONNECT", 0x8E, {})
    if not pair.facts.get("taken over") or told not in pair.sluice.controls or told in pair.mosquitto.controls:
        return False
    pair.sluice.controls.remove(told)
    return True


def ended(controls):
    """The reasons in DISCONNECT, one or none, of a connection that a fault ended; None when it was not ended so."""
    kinds = [event[0] for event in controls]
    if kinds not in (["CLOSED"], ["DISCONNECT", "CLOSED"]):
        return None
    return [event[1] for event in controls[:-1]]


def rightly_ended(pair, fault):
    reasons = ended(pair.sluice.controls)
    return reasons is not None and set(reasons) <= set(fault.reasons)


def was_answered(controls):
    """Whether the connection went on: the PINGREQ behind the fault was answered."""
    return controls[-2:] == [("PINGRESP",), ("CLOSED",)]


def fault_of(pair):
    mine = isinstance(pair.step, Fault) and pair.step.client == pair.client
    return FAULTS[pair.step.name] if mine else None


def error_reason(pair):
    fault = fault_of(pair)
    if not fault or not rightly_ended(pair, fault) or ended(pair.mosquitto.controls) is None:
        return False
    pair.mosquitto.controls = pair.sluice.controls
    return True


def ignored_fault(pair):
    fault = fault_of(pair)
    if not fault or not fault.ignored or not rightly_ended(pair, fault) or not was_answered(pair.mosquitto.controls):
        return False
    pair.mosquitto.controls = pair.sluice.controls
    return True


def refused_filter(pair):
    fault = fault_of(pair)
    if not fault or not fault.refusable or not was_answered(pair.sluice.controls):
        return False
    if pair.sluice.controls[0] not in (("SUBACK", 9, (0x80,)), ("SUBACK", 9, (0x8F,))):
        return False
    if ended(pair.mosquitto.controls) is None and not (fault.ignored and was_answered(pair.mosquitto.controls)):
        return False
    pair.mosquitto.controls = pair.sluice.controls
    return True


# --- what later steps need to know ---

def remember(ours, memory):
    remember_wills(ours, memory)
    remember_filters(ours, memory)
