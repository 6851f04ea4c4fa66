# SPDX-License-Identifier: MIT
"""Many SAs, and many selectors: the same packets, each to another destination than
the one before, so that all of them have their turn. They go from site A to site B, so
that the left gateway has the outbound half of each pair, and the right one the inbound.

A kind is one of KINDS. `sas`: each selector has an SA of its own; else all share one."""
import os
import re
import time

from network import ENDS, HOST_A, MTU, SINK, TooSlow, inside, ip, run
from pktgen import Pktgen
from setups import CIPHERS

DEVICE = "many0"
NET = "10.64.0.0/10"
SPI = 0x100001
LIMIT = 100  # seconds that setting up may take
CIPHER = "chacha20poly1305"  # generic GHASH has a table of 4 KB a key, as no SIMD has


def address(number):
    return "10.%d.%d.%d" % (64 + (number >> 16), number >> 8 & 255, number & 255)


def keys(count, cipher):
    """Keys with salts, all different."""
    words, length = CIPHERS[cipher]
    common = os.urandom(length - 4).hex()
    return [words.format("%s%08x" % (common, number)) for number in range(count)]


class Kind:
    modules = ()
    most = 100000  # that are set up in a reasonable time

    def up(self, count, sas):
        for module in self.modules:
            run("modprobe", module)
        self.make(count, sas)
        for gateway in ENDS:
            ip(gateway, "link set %s mtu %d up\n" % (DEVICE, MTU))
        ip("left", "route add %s dev %s\n" % (NET, DEVICE))
        ip("right", "route add %s via %s dev lan\n" % (NET, SINK))

    def down(self):
        ip("right", "route del %s" % NET, check=False)  # there is none if setting up was too slow
        for gateway in ENDS:
            ip(gateway, "link del %s" % DEVICE)


class Ipsecvif(Kind):
    name = "ipsecvif"

    def batch(self, gateway, lines):
        return inside(gateway, "ipsecvif", "-b", "-", text="\n".join(lines) + "\n", timeout=LIMIT)

    def make(self, count, sas):
        """The right gateway's kernel chooses the SPIs, which the left one is told of."""
        for gateway, (local, remote, _) in ENDS.items():
            ip(gateway, "link add %s type ipsecvif" % DEVICE)
            self.batch(gateway, ["dev set %s local %s remote %s" % (DEVICE, local, remote)])
        secrets = keys(count if sas else 1, CIPHER)
        words = "sa add dev %s dir %s src %s dst %s proto esp mode tunnel %s flag esn"
        local, remote, _ = ENDS["left"]
        said = self.batch("right", (
            words % (DEVICE, "in", local, remote, secret) + " replay-window 128" +
            (" sel src %s/32 dst %s/32" % (HOST_A, address(number)) if sas else "")
            for number, secret in enumerate(secrets)))
        spis = re.findall(r"spi (0x\w+)", said)
        self.batch("left", (
            words % (DEVICE, "out", local, remote, secret) + " spi " + spis[number] +
            (" sel src %s/32 dst %s/32" % (HOST_A, address(number)) if sas else "")
            for number, secret in enumerate(secrets)))
        if not sas:
            for gateway, ends in (("left", "src %s/32 dst %s/32"), ("right", "dst %s/32 src %s/32")):
                self.batch(gateway, ("selector add dev %s " % DEVICE + ends % (HOST_A, address(number))
                                     for number in range(count)))


class Xfrm(Kind):
    name = "xfrmi"
    modules = ("xfrm_user", "esp4", "xfrm_interface")
    most = 10000

    def batch(self, gateway, lines):
        with_end = "\n".join(lines) + "\n"
        return inside(gateway, "ip", "-batch", "-", text=with_end, timeout=LIMIT)

    def make(self, count, sas):
        run("modprobe", "-r", "esp4_offload", check=False)
        local, remote, _ = ENDS["left"]
        secrets = keys(count if sas else 1, CIPHER)
        ends = "src %s dst %s proto esp" % (local, remote)
        for gateway, direction in (("left", "out"), ("right", "fwd")):
            ip(gateway, "link add %s type xfrm dev wan if_id 2" % DEVICE)
            self.batch(gateway, (
                "xfrm state add %s spi %d reqid %d mode tunnel %s replay-window 128 flag esn if_id 2" % (
                    ends, SPI + number, number + 1, secret) for number, secret in enumerate(secrets)))
            self.batch(gateway, (
                "xfrm policy add src %s/32 dst %s/32 dir %s tmpl %s reqid %d mode tunnel if_id 2" % (
                    HOST_A, address(number), direction, ends, number + 1 if sas else 1)
                for number in range(count)))

    def down(self):
        super().down()
        for gateway in ENDS:
            ip(gateway, "xfrm state flush\nxfrm policy flush\n")


KINDS = (Ipsecvif(), Xfrm())


def row(count, sas):
    return "UDP, 64 bytes, %s %s%s" % ("{:,}".format(count), "SA" if sas else "selector", "s"[:count != 1])


class Many:
    """Each round goes through all of them. What takes long to set up is measured as
    often as there are rounds, and not set up again."""
    PATIENCE = 8  # seconds

    def __init__(self, counts, seconds, rounds):
        self.counts, self.seconds, self.rounds = counts, seconds, rounds
        self.done = set()

    def measure(self, readings, deadline):
        for number in range(self.rounds):
            for count in self.counts:
                for sas in (True, False):
                    for kind in KINDS[number % 2:] + KINDS[:number % 2]:
                        title = "%s %s" % (kind.name, CIPHER)
                        if count > kind.most or (kind, count, sas) in self.done:
                            continue
                        if time.monotonic() > deadline:
                            self.done.add((kind, count, sas))
                            readings.leave_out(row(count, sas), "%s, after %d rounds" % (title, number),
                                               "no time left")
                            continue
                        self.visit(kind, count, sas, title, readings)

    def visit(self, kind, count, sas, title, readings):
        begun = time.monotonic()
        try:
            kind.up(count, sas)
        except TooSlow as why:
            readings.leave_out(row(count, sas), title, "setting it up took %s" % why)
            self.done.add((kind, count, sas))
        else:
            slow = time.monotonic() - begun > self.PATIENCE
            pktgen = Pktgen(64, address(0), address(count - 1))
            for _ in range(self.rounds if slow else 1):
                readings.add(row(count, sas), ("packets/s", True), title,
                             pktgen.fastest(self.seconds, count))
            if slow:
                self.done.add((kind, count, sas))
        kind.down()
