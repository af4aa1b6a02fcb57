"""Waiting: always for a condition, never for time, and never without a deadline."""

import time

PATIENCE_SECONDS = 15  # generous: a build with sanitizers on a busy machine must not fail for being slow
POLL_SECONDS = 0.01


def wait_until(condition, what, seconds=PATIENCE_SECONDS):
    """Returns what the condition returned once that is true; fails with the sentence `what` at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        outcome = condition()
        if outcome:
            return outcome
        if time.monotonic() >= deadline:
            raise AssertionError(f"this did not happen within {seconds} s: {what() if callable(what) else what}")
        time.sleep(POLL_SECONDS)


class Stopwatch:
    def __init__(self):
        self.begin = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.begin
