"""Pictures of packets for the manual: who sends what to whom, drawn from the bytes that a chapter shows.

Each line of such a block is `SOURCE → TARGET NAME HEX BYTES`, or `…` for packets that are left out. The clients stand at
both sides of the broker, and below each other an arrow for each packet, along which a small box with the packet's first
byte moves. Colours, and whether anything moves, are said by manual.css.
"""
import html
import re

BROKER = "broker"
LINE = re.compile(r"(\S+) → (\S+)\s+([A-Z]+)\s+((?:[0-9a-f]{2} ?)+)")
WIDTH, SIDE, HEAD, ROW = 360, 46, 30, 34
BEAT_SECONDS, PAUSE_SECONDS = 1.0, 1.5


class Packet:
    def __init__(self, source, target, name, octets):
        self.source, self.target, self.name, self.octets = source, target, name, octets.split()

    @property
    def client(self):
        return self.target if self.source == BROKER else self.source


def read(lines):
    """The packets; requires: each line is one, or …"""
    packets = []
    for line in lines:
        found = LINE.fullmatch(line.strip())
        if found:
            packets.append(Packet(*found.groups()))
        elif line.strip() != "…":
            raise ValueError(f"this is no packet: {line}")
    return packets


def columns(packets):
    """Where each party stands: who publishes at the left, the others at the right of the broker."""
    clients = list(dict.fromkeys(each.client for each in packets))
    publishers = [each.source for each in packets if each.name == "PUBLISH" and each.source != BROKER]
    if len(clients) > 2:
        raise ValueError("a picture has two clients at most")
    first = publishers[0] if publishers else clients[0]
    others = [name for name in clients if name != first]
    parties = [first, BROKER, *others]
    step = (WIDTH - 2 * SIDE) / (len(parties) - 1)
    return {name: SIDE + number * step for number, name in enumerate(parties)}


def arrow(packet, x, y):
    source, target = x[packet.source], x[packet.target]
    tip = -6 if target > source else 6
    size = f"{len(packet.octets)} byte" + ("s" if len(packet.octets) != 1 else "")
    return (f'<line x1="{source:g}" y1="{y}" x2="{target:g}" y2="{y}"/>'
            f'<path d="M{target:g} {y}l{tip} -4v8z"/>'
            f'<text x="{(source + target) / 2:g}" y="{y - 6}">{packet.name}, {size}</text>\n')


def moving(packet, x, y, number, count):
    """The packet on its way, once in a round in which all of them go."""
    whole = count * BEAT_SECONDS + PAUSE_SECONDS
    begin, end = ((number + part) * BEAT_SECONDS / whole for part in (0.5, 1.4))
    times = f'dur="{whole:g}s" repeatCount="indefinite"'
    return (f'<g class="moving" opacity="0"><rect x="-11" y="-8" width="22" height="16" rx="3"/>'
            f'<text y="4">{packet.octets[0]}</text>'
            f'<animateMotion path="M{x[packet.source]:g} {y}L{x[packet.target]:g} {y}" calcMode="linear" '
            f'keyPoints="0;0;1;1" keyTimes="0;{begin:.4f};{end:.4f};1" {times}/>'
            f'<animate attributeName="opacity" calcMode="discrete" values="0;1;0" keyTimes="0;{begin:.4f};{end:.4f}" {times}/></g>\n')


def picture(packets):
    x = columns(packets)
    height = HEAD + ROW * len(packets) + 14
    told = ", then ".join(f"{each.source} sends {each.name} to {each.target}" for each in packets)
    drawn = "".join(f'<line class="life" x1="{at:g}" y1="{HEAD - 8}" x2="{at:g}" y2="{height}"/>'
                    f'<text class="party" x="{at:g}" y="14">{html.escape(name)}</text>\n' for name, at in x.items())
    rows = [(each, x, HEAD + ROW * (number + 1) - 8) for number, each in enumerate(packets)]
    drawn += "".join(arrow(*each) for each in rows)
    drawn += "".join(moving(*each, number, len(packets)) for number, each in enumerate(rows))
    return f'<svg role="img" viewBox="0 0 {WIDTH} {height}" aria-label="{html.escape(told)}">\n{drawn}</svg>\n'


def figure(lines, number):
    """The picture, with a box that stops what moves, and the bytes themselves."""
    packets = read(lines)
    shown = html.escape("\n".join(lines), quote=False)
    return (f'<figure class="packets">\n<input type="checkbox" id="moving-{number}" checked>'
            f'<label for="moving-{number}">Let the packets move</label>\n{picture(packets)}'
            f'<pre class="bytes"><code>{shown}</code></pre>\n</figure>\n')
