"""Makes a script that shows a difference shorter, as long as it shows the same kind of difference."""

ATTEMPTS_MAX = 300


def signature(difference):
    """What the difference is about, without topics and numbers."""
    def words(lines):
        return tuple(line.split(" ")[0] for line in lines)
    return type(difference.step).__name__, words(difference.sluice), words(difference.mosquitto)


def minimise(script, difference, find):
    """(the short script, its difference); `find` plays a script and returns its difference or None."""
    wanted = signature(difference)
    attempts = 0
    width = max(len(script.steps) // 2, 1)
    while width >= 1:
        begin = 0
        while begin < len(script.steps) and attempts < ATTEMPTS_MAX:
            attempts += 1
            candidate = script.without(set(range(begin, begin + width)))
            found = find(candidate)
            if found is not None and signature(found) == wanted:
                script, difference = candidate, found
            else:
                begin += width
        width //= 2
    return script, difference
