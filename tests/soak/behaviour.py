"""What each client of the soak does all the time: publish in a closed loop, and be a nuisance."""

import asyncio

from packets import PINGREQ_BYTES, disconnect, publish

OUTSTANDING_MAX = 5000  # deliveries that are due, before all publishers wait
NOISE_TOPICS = 50
AWAY_SECONDS_MAX = 2
SLOW_SECONDS_MAX = 3
CONNECTIONS_MAX = 5

# Each with its weight. Between two of them a client waits `pause` seconds on the average.
NUISANCES = {"cut": 4, "cut_hard": 4, "cut_inside_packet": 4, "cut_after_publish": 6, "cut_after_silence": 6,
             "cut_unread": 4, "take_over": 6, "leave": 3, "read_slowly": 2, "change_noise": 6, "make_noise": 10,
             "ping": 2}


def noise_topic(draw):
    return f"noise/{draw.randrange(NOISE_TOPICS)}"


def will_of(session):
    draw = session.draw
    if draw.random() < 0.5:
        return None
    properties = {"will_delay": 1} if session.version == 5 and draw.random() < 0.3 else {}
    return (noise_topic(draw), b"will of " + session.name.encode(), draw.randrange(3), draw.random() < 0.3, properties)


async def pause_for(draw, average, ended):
    """A pace of its own, which the end of the soak cuts short."""
    try:
        await asyncio.wait_for(ended.wait(), draw.uniform(0, 2 * average))
    except asyncio.TimeoutError:
        pass


async def keep_connected(session, will=None):
    """A connection; one that fails is a problem, and the fifth in a row the last."""
    for _ in range(CONNECTIONS_MAX):
        try:
            return await session.connect(will)
        except ConnectionError as failure:
            session.ledger.problem("no connection", str(failure))
    raise AssertionError(f"{session.name} finds no connection")


async def publish_on(session, pause, ended):
    """Numbered messages at QoS 1 and 2, one after the other, with a pause of its own choosing."""
    draw = session.draw
    while not ended.is_set():
        await pause_for(draw, pause, ended)
        if session.ledger.outstanding > OUTSTANDING_MAX:
            session.ledger.counts["pauses for the receivers"] += 1
            continue
        await session.room_in_window()
        qos = draw.choice((1, 1, 2, 2, 2))
        size = draw.randrange(20, 200) if draw.random() < 0.97 else draw.randrange(5000, 60_000)
        if draw.random() < 0.1:
            session.publish(f"state/{session.name}", 1, b"", retain=True)
        else:
            session.publish(f"soak/{session.room}/{qos}", qos, b"." * size)


async def annoy(session, pause, ended):
    draw = session.draw
    names, weights = zip(*NUISANCES.items())
    while not ended.is_set():
        await pause_for(draw, pause, ended)
        if session.online:
            await globals()[draw.choices(names, weights)[0]](session)
        if not session.online:
            await keep_connected(session, will_of(session))


async def away(session):
    await asyncio.sleep(session.draw.uniform(0, AWAY_SECONDS_MAX))


async def cut(session):
    session.ledger.counts["cuts"] += 1
    session.link.cut()
    await away(session)


async def cut_hard(session):
    session.ledger.counts["cuts"] += 1
    session.link.cut(hard=True)
    await away(session)


async def cut_inside_packet(session):
    """The packet will never be whole, so nobody may see its message."""
    session.ledger.counts["cuts inside a packet"] += 1
    whole = publish(session.version, "soak/broken/2", b"never" * 20, 2, session.next_id())
    session.link.cut(whole[:session.draw.randrange(1, len(whole))])
    await away(session)


async def cut_after_publish(session):
    """Nobody knows how much of it the broker saw."""
    session.ledger.counts["cuts after a PUBLISH"] += 1
    draw = session.draw
    while session.has_room():
        qos = draw.choice((1, 2))
        session.publish(f"soak/{session.room}/{qos}", qos, b"." * draw.randrange(20, 5000))
    session.link.cut(hard=draw.random() < 0.3)
    await away(session)


async def cut_after_silence(session):
    """Handshakes of both directions stop where they are."""
    session.ledger.counts["cuts after a silence"] += 1
    session.link.silent = True
    await asyncio.sleep(session.draw.uniform(0.05, 1))
    if session.online:
        session.link.cut(hard=session.draw.random() < 0.5)
    await away(session)


async def cut_unread(session):
    """What the broker sent meanwhile is lost with the connection."""
    session.ledger.counts["cuts with messages unread"] += 1
    session.link.rest(True)
    await asyncio.sleep(session.draw.uniform(0.05, 1))
    if session.online:
        session.link.cut(hard=True)
    await away(session)


async def take_over(session):
    session.link.silent = session.draw.random() < 0.5
    await keep_connected(session, will_of(session))


async def leave(session):
    session.ledger.counts["clean disconnects"] += 1
    session.link.cut(disconnect(session.version))
    await away(session)


async def read_slowly(session):
    session.ledger.counts["slow readers"] += 1
    link = session.link
    link.rest(True)
    await asyncio.sleep(session.draw.uniform(0.5, SLOW_SECONDS_MAX))
    link.rest(False)


async def change_noise(session):
    draw = session.draw
    if draw.random() < 0.5:
        await session.subscribe((noise_topic(draw), draw.randrange(3)), ("noise/+/deep", 0))
    else:
        await session.unsubscribe(*(f"noise/{number}" for number in range(NOISE_TOPICS)))


async def make_noise(session):
    draw = session.draw
    for _ in range(draw.randrange(1, 10)):
        session.publish_noise(noise_topic(draw), b"n" * draw.choice((0, 10, 100)), draw.random() < 0.3)


async def ping(session):
    session.link.send(PINGREQ_BYTES)
