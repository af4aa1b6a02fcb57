"""What a listener's options say of where it listens, and to whom it speaks."""

import pathlib
import socket
import subprocess
import tempfile
import unittest

from conditions import wait_until
from mosquitto_client import Subscriber, publish
from running_sluice import SluiceProcess, free_port, run_to_end


def connects(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(5)
        return probe.connect_ex((address, port)) == 0


class ListenerOptions(unittest.TestCase):
    def serve(self, text, port):
        folder = tempfile.TemporaryDirectory(prefix="sluice-test-")
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "sluice.conf"
        path.write_text(text, encoding="utf-8")
        sluice = SluiceProcess({"mqtt": ()}, config=False, arguments=("-c", str(path)))
        sluice.ports = {"mqtt": port}
        sluice.launch()
        self.addCleanup(sluice.clean_up)
        wait_until(lambda: connects("127.0.0.1", port), "it listened")
        return sluice

    def test_socket_domain_leaves_the_other_kind_out(self):
        port = free_port()
        sluice = self.serve(f"allow_anonymous true\nlistener {port}\nsocket_domain ipv4\n", port)
        self.assertFalse(connects("::1", port))
        sluice.stop()

    def test_bind_interface_listens_on_the_device(self):
        port = free_port()
        sluice = self.serve(f"allow_anonymous true\nlistener {port}\nbind_interface lo\n", port)
        publish(port, "a", "x")
        sluice.stop()

    def test_a_unix_socket_is_listened_on_and_gone_at_the_end(self):
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="sluice-test-") as folder:
            path = pathlib.Path(folder) / "broker.sock"
            sluice = self.serve(f"user root\nallow_anonymous true\nlistener 0 {path}\nlistener {port} 127.0.0.1\n", port)
            with Subscriber(port, "a", qos=1) as subscriber:
                subprocess.run(["mosquitto_pub", "--unix", str(path), "-t", "a", "-m", "by path", "-q", "1"], check=True, timeout=30)
                self.assertEqual(["a by path"], subscriber.wait_for(1))
            sluice.stop()
            self.assertFalse(path.exists())

    def test_a_device_that_is_not_there_is_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(f"allow_anonymous true\nlistener {free_port()}\nbind_interface nosuch0\n")
            file.flush()
            ended = run_to_end("-c", file.name)
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("nosuch0", ended.stderr)

    def test_the_listener_of_port_and_those_of_an_included_folder_are_served(self):
        port, other = free_port(), free_port()
        with tempfile.TemporaryDirectory(prefix="sluice-test-") as folder:
            (pathlib.Path(folder) / "a.conf").write_text(f"listener {other} 127.0.0.1\n", encoding="utf-8")
            sluice = self.serve(f"bind_address 127.0.0.1\nallow_anonymous true\nport {port}\ninclude_dir {folder}\n", port)
            publish(port, "a", "x")
            publish(other, "a", "x")
            sluice.stop()


if __name__ == "__main__":
    unittest.main()
