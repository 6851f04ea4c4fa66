# SPDX-License-Identifier: MIT
"""UDP packets from the kernel's packet generator on the host of site A, which are
forwarded by both gateways and counted at the last device."""
import os
import re
import time

import network

DIRECTORY = "/proc/net/pktgen/"
ETHERNET = 14  # bytes, which pktgen counts, and we don't
LOSS = 0.001
WARM_UP = 2000


class Pktgen:
    """`size`: bytes, IP header and all, or a list of (bytes, weight). `last`: the
    destinations go from `first` to it, one after the other. `threads`:
    as many CPUs send."""
    current = None

    def __init__(self, size, first=network.SINK, last=None, threads=1):
        self.size, self.first, self.last, self.threads = size, first, last or first, threads

    def _lines(self, thread, count, rate):
        lines = ["count %d" % count, "clone_skb 0", "dst_min " + self.first,
                 "dst_max " + self.last, "src_min " + network.HOST_A, "src_max " + network.HOST_A,
                 "dst_mac " + network.mac("left", "lan"), "udp_dst_min 9", "udp_dst_max 9",
                 "udp_src_min %d" % (9 + thread), "udp_src_max %d" % (9 + thread)]
        if isinstance(self.size, int):
            lines.insert(0, "pkt_size %d" % (self.size + ETHERNET))
        else:
            lines.insert(0, "imix_weights " + " ".join(
                "%d,%d" % (size + ETHERNET, weight) for size, weight in self.size))
        # No delay is no limit.
        lines.append("ratep %d" % rate if rate else "delay 0")
        return lines

    def _devices(self):
        """Names of pktgen's devices. Each removal makes it pause, so what there is goes on
        being used if it is of the same sort."""
        sort = (isinstance(self.size, int), self.threads)
        if Pktgen.current != sort:
            for thread in range(os.cpu_count()):
                network.write("hosta", DIRECTORY + "kpktgend_%d" % thread, "rem_device_all")
            for thread in range(self.threads):
                network.write("hosta", DIRECTORY + "kpktgend_%d" % thread, "add_device site@%d" % thread)
            Pktgen.current = sort
        return ["%ssite@%d" % (DIRECTORY, thread) for thread in range(self.threads)]

    def send(self, count, rate=0):
        """Packets a second that arrived, and the share that was lost."""
        before = settled()
        devices = self._devices()
        for thread, device in enumerate(devices):
            for line in self._lines(thread, count // self.threads, rate // self.threads):
                network.write("hosta", device, line)
        network.write("hosta", DIRECTORY + "pgctrl", "start")
        arrived = settled() - before
        micros = max(int(re.search(r"Result: OK: (\d+)\(", network.read("hosta", device)).group(1))
                     for device in devices)
        return arrived * 1e6 / micros, 1 - arrived / (count // self.threads * self.threads)

    def fastest(self, seconds, at_least=0):
        """Packets a second without loss."""
        at_least = max(WARM_UP, at_least)
        rate, loss = self.send(at_least)
        if loss <= LOSS:
            rate, loss = self.send(max(at_least, int(rate * seconds)))
        if loss <= LOSS:
            return rate
        # It loses what it is given too fast.
        low, high = 0, rate * 1.5
        for _ in range(7):
            middle = (low + high) / 2
            got, loss = self.send(max(500, int(middle * seconds / 4)), int(middle))
            low, high = (got, high) if loss <= LOSS and got > low else (low, middle)
        return low


def settled():
    """Packets that arrived, after what is still on its way."""
    now = network.arrived()
    while True:
        time.sleep(0.02)
        before, now = now, network.arrived()
        if now == before:
            return now
