"""Paho's client for tests: calls that wait for their answer, with the callbacks of its versions 1 and 2."""

import threading
import warnings

import paho.mqtt.client as paho

from conditions import PATIENCE_SECONDS

V31, V311, V5 = paho.MQTTv31, paho.MQTTv311, paho.MQTTv5


def new_client(client_id, version, transport, clean):
    options = {"client_id": client_id, "protocol": version, "transport": transport}
    if version != V5:
        options["clean_session"] = clean
    if hasattr(paho, "CallbackAPIVersion"):
        options["callback_api_version"] = paho.CallbackAPIVersion.VERSION2
    return paho.Client(**options)


def number_of(code):
    return code.value if hasattr(code, "value") else int(code)


class PahoClient:
    """`with` connects and leaves. What comes in stands in `messages`."""

    def __init__(self, port, client_id="", version=V311, transport="tcp", path="/mqtt", clean=True,
                 keep_alive=60, properties=None, will=None):
        self.client = new_client(client_id, version, transport, clean)
        if transport == "websockets":
            self.client.ws_set_options(path=path)
        if will is not None:
            self.client.will_set(**will)
        self.version, self.clean, self.keep_alive, self.properties = version, clean, keep_alive, properties
        self.port = port
        self.changed = threading.Condition()
        self.messages, self.granted, self.published = [], {}, set()
        self.connected, self.disconnected, self.session_present = None, None, None
        self.client.on_connect = self.on_connect
        self.client.on_disconnect = self.on_disconnect
        self.client.on_message = self.on_message
        self.client.on_subscribe = self.on_subscribe
        self.client.on_publish = self.on_publish

    # --- callbacks: (client, userdata, ...), then what the versions agree on ---

    def on_connect(self, _client, _userdata, flags, code, *_):
        with self.changed:
            self.connected = number_of(code)
            present = flags["session present"] if isinstance(flags, dict) else flags.session_present
            self.session_present = bool(present)
            self.changed.notify_all()

    def on_disconnect(self, _client, _userdata, *rest):
        code = rest[1] if len(rest) == 3 else rest[0]  # version 2 puts flags in front
        with self.changed:
            self.disconnected = number_of(code) if code is not None else 0
            self.changed.notify_all()

    def on_message(self, _client, _userdata, message):
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def on_subscribe(self, _client, _userdata, mid, codes, *_):
        with self.changed:
            self.granted[mid] = [number_of(code) for code in codes]
            self.changed.notify_all()

    def on_publish(self, _client, _userdata, mid, *_):
        with self.changed:
            self.published.add(mid)
            self.changed.notify_all()

    # --- calls ---

    def wait_for(self, condition, what, seconds=PATIENCE_SECONDS):
        with self.changed:
            if not self.changed.wait_for(condition, seconds):
                raise AssertionError(f"this did not happen within {seconds} s: {what}")

    def connect(self):
        options = {}
        if self.version == V5:
            options = {"clean_start": self.clean, "properties": self.properties}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.client.connect("127.0.0.1", self.port, self.keep_alive, **options)
            self.client.loop_start()
        self.wait_for(lambda: self.connected is not None, "CONNACK came")
        return self

    def subscribe(self, topic, qos=0):
        _, mid = self.client.subscribe(topic, qos)
        self.wait_for(lambda: mid in self.granted, "SUBACK came")
        return self.granted[mid]

    def publish(self, topic, payload, qos=0, retain=False, properties=None):
        mid = self.client.publish(topic, payload, qos, retain, properties).mid
        self.wait_for(lambda: mid in self.published, f"the message with QoS {qos} was taken")

    def wait_for_messages(self, count, seconds=PATIENCE_SECONDS):
        self.wait_for(lambda: len(self.messages) >= count, f"{count} messages came", seconds)
        return [(message.topic, message.payload.decode()) for message in self.messages]

    def wait_for_disconnect(self, seconds=PATIENCE_SECONDS):
        self.wait_for(lambda: self.disconnected is not None, "the connection ended", seconds)
        return self.disconnected

    def drop(self):
        """Closes the socket without a DISCONNECT."""
        self.client.loop_stop()
        sock = self.client.socket()
        if sock is not None:
            sock.close()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        self.close()
