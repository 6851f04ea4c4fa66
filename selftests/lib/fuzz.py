#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Requests to the ipsecvif family that are right but for a few mutations, as TAP
lines without numbers. Run by netlink-fuzz.sh; the kernel log is the judge.

fuzz.py COUNT [SEED [SECONDS]]

A request is a tree of attributes: a right one for some command, of which values,
lengths, types, nests and repetitions are then changed, and sometimes the bytes.
On a kernel with kcov, requests that reached new code are kept and mutated
further. After each batch a right pair of SAs must be accepted, and no reply may
ever carry a key. The same seed makes the same requests (without kcov, whose
coverage is not quite repeatable).
"""
import ctypes
import errno
import fcntl
import os
import random
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from genl import NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST
from ipsecvif import C, Ipsecvif, ip, sa
from netns import Netns

NESTED, NET_BYTEORDER = 0x8000, 0x4000
BATCH = 250
MARK = b"\xd5\xec\x7e\x75"  # begins every key, so that one is known when it comes out
ALGORITHMS = (
    ("AEAD", "rfc4106(gcm(aes))", (20, 28, 36), (64, 96, 128)),
    ("AEAD", "rfc7539esp(chacha20,poly1305)", (36,), (128,)),
    ("AEAD", "rfc4309(ccm(aes))", (19, 27, 35), (64, 96, 128)),
    ("AEAD", "rfc4543(gcm(aes))", (20, 28, 36), (128,)),
    ("ENC", "cbc(aes)", (16, 24, 32), ()),
    ("ENC", "rfc3686(ctr(aes))", (20, 28, 36), ()),
    ("ENC", "ecb(cipher_null)", (0,), ()),
    ("ENC", "cbc(des3_ede)", (24,), ()),
    ("AUTH", "hmac(sha1)", (20,), (96, 160)),
    ("AUTH", "hmac(sha256)", (32,), (128, 256)),
    ("AUTH", "hmac(sha512)", (64,), (256,)),
    ("AUTH", "xcbc(aes)", (16,), (96,)),
    ("AUTH", "cmac(aes)", (16,), (96,)),
)


class Node:
    """An attribute: a value, or a nest."""

    def __init__(self, kind, value=b"", children=None):
        self.kind, self.value, self.children, self.length = kind, value, children, None

    def copy(self):
        node = Node(self.kind, self.value,
                    None if self.children is None else [child.copy() for child in self.children])
        node.length = self.length
        return node

    def bytes(self):
        if self.children is None:
            body = self.value
        else:
            body = b"".join(child.bytes() for child in self.children)
        length = 4 + len(body) if self.length is None else self.length
        return struct.pack("=HH", length & 0xFFFF, self.kind & 0xFFFF) + body + \
            bytes(-len(body) % 4)

    def walk(self):
        """(parent's children, index) of every attribute below."""
        for i, child in enumerate(self.children or ()):
            yield self.children, i
            yield from child.walk()


class Request:
    def __init__(self, command, nodes, flags=0):
        self.command, self.flags = command, flags
        self.root = Node(0, children=nodes)
        self.raw = None  # bytes that stand for all of it

    def copy(self):
        other = Request(self.command, [], self.flags)
        other.root, other.raw = self.root.copy(), self.raw
        return other

    def bytes(self):
        if self.raw is not None:
            return self.raw
        return b"".join(child.bytes() for child in self.root.children)


class Right:
    """Right requests, each time others."""

    def __init__(self, chance, devices, sockets):
        self.chance, self.devices, self.sockets = chance, devices, sockets

    def number(self, bits):
        chance = self.chance
        return chance.choice((0, 1, 2, 63, 64, 255, 256, (1 << bits) - 1, 1 << (bits - 1),
                              chance.getrandbits(bits), chance.getrandbits(bits // 2))) & \
            ((1 << bits) - 1)

    def leaf(self, name, form, value):
        return Node(C[name], struct.pack(form, value))

    def device(self):
        name, index = self.chance.choice(self.devices)
        if self.chance.random() < 0.3:
            return self.leaf("A_IFINDEX", "=I", index)
        return Node(C["A_IFNAME"], name.encode() + b"\0")

    def address(self, v6=None):
        if v6 is None:
            v6 = self.chance.random() < 0.3
        return ip(self.chance.choice(
            ("2001:db8::1", "fd01::2", "::", "ff02::1", "fe80::1", "::ffff:10.0.0.1") if v6 else
            ("203.0.113.10", "198.51.100.7", "10.1.0.2", "0.0.0.0", "224.0.0.5", "127.0.0.1")))

    def algorithm(self):
        chance, found = self.chance, []
        kind, name, keys, icvs = chance.choice(ALGORITHMS)
        wanted = [(kind, name, keys, icvs)]
        if kind != "AEAD":
            other = "AUTH" if kind == "ENC" else "ENC"
            wanted.append(chance.choice([alg for alg in ALGORITHMS if alg[0] == other]))
        for kind, name, keys, icvs in wanted:
            length = chance.choice(keys)
            found.append(Node(C["SA_A_%s_NAME" % kind], name.encode() + b"\0"))
            found.append(Node(C["SA_A_%s_KEY" % kind],
                              (MARK + chance.randbytes(length))[:length]))
            if icvs and chance.random() < 0.7:
                icv = "SA_A_AEAD_ICV_BITS" if kind == "AEAD" else "SA_A_AUTH_TRUNC_BITS"
                found.append(self.leaf(icv, "=I", chance.choice(icvs)))
        return found

    def sa(self, direction=None, keys=True):
        chance = self.chance
        if direction is None:
            direction = chance.randrange(2)
        nodes = [self.leaf("SA_A_DIR", "=B", direction)]
        if direction or chance.random() < 0.8:
            nodes.append(self.leaf("SA_A_SPI", "!I", chance.choice(
                (0x1001, 0x1002, 0x1003, chance.getrandbits(32)))))
        v6 = chance.random() < 0.3
        if chance.random() < 0.7:
            nodes.append(Node(C["SA_A_SRC"], self.address(v6)))
        if chance.random() < 0.7:
            nodes.append(Node(C["SA_A_DST"], self.address(v6)))
        if chance.random() < 0.3:
            nodes.append(self.leaf("SA_A_PROTO", "=B", chance.choice((50, 51))))
        if chance.random() < 0.4:
            nodes.append(self.leaf("SA_A_MODE", "=B", chance.randrange(2)))
        if keys:
            nodes += self.algorithm()
        if chance.random() < 0.2:
            nodes += [self.leaf("SA_A_ENCAP_SPORT", "!H", 4500),
                      self.leaf("SA_A_ENCAP_DPORT", "!H", 4500)]
        if not direction and chance.random() < 0.5:
            nodes.append(self.leaf("SA_A_REPLAY_WINDOW", "=I", chance.choice((0, 32, 64, 4096))))
        if chance.random() < 0.5:
            nodes.append(self.leaf("SA_A_FLAGS", "=I", chance.choice((0, 1, 8, 9))))
        for name in ("TIME_SOFT", "TIME_HARD", "BYTE_SOFT", "BYTE_HARD", "PACKET_SOFT",
                     "PACKET_HARD", "SEQ", "IDLE_SOFT", "IDLE_HARD"):
            if chance.random() < 0.1:
                nodes.append(self.leaf("SA_A_" + name, "=Q", self.number(64)))
        if direction and chance.random() < 0.1:
            nodes.append(self.leaf("SA_A_TFC", "=I", self.number(32)))
        if chance.random() < 0.1:
            nodes.append(Node(C["SA_A_COMP_NAME"], b"deflate\0"))
        chance.shuffle(nodes)
        return Node(C["A_SA"] | NESTED, children=nodes)

    def selector(self):
        chance, v6 = self.chance, self.chance.random() < 0.3
        bits, nodes = 128 if v6 else 32, []
        for side in ("SRC", "DST"):
            prefix = chance.choice((0, 8, 16, 24, bits - 1, bits))
            value = chance.getrandbits(bits) >> (bits - prefix) << (bits - prefix)
            nodes.append(Node(C["SEL_A_" + side], value.to_bytes(bits // 8, "big")))
            if chance.random() < 0.2:
                last = value + chance.getrandbits(bits - prefix) if prefix < bits else value
                nodes.append(Node(C["SEL_A_%s_MAX" % side], last.to_bytes(bits // 8, "big")))
            else:
                nodes.append(self.leaf("SEL_A_%s_PREFIX" % side, "=B", prefix))
        if chance.random() < 0.5:
            proto = chance.choice((1, 6, 17, 58, 132, 47))
            nodes.append(self.leaf("SEL_A_PROTO", "=B", proto))
            for side in ("S", "D"):
                if proto in (6, 17, 132) and chance.random() < 0.6:
                    low = chance.getrandbits(16)
                    nodes.append(self.leaf("SEL_A_%sPORT_MIN" % side, "!H", low))
                    if chance.random() < 0.6:
                        nodes.append(self.leaf("SEL_A_%sPORT_MAX" % side, "!H",
                                               chance.randint(low, 65535)))
            if proto in (1, 58) and chance.random() < 0.6:
                nodes.append(self.leaf("SEL_A_ICMP_TYPE_MIN", "=B", chance.getrandbits(8)))
        if chance.random() < 0.2:
            nodes.append(self.leaf("SEL_A_SPI", "!I", chance.choice((0x1001, 0x1002, 0x9999))))
        return Node(C["A_SELECTOR"] | NESTED, children=nodes)

    def dev(self):
        chance, nodes = self.chance, []
        for name, bits in (("FWMARK", 32), ("UNDERLAY", 32), ("DF", 2), ("TTL", 8), ("DSCP", 1),
                           ("MTU_AUTO", 1), ("HOLD", 32), ("FLOW_LABEL", 2), ("UDP_CSUM", 1),
                           ("STRICT", 1)):
            if chance.random() < 0.2:
                form = "=I" if bits == 32 else "=B"
                value = self.number(bits) if bits > 8 else chance.getrandbits(bits)
                nodes.append(self.leaf("DEV_A_" + name, form, value))
        for name in ("LOCAL", "REMOTE"):
            if chance.random() < 0.5:
                nodes.append(Node(C["DEV_A_" + name], self.address()))
        return Node(C["A_DEV"] | NESTED, children=nodes)

    def request(self):
        chance = self.chance
        command = chance.choice(COMMANDS)
        nodes = [self.device()]
        if command == "DEV_SET":
            nodes.append(self.dev())
        elif command == "SPI_ALLOC":
            nodes.append(self.leaf("A_PROTO", "=B", chance.choice((50, 51))))
        elif command == "SA_ADD":
            nodes += [self.sa()] if chance.random() < 0.4 else [self.sa(0), self.sa(1)]
            nodes += [self.selector() for _ in range(chance.choice((0, 0, 1, 2, 20, 257)))]
        elif command in ("SA_GET", "SA_DEL", "SA_UPDATE", "SA_FLUSH"):
            nodes += [self.sa(keys=False) for _ in range(chance.choice((0, 1, 1, 1, 2)))]
        elif command in ("SELECTOR_ADD", "SELECTOR_DEL"):
            nodes += [self.selector() for _ in range(chance.choice((0, 1, 1, 3, 30)))]
        elif command in ("SOCK_ATTACH", "SOCK_DETACH"):
            nodes = [self.leaf("A_SOCK_FD", "=i", chance.choice(self.sockets))]
        elif command == "CAPS_GET" or chance.random() < 0.3:
            nodes = []
        flags = NLM_F_DUMP if command.endswith("_GET") and chance.random() < 0.5 else 0
        return Request(C["CMD_" + command], nodes, flags)


COMMANDS = ("CAPS_GET", "DEV_GET", "DEV_SET", "SPI_ALLOC", "SA_ADD", "SA_ADD", "SA_ADD", "SA_GET",
            "SA_UPDATE", "SA_UPDATE", "SA_DEL", "SA_FLUSH", "SELECTOR_ADD", "SELECTOR_ADD",
            "SELECTOR_DEL", "SELECTOR_GET", "SELECTOR_FLUSH", "SOCK_ATTACH", "SOCK_DETACH",
            "DROPS_GET")


class Mutator:
    def __init__(self, chance, right):
        self.chance, self.right = chance, right

    def mutate(self, request):
        request = request.copy()
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3, 6))):
            self.chance.choice((self.value, self.value, self.value, self.length, self.kind,
                                self.repeat, self.remove, self.move, self.nest, self.flags,
                                self.bytes))(request)
        return request

    def pick(self, request):
        places = list(request.root.walk())
        return self.chance.choice(places) if places else (None, None)

    def value(self, request):
        siblings, i = self.pick(request)
        if not siblings:
            return
        node, chance = siblings[i], self.chance
        if node.children is not None:
            return
        size = len(node.value)
        what = chance.randrange(4)
        if what == 0 and size:
            at = chance.randrange(size)
            node.value = node.value[:at] + bytes([node.value[at] ^ 1 << chance.randrange(8)]) + \
                node.value[at + 1:]
        elif what == 1:
            node.value = chance.choice((bytes(size), b"\xff" * size, b"\x7f" + b"\xff" * 3,
                                        b"\x01" + bytes(max(0, size - 1))))
        elif what == 2:
            node.value = chance.randbytes(chance.choice((size, 0, 1, 2, 3, 4, 5, 8, 16, 129)))
        else:
            node.value = node.value[:-1] if chance.random() < 0.5 else node.value + b"\0"

    def length(self, request):
        siblings, i = self.pick(request)
        if siblings:
            siblings[i].length = self.chance.choice((0, 1, 3, 4, 5, 8, 255, 4096, 0xFFFF))

    def kind(self, request):
        siblings, i = self.pick(request)
        if siblings:
            node, chance = siblings[i], self.chance
            node.kind = chance.choice((chance.randrange(50), node.kind ^ NESTED,
                                       node.kind | NET_BYTEORDER, node.kind + 1, 0, 0x3FFF))

    def repeat(self, request):
        siblings, i = self.pick(request)
        if siblings:
            times = self.chance.choice((1, 1, 2, 50))
            siblings[i:i] = [siblings[i].copy() for _ in range(times)]

    def remove(self, request):
        siblings, i = self.pick(request)
        if siblings:
            del siblings[i]

    def move(self, request):
        """An attribute of one place at another, perhaps of another kind of nest."""
        siblings, i = self.pick(request)
        others, j = self.pick(request)
        if siblings and siblings is not others:
            others.insert(j, siblings[i].copy())

    def nest(self, request):
        siblings, i = self.pick(request)
        if siblings:
            for _ in range(self.chance.choice((1, 2, 40))):
                siblings[i] = Node(siblings[i].kind | NESTED, children=[siblings[i]])

    def flags(self, request):
        chance = self.chance
        request.flags = chance.choice((0, NLM_F_DUMP, 0x100, 0x200, 0x400, 0x800, 0xF00 | 8))
        if chance.random() < 0.3:
            request.command = chance.choice((0, chance.randrange(64), 255))

    def bytes(self, request):
        data, chance = bytearray(request.bytes()), self.chance
        if not data:
            return
        what = chance.randrange(3)
        if what == 0:
            data[chance.randrange(len(data))] = chance.randrange(256)
        elif what == 1:
            at = chance.randrange(0, len(data), 4)
            data[at:at + 2] = struct.pack("=H", chance.choice((0, 1, 3, 4, 5, 8, 0xFFFF)))[
                :len(data) - at]
        else:
            del data[chance.randrange(1, len(data) + 1):]
        request.raw = bytes(data)


class Kcov:
    """The code that this thread's system calls reach, of the module only: no
    other part of the kernel is instrumented."""
    SIZE = 1 << 18

    def __init__(self):
        self.file = os.open("/sys/kernel/debug/kcov", os.O_RDWR)
        fcntl.ioctl(self.file, 0x80086301, self.SIZE)  # KCOV_INIT_TRACE
        # Python's own mmap refuses a file of size 0.
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        address = libc.mmap(None, ctypes.c_size_t(self.SIZE * 8), 3, 1, self.file,
                            ctypes.c_long(0))  # PROT_READ | PROT_WRITE, MAP_SHARED
        if address == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap of kcov")
        self.area = (ctypes.c_uint64 * self.SIZE).from_address(address)
        fcntl.ioctl(self.file, 0x6364, 0)  # KCOV_ENABLE, KCOV_TRACE_PC
        self.seen = set()

    def start(self):
        self.area[0] = 0

    def new(self):
        """Did the calls since start() reach what none did before?"""
        count = min(self.area[0], self.SIZE - 1)
        found = set(self.area[1:1 + count]) - self.seen
        self.seen |= found
        return bool(found)


class Fuzzer:
    def __init__(self, chance, kcov):
        self.chance, self.kcov = chance, kcov
        self.sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
                        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
                        socket.socket(socket.AF_INET, socket.SOCK_STREAM),
                        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)]
        self.sockets[0].bind(("0.0.0.0", 4500))
        self.genl = Ipsecvif()
        self.genl.socket.settimeout(10 * int(os.environ.get("TIME_SCALE", "8")))
        self.other = Ipsecvif("ipsec1")  # an SPI may have got there
        with Netns("right"):
            self.foreign = Ipsecvif()
        devices = [(name, socket.if_nametoindex(name)) for name in ("ipsec0", "ipsec1", "lo")]
        descriptors = [sock.fileno() for sock in self.sockets] + [0, -1, 10000,
                                                                 self.genl.socket.fileno()]
        self.right = Right(chance, devices + [("nosuch", 9999)], descriptors)
        self.mutator = Mutator(chance, self.right)
        self.corpus = []
        self.errors = {}

    def next(self):
        if self.corpus and self.chance.random() < 0.5:
            return self.chance.choice(self.corpus)
        return self.right.request()

    def ask(self, request):
        if len(request.bytes()) > 100000:
            return
        genl = self.foreign if self.chance.random() < 0.02 else self.genl
        if self.kcov:
            self.kcov.start()
        if self.chance.random() < 0.01:
            self.abandon(request)
            return
        answer = genl.request(request.command, request.bytes(), request.flags | NLM_F_ACK)
        if self.kcov and self.kcov.new():
            self.corpus.append(request)
        name = errno.errorcode.get(answer.errno, str(answer.errno))
        self.errors[name] = self.errors.get(name, 0) + 1
        if any(MARK in reply for reply in answer.replies):
            raise AssertionError("a key came out: " + request.bytes().hex())

    def abandon(self, request):
        """Asked, perhaps for a dump, and never listened to."""
        with Netns("left"):
            genl = Ipsecvif()
        payload = struct.pack("=BBH", request.command, 1, 0) + request.bytes()
        for _ in range(3):
            genl.socket.send(struct.pack("=IHHII", 16 + len(payload), genl.family,
                                         NLM_F_REQUEST | request.flags, 1, 0) + payload)
        genl.socket.close()

    def packets(self):
        """What was set up has to carry something, too."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for last in range(1, 20):
                try:
                    sock.sendto(bytes(100 * last), ("10.2.0.%d" % last, 9))
                except OSError:
                    pass

    def right_pair(self):
        """Whatever came before, this works."""
        for command in ("SA_FLUSH", "SELECTOR_FLUSH"):
            for genl in (self.genl, self.other):
                answer = genl.request(C["CMD_" + command], genl.device)
                if answer.errno:
                    return "%s: %s" % (command, answer.words())
        common = {"AEAD_NAME": "rfc4106(gcm(aes))", "AEAD_ICV_BITS": 128}
        answer = self.genl.sa_add(
            sa(DIR=0, SPI=0x1002, SRC="198.51.100.7", DST="203.0.113.10",
               AEAD_KEY=os.urandom(20), **common),
            sa(DIR=1, SPI=0x1001, SRC="203.0.113.10", DST="198.51.100.7",
               AEAD_KEY=os.urandom(20), **common))
        if answer.errno:
            return "SA_ADD: " + answer.words()
        if len(self.genl.sas()) != 2:
            return "there are %d SAs after adding 2" % len(self.genl.sas())
        return None

    def run(self, count, seconds):
        end = time.monotonic() + seconds if seconds else None
        for i in range(count):
            if end and time.monotonic() > end:
                count = i
                break
            self.ask(self.mutator.mutate(self.next()))
            if i % BATCH == BATCH - 1:
                self.packets()
                problem = self.right_pair()
                if problem:
                    return i, problem
        return count, self.right_pair()


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 0
    print("# seed %d" % seed)
    sys.stdout.flush()
    # Here, since `ip netns exec` would hide debugfs.
    kcov = Kcov() if os.path.exists("/sys/kernel/debug/kcov") else None
    with Netns("left"):
        fuzzer = Fuzzer(random.Random(seed), kcov)
        count, problem = fuzzer.run(count, seconds)
    print("# " + ", ".join("%s %d" % item for item in sorted(fuzzer.errors.items())))
    if fuzzer.kcov:
        print("# kcov: %d places of the module reached, %d requests kept" % (
            len(fuzzer.kcov.seen), len(fuzzer.corpus)))
    print("%s %d mutated requests of seed %d, and the family works" % (
        "not ok" if problem else "ok", count, seed))
    if problem:
        print("# " + problem)
    refused = sum(number for name, number in fuzzer.errors.items() if name != "0")
    accepted = fuzzer.errors.get("0", 0)
    # Where all or none were taken, it was no test.
    print("%s some were accepted (%d), and some refused (%d)" % (
        "ok" if accepted > count / 50 and refused > count / 10 else "not ok", accepted, refused))


if __name__ == "__main__":
    main()
