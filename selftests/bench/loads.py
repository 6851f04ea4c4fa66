# SPDX-License-Identifier: MIT
"""What is sent through a set-up, and the numbers that come of it. A load has `rows`
{name: (unit, more is better)}, and measure() returns {name: number}."""
import os

from network import HOST_B, inside
from pktgen import Pktgen

IMIX = [(64, 7), (576, 4), (1400, 1)]  # the last as far as it fits the tunnels
TALK = os.path.join(os.environ.get("OUT", "build"), "bench/talk")


class Packets:
    """Small, large, and mixed."""

    def __init__(self, name, size, seconds, threads=1):
        self.name, self.seconds = name, seconds
        self.pktgen = Pktgen(size, threads=threads)
        self.rows = {name: ("packets/s", True)}

    def measure(self):
        return {self.name: self.pktgen.fastest(self.seconds)}


class Talk:
    """What user programs do: forwarded, from host to host; or else from the gateway
    itself."""

    def __init__(self, name, forwarded):
        self.name = name if forwarded else name + ", from the gateway"
        self.ends = ("hosta", "hostb", HOST_B) if forwarded else ("left", "right", "10.2.0.1")

    def talk(self, *words):
        said = inside("hosta", TALK, *self.ends, *map(str, words))
        return [float(word) for word in said.split()]


class Bulk(Talk):
    def __init__(self, flows, seconds, forwarded=True):
        super().__init__("TCP, %d flow%s" % (flows, "s"[:flows != 1]), forwarded)
        self.flows, self.milliseconds = flows, int(1000 * seconds)
        self.rows = {self.name: ("Mbit/s", True)}

    def measure(self):
        return {self.name: self.talk("bulk", self.flows, self.milliseconds)[0]}


class Latency(Talk):
    """Request and response of 64 bytes over TCP."""

    def __init__(self, count, bulk=0, forwarded=True):
        super().__init__("request and response, " + ("beside bulk TCP" if bulk else "idle"), forwarded)
        self.count, self.bulk = count, bulk
        self.rows = {self.name + ", median": ("us", False), self.name + ", 99th": ("us", False)}

    def measure(self):
        return dict(zip(self.rows, self.talk("ask", self.count, self.bulk)))


def all_loads(seconds, cpus):
    found = [
        Packets("UDP, 64 bytes", 64, seconds),
        Packets("UDP, 1400 bytes", 1400, seconds / 2),
        Packets("UDP, IMIX", IMIX, seconds / 2),
        Bulk(1, 2 * seconds), Bulk(4, seconds), Bulk(16, seconds),
        Bulk(1, seconds, forwarded=False),
        Latency(int(1000 * seconds)), Latency(int(1000 * seconds), forwarded=False),
        Latency(int(500 * seconds), bulk=1),
    ]
    if cpus > 1:
        found.append(Packets("UDP, 1400 bytes, 2 CPUs send", 1400, seconds / 2, threads=2))
    return found
