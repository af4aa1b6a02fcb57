"""The books of a soak: what was published, what each receiver got, and what is wrong with it. No sockets here."""

import collections

WORDS_MAX = 10  # problems of a kind that are kept with their words; all are counted


class Ledger:
    def __init__(self):
        self.counts = collections.Counter()
        self.problems = []
        self.published = collections.Counter()  # last number, by (publisher, topic)
        self.resent = set()  # (publisher, topic, number) that a publisher sent twice at QoS 1: it may come twice
        self.readers = collections.defaultdict(list)  # receivers, by topic
        self.outstanding = 0  # deliveries that are due, over all receivers

    def problem(self, kind, words):
        self.counts[kind] += 1
        if self.counts[kind] <= WORDS_MAX:
            self.problems.append(f"{kind}: {words}")

    def publish(self, publisher, topic):
        """The number of the next message."""
        self.published[publisher, topic] += 1
        self.outstanding += len(self.readers[topic])
        return self.published[publisher, topic]

    def check_complete(self):
        """At the end: every message has reached every receiver of its topic."""
        for (publisher, topic), count in self.published.items():
            for reader in self.readers[topic]:
                missing = reader.missing(publisher, topic, count)
                if missing:
                    self.counts["lost"] += len(missing) - 1
                    self.problem("lost", f"{reader.name} never got {publisher}'s {missing[:5]} of {topic}")

    def is_complete(self):
        return all(not reader.missing(publisher, topic, count)
                   for (publisher, topic), count in self.published.items() for reader in self.readers[topic])


class Receiver:
    """What one session got, from all its connections."""

    def __init__(self, name, ledger):
        self.name = name
        self.ledger = ledger
        self.last = {}  # highest number, by (publisher, topic)
        self.skipped = {}  # numbers below that which have not come

    def reads(self, topic):
        self.ledger.readers[topic].append(self)

    def missing(self, publisher, topic, count):
        key = (publisher, topic)
        return sorted(self.skipped.get(key, ())) + list(range(self.last.get(key, 0) + 1, count + 1))

    def record(self, publisher, topic, number, qos, again):
        """`again`: the packet says DUP, and the session has been cut off since its first connection."""
        key = (publisher, topic)
        last = self.last.get(key, 0)
        if number == last + 1:
            self.last[key] = number
            self.ledger.outstanding -= 1
        elif number > last:
            self.skipped.setdefault(key, set()).update(range(last + 1, number))
            self.last[key] = number
            self.ledger.outstanding -= 1
            self.ledger.problem("overtaken", f"{self.name} got {publisher}'s {number} of {topic} after {last}")
        elif number in self.skipped.get(key, ()):
            self.skipped[key].discard(number)
            self.ledger.outstanding -= 1
        elif qos == 2:
            self.ledger.problem("duplicate", f"{self.name} got {publisher}'s {number} of {topic} twice at QoS 2")
        elif again or (publisher, topic, number) in self.ledger.resent:
            self.ledger.counts["repeated at QoS 1"] += 1
        else:
            self.ledger.problem("duplicate", f"{self.name} got {publisher}'s {number} of {topic} twice without DUP")
