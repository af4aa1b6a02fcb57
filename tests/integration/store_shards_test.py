"""The store with more than one thread: acknowledgements wait for what other shards have to keep."""

import unittest

import raw_mqtt
from raw_mqtt import PUBLISH
from store_cases import StoreCases


class StoreShardsTest(StoreCases, unittest.TestCase):
    lines = ("io_threads 3",)

    def test_every_shards_part_of_a_message_is_there(self):
        names = [f"away-{number}" for number in range(12)]
        for name in names:
            self.kept(name, "t").close()
        for number in range(20):
            self.publish("t", str(number).encode(), qos=1 + number % 2)
        self.sluice.crash()
        for name in names:
            with self.kept(name) as client:
                client.send(raw_mqtt.PINGREQ_PACKET)
                came = {1: [], 2: []}
                while sum(map(len, came.values())) < 20:
                    first, body = client.read_packet()
                    if first >> 4 == PUBLISH:
                        came[first >> 1 & 3].append(int(body[5:]))
                self.assertEqual(came, {1: list(range(0, 20, 2)), 2: list(range(1, 20, 2))}, name)


if __name__ == "__main__":
    unittest.main()
