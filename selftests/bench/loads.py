# SPDX-License-Identifier: MIT
"""What is sent through a set-up, and the number that comes of it."""
import json
import os
import re
import subprocess
import time

from setups import inside

PKTGEN = "/proc/net/pktgen/"
SINK = "10.2.0.99"
LOSS = 0.001


def serve(port, *command):
    """A server on the host of site B, listening when this returns."""
    server = subprocess.Popen(("ip", "netns", "exec", "hostb") + command, stdout=subprocess.DEVNULL)
    while ":%d" % port not in inside("hostb", "ss", "-Hltn"):
        time.sleep(0.05)
    return server


class Counter:
    """Packets that reached the last device."""

    def __init__(self):
        self.path = ("cat", "/sys/class/net/site/statistics/rx_packets")

    def read(self):
        return int(inside("hostb", *self.path))

    def settled(self):
        """After what is still on its way."""
        now = self.read()
        while True:
            time.sleep(0.05)
            before, now = now, self.read()
            if now == before:
                return now


class Pktgen:
    """UDP packets of `size` bytes, IP header and all, from one kernel thread on the
    host of site A; forwarded twice."""
    unit, more_is_better = "packets/s", True

    def __init__(self, size, seconds):
        self.size, self.seconds = size, seconds
        self.name = "%d-byte UDP, forwarded" % size
        self.counter = Counter()

    def send(self, count, rate=0):
        """Packets a second that arrived, and the share that was lost."""
        mac = inside("left", "cat", "/sys/class/net/lan/address").strip()
        lines = ["count %d" % count, "clone_skb 0", "pkt_size %d" % (self.size + 14), "delay 0",
                 "dst %s" % SINK, "src_min 10.1.0.2", "src_max 10.1.0.2", "dst_mac " + mac,
                 "udp_src_min 9", "udp_src_max 9", "udp_dst_min 9", "udp_dst_max 9"]
        if rate:
            lines.append("ratep %d" % rate)
        before = self.counter.settled()
        inside("hosta", "sh", "-ec", "cd %s; echo rem_device_all >kpktgend_0\n"
               "echo add_device site >kpktgend_0\n%s\necho start >pgctrl" % (
                   PKTGEN, "\n".join("echo %s >site" % line for line in lines)))
        after = self.counter.settled()
        result = inside("hosta", "cat", PKTGEN + "site")
        micros = int(re.search(r"Result: OK: (\d+)\(", result).group(1))
        arrived = after - before
        return arrived * 1e6 / micros, 1 - arrived / count

    def measure(self, _setup):
        rate, loss = self.send(2000)
        rate, loss = self.send(max(2000, int(rate * self.seconds / 4)))
        if loss <= LOSS:
            return self.send(max(2000, int(rate * self.seconds)))[0]
        # It loses what it is given too fast: the fastest without loss.
        low, high = 0, rate * 1.5
        for _ in range(7):
            middle = (low + high) / 2
            got, loss = self.send(max(500, int(middle * self.seconds / 4)), middle)
            low, high = (got, high) if loss <= LOSS and got > low else (low, middle)
        return low


class Tcp:
    unit, more_is_better = "Mbit/s", True

    def __init__(self, flows, seconds):
        self.flows, self.seconds = flows, seconds
        self.name = "TCP, %d flow%s" % (flows, "" if flows == 1 else "s")

    def measure(self, _setup):
        server = serve(5201, "iperf3", "-s", "-1")
        said = inside("hosta", "iperf3", "-c", "10.2.0.2", "-t", str(self.seconds), "-O", "0.3",
                      "-P", str(self.flows), "-J", check=False)
        server.wait()
        end = json.loads(said)["end"]
        return end["sum_received"]["bits_per_second"] / 1e6


class Latency:
    """Request and response over TCP: microseconds there and back, the median or the
    99th percentile."""
    unit, more_is_better = "us", False

    def __init__(self, percentile, seconds):
        self.percentile, self.seconds = percentile, seconds
        self.name = "TCP request and response, idle, %s" % (
            "median" if percentile == 50 else "%dth percentile" % percentile)

    def measure(self, _setup):
        server = serve(11111, "sockperf", "server", "--tcp", "-i", "10.2.0.2")
        said = inside("hosta", "sockperf", "ping-pong", "--tcp", "-i", "10.2.0.2", "-t",
                      str(max(1, int(self.seconds))), "--full-rtt")
        server.kill()
        server.wait()
        found = re.search(r"percentile %d.000 *= *([\d.]+)" % self.percentile, said)
        return float(found.group(1))


def all_loads(seconds, quick):
    loads = [Pktgen(64, seconds), Pktgen(1400, seconds), Tcp(1, 2 * seconds)]
    if not quick:
        loads += [Tcp(4, 2 * seconds), Tcp(16, 2 * seconds)]
    if os.path.exists("/usr/bin/sockperf"):
        loads += [Latency(50, seconds)]
    return loads
