"""The course in the manual, and its devices: every example is run, and what is printed is what stands there."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

from manual_chapters import MANUAL, ManualCase, read_blocks


class CourseExamplesTest(ManualCase):
    def test_every_example_prints_what_stands_there(self):
        self.run_chapters(*range(10, 30))


@unittest.skipUnless(shutil.which("g++"), "g++ is not there")
class SketchTest(unittest.TestCase):
    """The Arduino sketch, built for a board that only tells what it is asked to do."""

    def test_the_lamp_obeys_tells_and_comes_back(self):
        sketch, = [block.text for block in read_blocks(MANUAL / "21-esp8266.md") if block.name == "lamp.ino"]
        with tempfile.TemporaryDirectory(prefix="sluice-sketch-") as folder:
            (pathlib.Path(folder) / "lamp.ino").write_text(sketch, encoding="utf-8")
            board = pathlib.Path(__file__).parent / "arduino_board"
            subprocess.run(["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{board}", f"-I{folder}", "-o",
                            f"{folder}/day", str(board / "day.cpp")], check=True, timeout=120)
            told = subprocess.run([f"{folder}/day"], check=True, timeout=10, capture_output=True, text=True).stdout.splitlines()

        def connects(state, pin):
            return ["connect esp-c0ffee will esp/state 1 1 offline", "publish esp/state online 1", "subscribe esp/lamp/set 1",
                    f"pin {pin}", f"publish esp/lamp/state {state} 1"]
        self.assertEqual(told, ["pin HIGH", *connects("OFF", "HIGH"), "pin LOW", "publish esp/lamp/state ON 1", "pin HIGH",
                                "publish esp/lamp/state OFF 1", "publish esp/button pressed 0", *connects("OFF", "HIGH")])


if __name__ == "__main__":
    unittest.main()
