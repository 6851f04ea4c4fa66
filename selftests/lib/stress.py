#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Everything at once, as TAP lines without numbers. Run by stress.sh.

stress.py SECONDS [SEED]

A process for each thing that can happen: SAs and selectors come and go, links
and namespaces too, sockets are attached and closed, the device goes up and down,
packets of both directions, right and wrong, and all of it is dumped meanwhile.
Then the module is unloaded under all that, and loaded again. Each process only
has to get somewhere; the kernel log is the judge.
"""
import ctypes
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from esp import PROTO_ESP, ipv4, udp
from faults import RTM_DELLINK, RTM_NEWLINK, selector
from genl import NLM_F_ACK, NLM_F_DUMP, Netlink, attr, nest
from ipsecvif import C, Ipsecvif, sa
from netns import CLONE_NEWNET, Netns
from wire import Wire

LEFT, RIGHT, HOST_B = os.environ["LEFT"], os.environ["RIGHT"], os.environ["HOST_B"]
NLM_F_CREATE_EXCL, IFF_UP, RTM_SETLINK = 0x600, 1, 19
IFLA_IFNAME, IFLA_NET_NS_PID, IFLA_LINKINFO = 3, 19, 18
SPIS = range(0x2000, 0x2010)
_libc = ctypes.CDLL(None)


def a_pair(chance, **more):
    number = chance.choice(SPIS)
    name, length = chance.choice((("rfc4106(gcm(aes))", 20), ("rfc7539esp(chacha20,poly1305)", 36)))
    return b"".join(sa(
        DIR=direction, SPI=number, SRC=src, DST=dst, AEAD_NAME=name,
        AEAD_KEY=chance.randbytes(length), AEAD_ICV_BITS=128, **more)
        for direction, src, dst in ((0, RIGHT, LEFT), (1, LEFT, RIGHT)))


class Worker:
    """Does its step() over and over; what it needs is made anew when the module
    was gone."""
    where = "left"

    def __init__(self, seed):
        self.chance = random.Random("%s %s" % (type(self).__name__, seed))
        self.steps = self.failures = 0

    def open(self):
        self.genl = Ipsecvif(self.chance.choice(("ipsec0", "ipsec1")))
        self.genl.socket.settimeout(20 * int(os.environ.get("TIME_SCALE", "8")))

    def ask(self, command, body=b"", flags=NLM_F_ACK):
        return self.genl.request(C["CMD_" + command], self.genl.device + body, flags)

    def run(self, end):
        with Netns(self.where):
            while time.monotonic() < end:
                try:
                    self.open()
                    while time.monotonic() < end:
                        answer = self.step()
                        self.steps += 1
                        if answer is not None and answer.errno == 2 and not answer.message:
                            break  # ENOENT of the generic code: the family is another
                except TimeoutError:
                    print("not ok %s got no answer" % type(self).__name__)
                    return
                except OSError:
                    self.failures += 1
                    time.sleep(0.01)
        print("%s %s: %d steps, begun anew %d times" % (
            "ok" if self.steps else "not ok", type(self).__name__, self.steps, self.failures))


class Sas(Worker):
    def step(self):
        self.ask("SA_ADD", a_pair(self.chance) + selector(self.chance.randrange(4)))
        spi = self.chance.choice(SPIS)
        self.ask("SA_UPDATE", sa(DIR=1, SPI=spi, DST=self.chance.choice((RIGHT, "198.51.100.9")),
                                 PACKET_HARD=self.chance.choice((0, 50, 1 << 20))))
        return self.ask("SA_DEL", sa(DIR=self.chance.randrange(2), SPI=spi))


class MoreSas(Sas):
    pass


class Flushes(Worker):
    def step(self):
        time.sleep(0.02)
        self.ask("SPI_ALLOC")
        if self.chance.random() < 0.3:
            self.ask("SELECTOR_FLUSH")
        return self.ask("SA_FLUSH")


class Selectors(Worker):
    def step(self):
        some = [selector(self.chance.randrange(6)) for _ in range(3)]
        self.ask("SELECTOR_ADD", b"".join(some))
        return self.ask("SELECTOR_DEL", some[0])


class Dumps(Worker):
    def step(self):
        for command in ("SA_GET", "SELECTOR_GET", "DEV_GET", "DROPS_GET"):
            answer = self.genl.request(C["CMD_" + command], self.genl.device, NLM_F_ACK | NLM_F_DUMP)
        return answer


class Settings(Worker):
    def step(self):
        time.sleep(0.005)
        return self.genl.set(TTL=self.chance.randrange(256), FWMARK=self.chance.randrange(2),
                             DF=self.chance.randrange(3), REMOTE=RIGHT, LOCAL=LEFT)


class Links(Worker):
    def open(self):
        super().open()
        self.route = Netlink(0)
        self.name = "ipsec%d" % self.chance.randrange(20, 1000)
        self.genl.device = attr(C["A_IFNAME"], self.name)

    def link(self, kind, *attributes, flags=0, up=0, name=None):
        return self.route.request(kind, struct.pack("=BxHiII", 0, 0, 0, up, up) + attr(
            IFLA_IFNAME, name or self.name) + b"".join(attributes), NLM_F_ACK | flags)

    def step(self):
        self.link(RTM_NEWLINK, nest(IFLA_LINKINFO, attr(1, "ipsecvif")), flags=NLM_F_CREATE_EXCL,
                  up=IFF_UP)
        answer = self.ask("SA_ADD", sa(DIR=1, SPI=self.chance.randrange(256, 1 << 30), SRC=LEFT,
                                       DST=RIGHT, AEAD_NAME="rfc4106(gcm(aes))",
                                       AEAD_KEY=os.urandom(20)))
        self.link(RTM_DELLINK)
        return answer


class UpDown(Links):
    def step(self):
        time.sleep(0.03)
        for up in (0, IFF_UP):
            self.route.request(RTM_NEWLINK, struct.pack("=BxHiII", 0, 0, 0, up, IFF_UP) +
                               attr(IFLA_IFNAME, "ipsec1"))


class Namespaces(Worker):
    """Devices that die with their namespace, here or after a move."""

    def open(self):
        pass

    def step(self):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            self.child()
        finally:
            os._exit(0)

    def child(self):
        _libc.unshare(CLONE_NEWNET)
        links = Links(self.chance.random())
        links.open()
        links.link(RTM_NEWLINK, nest(IFLA_LINKINFO, attr(1, "ipsecvif")), flags=NLM_F_CREATE_EXCL,
                   up=IFF_UP)
        links.ask("SA_ADD", a_pair(links.chance))
        links.link(RTM_SETLINK, attr(IFLA_NET_NS_PID, struct.pack("=I", os.getppid())))


class Sockets(Worker):
    def step(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((LEFT, 4500))
            answer = self.genl.attach(sock)
            time.sleep(0.01)
            if self.chance.random() < 0.5:
                self.genl.request(C["CMD_SOCK_DETACH"],
                                  attr(C["A_SOCK_FD"], struct.pack("=i", sock.fileno())))
            return answer


class Outbound(Worker):
    where = "hosta"

    def open(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def step(self):
        for size in (1, 100, 1300, 3000):
            try:
                self.socket.sendto(bytes(size), (HOST_B, 9))
            except OSError:
                pass
        time.sleep(0.005)


class Inbound(Worker):
    """For SAs that are there or not: their ICV is wrong."""
    where = "wan"

    def open(self):
        self.wire = Wire()

    def step(self):
        spi = self.chance.choice(SPIS)
        body = struct.pack("!II", spi, self.chance.getrandbits(20)) + self.chance.randbytes(60)
        self.wire.send(ipv4(RIGHT, LEFT, PROTO_ESP, body))
        self.wire.send(ipv4(RIGHT, LEFT, 17, udp(4500, 4500, body)))
        time.sleep(0.002)


WORKERS = (Sas, MoreSas, Flushes, Selectors, Dumps, Settings, Links, UpDown, Namespaces, Sockets,
           Outbound, Inbound)


def reload_module(module):
    """Unloads it as soon as no socket holds it, and loads it with its devices."""
    end = time.monotonic() + 5 * int(os.environ.get("TIME_SCALE", "8"))
    while subprocess.run(["rmmod", "ipsecvif"], stderr=subprocess.DEVNULL).returncode:
        if time.monotonic() > end:
            print("not ok the module can be unloaded under all this")
            return
        time.sleep(0.01)
    spread = os.environ.get("SPREAD")  # as module_load of health.sh has it
    subprocess.run(["insmod", module] + (["spread=" + spread] if spread else []), check=True)
    for name in ("ipsec0", "ipsec1"):
        commands = "link add %s type ipsecvif\nlink set %s up\n" % (name, name)
        if name == "ipsec0":
            commands += "route add 10.2.0.0/24 dev ipsec0\n"
        subprocess.run(["ip", "-n", "left", "-force", "-batch", "-"], input=commands.encode(),
                       stderr=subprocess.DEVNULL)
    print("ok the module was unloaded under all this, and loaded")


def main():
    seconds = float(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print("# %d s, seed %d" % (seconds, seed))
    sys.stdout.flush()
    end = time.monotonic() + seconds
    children = []
    for worker in WORKERS:
        child = os.fork()
        if not child:
            worker(seed).run(end)
            sys.stdout.flush()
            os._exit(0)
        children.append(child)
    for _ in range(2):
        time.sleep(seconds / 3)
        reload_module(os.environ["MODULE"])
    limit = time.monotonic() + seconds + 60 * int(os.environ.get("TIME_SCALE", "8"))
    for child in children:
        while not os.waitpid(child, os.WNOHANG)[0]:
            if time.monotonic() > limit:
                print("not ok a process hangs")
                os.kill(child, signal.SIGKILL)
            time.sleep(0.05)


if __name__ == "__main__":
    main()
