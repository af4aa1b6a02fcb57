"""A test case with clients of Paho for C."""

from interop_case import InteropCase  # first: it says where the next ones are

from paho_c import VERSIONS, PahoC, missing

__all__ = ["PahoCCase", "missing"]


class PahoCCase(InteropCase):
    transport = "tcp"

    def url(self):
        if self.transport == "tcp":
            return f"tcp://127.0.0.1:{self.mqtt_port}"
        return f"ws://127.0.0.1:{self.sluice.port('http')}/mqtt"

    def identifier(self, version, suffix=""):
        return f"{self.name(suffix)}-{version}"

    def client(self, version, suffix="", kind="synchronous"):
        return PahoC(self.url(), version, self.identifier(version, suffix), kind)

    def each_version(self):
        return [(version, f"{self.topic}/{version}") for version in VERSIONS]
