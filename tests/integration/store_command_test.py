"""`sluice store` beside a broker: what came over from mosquitto is served, and an export makes a store anew."""

import json
import pathlib
import struct
import unittest

from durable_sluice import DurableSluice
from raw_mqtt import CONNACK, PUBCOMP, PUBLISH, PUBREC, PUBREL, SUBACK, RawClient, connect, packet, publish, subscribe
from running_sluice import ROOT, run_to_end
from web_client import get, put

FROM_MOSQUITTO = ROOT / "tests" / "fuzz" / "corpus" / "mosquitto_file" / "many_states"


class StoreCommandTest(unittest.TestCase):
    def setUp(self):
        self.sluice = DurableSluice()
        self.addCleanup(self.sluice.clean_up)

    def store(self, deed, *arguments, expect=0, **options):
        ended = run_to_end("store", deed, "--location", str(self.sluice.store), *arguments, **options)
        self.assertEqual(ended.returncode, expect, ended.stdout + ended.stderr)
        return ended.stdout if expect == 0 else ended.stderr

    def rows(self, kind):
        return [row for row in map(json.loads, self.store("export").splitlines()) if row["kind"] == kind]

    def stop(self):
        self.sluice.process.terminate()
        self.sluice.process.wait()
        self.sluice.check_end()

    def test_what_mosquitto_kept_is_served(self):
        said = self.store("import", str(FROM_MOSQUITTO))
        self.assertIn("3 sessions with 2 subscriptions and 8 waiting messages, 2 retained messages", said)
        self.sluice.start()
        with RawClient(self.sluice.port(), connect("old", clean=False)) as old:
            self.assertEqual(old.expect(CONNACK), b"\x01\x00")  # the session is present
            # The first message that waited has expired by now; "home/x", "home/y/temp", and what mosquitto held back.
            came = [old.expect(PUBLISH) for _ in range(3)]
            self.assertEqual([body.split(b"q2")[0][2:-2] for body in came[:2]], [b"home/x", b"home/y/temp"])
            self.assertTrue(came[2].endswith(b"\xff\x00bin"))
        with RawClient(self.sluice.port(), connect("pub", 5, clean=False, properties=b"\x11\x00\x00\x10\x00")) as pub:
            self.assertEqual(pub.expect(CONNACK)[0], 1)
            again = bytearray(publish("home/kitchen/temp", b"\xff\x00bin", 2, packet_id=2, version=5))
            again[0] |= 8  # mosquitto had acknowledged it: it is known, and not delivered again
            pub.send(bytes(again))
            self.assertEqual(pub.expect(PUBREC), b"\x00\x02")
            pub.send(packet(PUBREL, 2, struct.pack("!H", 2)))
            self.assertEqual(pub.expect(PUBCOMP), b"\x00\x02")
        self.assertEqual(get(f"{self.sluice.base()}/topics/set/later/temp").text, "retained by release")
        self.stop()
        waiting = [row for row in self.rows("outgoing") if row["client_id"] == "old"]
        self.assertEqual(len(waiting), 3)  # it acknowledged nothing
        self.assertIn("no fault found", self.store("check"))

    def test_an_export_makes_a_store_that_is_served_like_the_first(self):
        self.sluice.start()
        port = self.sluice.port()
        with RawClient.online(port, "away", clean=False) as away:
            away.send(subscribe("t/#", 2))
            away.expect(SUBACK)
        put(f"{self.sluice.base()}/topics/t/kept", b"\xff\x00")
        with RawClient.online(port, "sender", clean=False) as sender:
            sender.send(publish("t/two", b"p 1", 2, packet_id=5))
            sender.expect(PUBREC)
        tag = get(f"{self.sluice.base()}/topics/t/kept").field("ETag")
        self.assertIn("is in use by another process", self.store("check", expect=1))
        self.assertIn("is in use by another process", self.store("import", expect=1, input="{}"))
        live = self.store("export")  # of a store that is open
        self.sluice.kill()
        dead = self.store("export")
        self.assertEqual([row for row in live.splitlines() if '"kind":"session"' not in row],
                         [row for row in dead.splitlines() if '"kind":"session"' not in row])
        for path in pathlib.Path(self.sluice.store).glob("sluice.db*"):
            path.unlink()
        self.store("import", input=dead)
        self.assertEqual(self.store("export"), dead)
        self.sluice.start_again()
        self.assertEqual(get(f"{self.sluice.base()}/topics/t/kept").field("ETag"), tag)
        with RawClient(port, connect("away", clean=False)) as away:
            self.assertEqual(away.expect(CONNACK), b"\x01\x00")
            came = {away.expect(PUBLISH)[2:8] for _ in range(2)}
            self.assertEqual(came, {b"t/kept", b"t/two\0"})
        with RawClient(port, connect("sender", clean=False)) as sender:
            self.assertEqual(sender.expect(CONNACK), b"\x01\x00")
            sender.send(packet(PUBREL, 2, struct.pack("!H", 5)))
            self.assertEqual(sender.expect(PUBCOMP), b"\x00\x05")


if __name__ == "__main__":
    unittest.main()
