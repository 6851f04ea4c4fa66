#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No memory: each allocation of each operation fails in its turn, as TAP lines
without numbers. Run by faults.sh on a kernel with fault injection.

/proc/thread-self/fail-nth makes the Nth allocation of this thread's next system
calls fail. An operation is repeated with N = 1, 2, 3, ... until it gets through
without one. It must then have changed nothing, or all; kmemleak and the kernel
log judge the rest (lib/health.sh).
"""
import ctypes
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from genl import NLM_F_ACK, NLM_F_DUMP, Netlink, attr, nest, parse
from ipsecvif import C, Ipsecvif, ip, sa, typed
from netns import CLONE_NEWNET, Netns

LEFT, RIGHT = os.environ["LEFT"], os.environ["RIGHT"]
DEBUGFS = "/sys/kernel/debug/"
NETLINK_ROUTE, RTM_NEWLINK, RTM_DELLINK = 0, 16, 17
IFLA_IFNAME, IFLA_LINKINFO, IFLA_INFO_KIND = 3, 18, 1
NLM_F_CREATE, NLM_F_EXCL, IFF_UP = 0x400, 0x200, 1
MOST = 2000
_libc = ctypes.CDLL(None, use_errno=True)


def result(description, problem=None):
    print("%s %s" % ("not ok" if problem else "ok", description))
    if problem:
        print("# " + str(problem))
    sys.stdout.flush()


def knobs(**settings):
    for kind in ("failslab", "fail_page_alloc"):
        for name, value in settings.items():
            path = DEBUGFS + kind + "/" + name.replace("_", "-")
            if os.path.exists(path):
                with open(path, "w") as file:
                    file.write(str(value))


class Nth:
    """with Nth(n) as nth: the nth allocation fails; nth.failed says if it came."""

    def __init__(self, number):
        self.number = number

    def __enter__(self):
        self.file = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        os.pwrite(self.file, b"%d" % self.number, 0)
        return self

    def __exit__(self, *_):
        # Nothing that allocates comes before this.
        left = int(os.pread(self.file, 20, 0).rstrip(b"\0\n") or 0)
        os.pwrite(self.file, b"0", 0)
        os.close(self.file)
        self.failed = left == 0
        return False


GCM = {"AEAD_NAME": "rfc4106(gcm(aes))", "AEAD_ICV_BITS": 128}
CBC = {"ENC_NAME": "cbc(aes)", "AUTH_NAME": "hmac(sha256)", "AUTH_TRUNC_BITS": 128}


def pair(**algorithm):
    keys = {"AEAD_KEY": 20} if "AEAD_NAME" in algorithm else {"ENC_KEY": 16, "AUTH_KEY": 32}
    return b"".join(
        sa(DIR=direction, SPI=0x1001 + direction, SRC=src, DST=dst, **algorithm,
           **{name: os.urandom(length) for name, length in keys.items()})
        for direction, src, dst in ((0, RIGHT, LEFT), (1, LEFT, RIGHT)))


def selector(third, **more):
    return typed("A_SELECTOR", "SEL_A_", {"SRC": ip, "DST": ip}, {
        "SRC": "10.1.%d.0" % third, "SRC_PREFIX": b"\x18", "DST": "10.2.0.0",
        "DST_PREFIX": b"\x10", **more})


class Faults:
    def __init__(self):
        with Netns("left"):
            self.ours = Ipsecvif()
            self.route = Netlink(NETLINK_ROUTE)
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.index = socket.if_nametoindex("ipsec0")
        self.udp.bind(("0.0.0.0", 0))

    def ask(self, command, body=b"", flags=NLM_F_ACK):
        return self.ours.request(C["CMD_" + command], self.ours.device + body, flags)

    def state(self):
        """All that an operation may change, and what time does not."""
        moving = {C["SA_A_" + name] for name in ("AGE", "IDLE", "SEQ", "PACKETS", "BYTES", "MTU",
                                                 "SPI", "PAD")}
        numbers = {C["DEV_A_IFINDEX"], C["DEV_A_MTU"]}
        seen = []
        for command in ("DEV_GET", "SA_GET", "SELECTOR_GET"):
            for reply in self.ask(command, flags=NLM_F_ACK | NLM_F_DUMP).replies:
                for kind, nested in parse(reply):
                    if kind == C["A_SA"]:
                        nested = [item for item in parse(nested) if item[0] not in moving]
                    elif kind == C["A_DEV"]:
                        nested = [item for item in parse(nested) if item[0] not in numbers]
                    elif kind == C["A_SELECTOR"]:
                        nested = [item for item in parse(nested) if item[0] != C["SEL_A_PACKETS"]]
                    seen.append((kind, nested))
        return seen

    def clean(self):
        self.ask("SA_FLUSH")
        self.ask("SELECTOR_FLUSH")

    def operation(self, description, act, prepare=lambda: None, undo=None, stride=1):
        """act() returns an errno or an Answer; OSError is a failure, too."""
        undo = undo or self.clean
        prepare()
        problem = self.attempt(act)
        done = self.state()
        undo()
        if problem:
            result(description, "it failed without a fault: %s" % problem)
            return
        count = refused = 0
        for number in range(1, MOST, stride):
            prepare()
            before = self.state()
            with Nth(number) as nth:
                problem = self.attempt(act)
            after = self.state()
            undo()
            if not nth.failed:
                break
            count += 1
            refused += bool(problem)
            if after not in ((before, done) if problem else (done,)):
                result(description, "allocation %d failed, %s, and it is half done: %s" % (
                    number, problem, [one for one in after if one not in before]))
                return
        result("%s: %d allocations failed, and %d of them it" % (description, count, refused),
               None if count and not nth.failed else "no end at allocation %d" % number)

    @staticmethod
    def attempt(act):
        try:
            answer = act()
        except OSError as error:
            return os.strerror(error.errno)
        if answer is None:
            return None
        return answer.words() if answer.errno else None

    # The operations

    def link(self, kind, *attributes, flags=0, index=0, change=0, up=0):
        return self.route.request(kind, struct.pack("=BxHiII", 0, 0, index, up, change) +
                                  b"".join(attributes), NLM_F_ACK | flags)

    def link_add(self):
        return self.link(RTM_NEWLINK, attr(IFLA_IFNAME, "ipsec7"),
                         nest(IFLA_LINKINFO, attr(IFLA_INFO_KIND, "ipsecvif")),
                         flags=NLM_F_CREATE | NLM_F_EXCL)

    def link_del(self):
        return self.link(RTM_DELLINK, attr(IFLA_IFNAME, "ipsec7"))

    def up_down(self, up):
        return self.link(RTM_NEWLINK, index=self.index, change=IFF_UP, up=up)

    def all(self):
        add = self.ask
        for name, algorithm in (("AES-GCM", GCM), ("AES-CBC", CBC)):
            self.operation("SA_ADD of a pair with selectors, " + name, lambda: add(
                "SA_ADD", pair(**algorithm) + selector(0) + selector(1)))
        self.operation("SPI_ALLOC", lambda: add("SPI_ALLOC"))
        self.operation("DEV_SET", lambda: self.ours.set(REMOTE="198.51.100.9", FWMARK=7),
                       undo=lambda: self.ours.set(REMOTE=RIGHT, FWMARK=0))
        self.operation("SELECTOR_ADD", lambda: add("SELECTOR_ADD", b"".join(
            selector(third) for third in range(20))))

        def with_sas():
            add("SA_ADD", pair(**GCM) + selector(0))
            add("SELECTOR_ADD", selector(5))

        self.operation("SA_UPDATE", lambda: add("SA_UPDATE", sa(
            DIR=1, SPI=0x1002, DST="198.51.100.8", TIME_HARD=1000)), with_sas)
        for command in ("SA_GET", "SELECTOR_GET", "DEV_GET", "DROPS_GET"):
            self.operation("a dump by " + command, lambda: add(
                command, flags=NLM_F_ACK | NLM_F_DUMP), with_sas)
        self.operation("SA_GET of one", lambda: add("SA_GET", sa(DIR=1, SPI=0x1002)), with_sas)
        self.operation("CAPS_GET", lambda: self.ours.request(C["CMD_CAPS_GET"]), stride=3)
        self.operation("SA_DEL", lambda: add("SA_DEL", sa(DIR=1, SPI=0x1002)), with_sas)
        self.operation("SA_FLUSH", lambda: add("SA_FLUSH"), with_sas)
        self.operation("SELECTOR_DEL", lambda: add("SELECTOR_DEL", selector(5)), with_sas)
        self.operation("SELECTOR_FLUSH", lambda: add("SELECTOR_FLUSH"), with_sas)
        fd = attr(C["A_SOCK_FD"], struct.pack("=i", self.udp.fileno()))
        detach = lambda: self.ours.request(C["CMD_SOCK_DETACH"], fd)
        self.operation("SOCK_ATTACH", lambda: self.ours.request(C["CMD_SOCK_ATTACH"], fd),
                       undo=detach)
        self.operation("a link added", self.link_add, undo=self.link_del)
        self.operation("a link deleted", self.link_del, self.link_add, self.link_del)
        self.operation("a link set down", lambda: self.up_down(0), undo=lambda: self.up_down(IFF_UP))
        self.operation("a link set up", lambda: self.up_down(IFF_UP), lambda: self.up_down(0),
                       lambda: self.up_down(IFF_UP))
        for name, algorithm in (("AES-GCM", GCM), ("AES-CBC", CBC)):
            for size in (100, 1300, 4000):
                self.operation("%d bytes sent, %s" % (size, name), lambda: self.send(size),
                               lambda: add("SA_ADD", pair(**algorithm)))
        self.operation("a packet without an SA", lambda: self.send(100),
                       lambda: add("SELECTOR_ADD", selector(0, SRC="203.0.113.0")))
        netns()

    def send(self, size):
        self.out.sendto(bytes(size), ("10.2.0.77", 9))


def netns():
    """A namespace comes, with what the module keeps for each, and goes."""
    made = failed = 0
    for number in range(1, 3 * MOST, 43):
        child = os.fork()
        if not child:
            with Nth(number) as nth:
                error = _libc.unshare(CLONE_NEWNET)
            os._exit((1 if error else 0) | (2 if nth.failed else 0))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status not in (0, 1, 2, 3):
            break
        made, failed = made + (not status & 1), failed + (status & 1)
        if not status & 2:
            break
    result("network namespaces: %d made, %d failed" % (made, failed),
           None if status in (0, 2) and failed else "the last one ended with %d" % status)


def main():
    if not os.path.exists("/proc/thread-self/fail-nth"):
        raise SystemExit("this kernel has no fault injection")
    knobs(verbose=0, ignore_gfp_wait="N", ignore_gfp_highmem="N", min_order=0)
    Faults().all()
    knobs(ignore_gfp_wait="Y", ignore_gfp_highmem="Y")


if __name__ == "__main__":
    main()
