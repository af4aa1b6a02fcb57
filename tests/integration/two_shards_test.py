"""Everything important once more with two threads, and what only two can get wrong."""

import threading
import unittest

import http_message_test
import long_poll_test
import malformed_packet_test
import mosquitto_test
import paho_test
import raw_mqtt
import retained_list_test
import shutdown_test
import stream_test
import topics_test
import websocket_test
from conditions import wait_until
from paho_client import PahoClient
from raw_mqtt import RawClient, connect, publish, subscribe, text
from sluice_case import SluiceCase
from web_client import RawWeb, get, post, put

LINES = ("io_threads 2",)


class MosquittoOnTwoShardsTest(mosquitto_test.MosquittoTest):
    lines = LINES
    test_a_stopped_client_is_noticed_by_its_keep_alive = None  # takes long, and shards are not in it


class PahoOnTwoShardsTest(paho_test.PahoTest):
    lines = LINES


class WebSocketOnTwoShardsTest(websocket_test.WebSocketTest):
    lines = LINES


class MalformedPacketOnTwoShardsTest(malformed_packet_test.MalformedPacketTest):
    lines = LINES
    test_what_never_becomes_a_connect_is_closed_in_time = None


class TopicsOnTwoShardsTest(topics_test.TopicsTest):
    lines = LINES


class RetainedListOnTwoShardsTest(retained_list_test.RetainedListTest):
    lines = LINES


class LongPollOnTwoShardsTest(long_poll_test.LongPollTest):
    lines = LINES


class StreamOnTwoShardsTest(stream_test.StreamTest):
    lines = LINES


class HttpMessageOnTwoShardsTest(http_message_test.HttpMessageTest):
    lines = LINES


class ShutdownOnTwoShardsTest(shutdown_test.ShutdownTest):
    lines = LINES


class CrossShardTest(SluiceCase):
    lines = LINES

    def test_every_pair_of_clients_reaches_each_other_in_order(self):
        """Client ids decide the shard, so twelve of them are on both."""
        count, size = 12, 50
        clients = []
        for number in range(count):
            client = RawClient.online(self.mqtt_port, f"{self.topic}-{number}")
            self.addCleanup(client.close)
            clients.append(client)
            client.send(subscribe(self.topic + "/#", 1))
            client.expect(raw_mqtt.SUBACK)
        writers = [threading.Thread(target=self.write, args=(number, size)) for number in range(count)]
        for writer in writers:
            writer.start()
        for client in clients:
            seen = {}
            for _ in range(count * size):
                topic, payload = self.read_publish(client)
                seen.setdefault(topic, []).append(int(payload))
            self.assertEqual(set(seen), {f"{self.topic}/{number}" for number in range(count)})
            for topic, numbers in seen.items():
                self.assertEqual(numbers, list(range(size)), topic)
        for writer in writers:
            writer.join()

    def write(self, number, size):
        with RawClient.online(self.mqtt_port, f"{self.topic}-writer-{number}") as writer:
            for at in range(size):
                writer.send(publish(f"{self.topic}/{number}", str(at).encode(), 1, at + 1))
            for _ in range(size):
                writer.expect(raw_mqtt.PUBACK)

    @staticmethod
    def read_publish(client):
        body = client.expect(raw_mqtt.PUBLISH)
        size = int.from_bytes(body[:2], "big")
        packet_id = body[2 + size:4 + size]
        client.send(b"\x40\x02" + packet_id)
        return body[2:2 + size].decode(), body[4 + size:].decode()

    def test_retained_values_are_the_same_on_every_connection(self):
        for number in range(40):
            put(f"{self.web}/topics/{self.topic}/{number}", str(number))
            self.assertEqual(get(f"{self.web}/topics/{self.topic}/{number}").text, str(number))
        for number in range(4):
            with PahoClient(self.mqtt_port, f"{self.topic}-{number}") as client:
                client.subscribe(self.topic + "/#")
                self.assertEqual(len(set(client.wait_for_messages(40))), 40)
        for _ in range(4):
            self.assertEqual(len(get(f"{self.web}/topics/{self.topic}?tree").json), 40)

    def test_streams_of_both_shards_see_everything(self):
        streams = []
        for _ in range(4):
            web = RawWeb(self.sluice.port("http"))
            self.addCleanup(web.close)
            web.open_stream(f"/topics/{self.topic}?stream")
            streams.append(web)
        wait_until(lambda: post(f"{self.web}/topics/{self.topic}", "begin").json["matched"] == 4,
                   "all streams are open")
        with RawClient.online(self.mqtt_port, f"{self.topic}-w") as writer:
            for number in range(1000):
                writer.send(publish(self.topic, f"mqtt {number}".encode()))
        for stream in streams:
            numbers = []
            while len(numbers) < 1000:
                payload = stream.message()["payload"]
                if payload.startswith("mqtt"):
                    numbers.append(int(payload.split()[1]))
            self.assertEqual(numbers, list(range(1000)))

    def test_a_put_is_decided_once_however_many_race(self):
        tag = put(f"{self.web}/topics/{self.topic}", "0").field("ETag")
        answers = []

        def race(number):
            request = (f"PUT /topics/{self.topic} HTTP/1.1\r\nHost: localhost\r\nIf-Match: {tag}\r\n"
                       f"Content-Length: 2\r\n\r\n{number:02}")
            with RawWeb(self.sluice.port("http"), request) as web:
                answers.append(web.read_answer().status)
        threads = [threading.Thread(target=race, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answers), [200] + [412] * 23)

    def test_of_many_connections_with_one_id_exactly_one_survives(self):
        for round_number in range(5):
            name = f"{self.topic}-{round_number}"
            clients = [RawClient(self.mqtt_port) for _ in range(40)]
            threads = [threading.Thread(target=client.send, args=(connect(name, 5),)) for client in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            alive = wait_until(lambda these=clients: self.survivors(these), "exactly one connection is left")
            self.assertEqual(len(alive), 1)
            alive[0].send(subscribe(name, version=5))
            for client in clients:
                client.close()

    @staticmethod
    def survivors(clients):
        """Those whose connection stands; none while it is more than one. Each was told 0x8E or had no answer yet."""
        alive = []
        for client in clients:
            client.socket.setblocking(False)
            try:
                while True:
                    part = client.socket.recv(4096)
                    if not part:
                        break
            except BlockingIOError:
                alive.append(client)
            except OSError:
                pass
            finally:
                client.socket.setblocking(True)
        return alive if len(alive) == 1 else None

    def test_packets_behind_a_connect_move_along_with_it(self):
        """The id decides the shard when some bytes are here already."""
        for number in range(16):
            topic = f"{self.topic}/{number}"
            said = connect(f"{self.topic}-{number}") + subscribe(topic) + publish(topic, b"x")
            with RawClient(self.mqtt_port, said) as client:
                client.expect(raw_mqtt.CONNACK)
                client.expect(raw_mqtt.SUBACK)
                self.assertEqual(client.expect(raw_mqtt.PUBLISH), text(topic) + b"x")


if __name__ == "__main__":
    unittest.main()
