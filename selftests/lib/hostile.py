#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a hostile network, or a hostile peer that has the keys, can send; as TAP
lines without numbers. Run by hostile-packets.sh.

Each attack says what it must come to: what is delivered to host A, and which
counters move. Nothing else may: not the SAs, not the link, not its MTU.
"""
import os
import random
import select
import socket
import struct
import sys
import time
from itertools import permutations

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from esp import (PROTO_ESP, PROTO_ICMP, PROTO_IPIP, PROTO_IPV6, PROTO_UDP, Sender, checksum, ipv4,
                 udp)
from genl import Netlink, parse
from ipsecvif import C, Ipsecvif, sa
from netns import Netns, socket_in
from wire import Wire

LEFT, RIGHT = os.environ["LEFT"], os.environ["RIGHT"]
HOST_A, HOST_B = os.environ["HOST_A"], os.environ["HOST_B"]
PATIENCE = int(os.environ.get("TIME_SCALE", "8"))
PORT = 7777
DIR_IN, DIR_OUT = C["DIR_IN"], C["DIR_OUT"]
SPI_OUT = 0x5001
OUR_SPI_MIN, OUR_SPI_MAX = 0xD0000000, 0xDFFFFFFF
SA_F_ESN = 1
NETLINK_ROUTE, RTM_GETLINK = 0, 18
IFLA_STATS, IFLA_STATS64, IFLA_AF_SPEC = 7, 23, 26  # counters, and times


def result(description, problem=None):
    print("%s %s" % ("not ok" if problem else "ok", description))
    if problem:
        print("# " + str(problem))
    sys.stdout.flush()


class Attack:
    def __init__(self):
        with Netns("left"):
            self.ours = Ipsecvif()
            self.route = Netlink(NETLINK_ROUTE)
            self.index = socket.if_nametoindex("ipsec0")
        self.wire = Wire()
        self.host = socket_in("hosta", socket.AF_INET, socket.SOCK_DGRAM)
        self.host.bind((HOST_A, PORT))
        self.host.setblocking(False)
        self.host.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
        self.next_id = 0
        self.spi = 0x6000
        self.sender = None

    # The SA under attack

    def peer(self, window=64, esn=False, seq=0, spi=None):
        """A new inbound SA, and the peer's end of it; the outbound one stays."""
        self.ours.request(C["CMD_SA_FLUSH"], self.ours.device + sa(DIR=DIR_IN))
        if self.sender:
            self.sender.crypt.close()
        self.spi += 1
        key = os.urandom(20)
        answer = self.ours.sa_add(sa(
            DIR=DIR_IN, SPI=spi or self.spi, SRC=RIGHT, DST=LEFT, REPLAY_WINDOW=window,
            FLAGS=SA_F_ESN if esn else None, SEQ=seq or None, AEAD_NAME="rfc4106(gcm(aes))",
            AEAD_KEY=key, AEAD_ICV_BITS=128))
        if answer.errno:
            raise SystemExit("SA_ADD: " + answer.words())
        self.sender = Sender(spi or self.spi, key, esn)
        self.sender.sequence = seq
        return self.sender

    def inner(self, filler=b""):
        """An innocent packet from B to A; its number tells it from all others."""
        self.next_id += 1
        return self.next_id, ipv4(HOST_B, HOST_A, PROTO_UDP,
                                  udp(PORT, PORT, struct.pack("!I", self.next_id) + filler))

    def outer(self, esp, **changes):
        return ipv4(RIGHT, LEFT, PROTO_ESP, esp, **changes)

    def send(self, esp, **changes):
        self.wire.send(self.outer(esp, **changes))

    # What came of it

    def delivered(self):
        found = []
        while True:
            try:
                found.append(struct.unpack("!I", self.host.recv(65536)[:4])[0])
            except BlockingIOError:
                return found

    def state(self):
        """All of the SAs and the link that is no counter."""
        moving = {C["SA_A_" + name] for name in ("SEQ", "PACKETS", "BYTES", "AGE", "IDLE",
                                                 "REPLAYS", "ICV_FAILURES", "SPREAD", "STEERED")}
        sas = sorted(sorted((kind, value) for kind, value in found.items() if kind not in moving)
                     for found in self.ours.sas())
        link = self.route.request(RTM_GETLINK, struct.pack("=BxHiII", 0, 0, self.index, 0, 0))
        return sas, [(kind, value) for kind, value in parse(link.replies[0][16:])
                     if kind not in (IFLA_STATS, IFLA_STATS64, IFLA_AF_SPEC)]

    def attack(self, description, send, drops, ids=()):
        """send() must lead to exactly these drops and deliver exactly these
        packets, each once."""
        result(description, self.comes_to(send, drops, ids))

    def comes_to(self, send, drops, ids=(), state=True, alike=()):
        """What was not as attack() wants it, or None; reasons that are `alike` may
        stand for each other."""
        def merged(counts):
            some = sum(counts.get(name, 0) for name in alike)
            return dict({name: count for name, count in counts.items() if count and name not in alike},
                        **({" or ".join(alike): some} if some else {}))

        self.delivered()
        before, state = self.ours.drops(), state and self.state()
        send()
        drops = merged(drops)
        ids, seen = sorted(ids), []
        end = time.monotonic() + 2 * PATIENCE
        while True:
            seen += self.delivered()
            dropped = merged(self.ours.drops_since(before))
            if (dropped == drops and len(seen) >= len(ids)) or time.monotonic() > end:
                break
            select.select([self.host], [], [], 0.05)
        seen += self.delivered()
        if sorted(seen) != ids:
            return "lacks %s, delivered %s without cause; drops %s, wanted %s" % (
                sorted(set(ids) - set(seen))[:20], sorted(set(seen) - set(ids))[:20] or
                [one for one in set(seen) if seen.count(one) > 1], dropped, drops)
        if dropped != drops:
            return "dropped %s, wanted %s" % (dropped, drops)
        if state and self.state() != state:
            return "the SA or the link changed: " + str(
                [(new, old) for new, old in zip(sum(self.state(), []), sum(state, []))
                 if new != old])[:1000]
        return None


def bits_flipped(attack):
    """Every bit of SPI, sequence number, IV, ciphertext and ICV; of the outer
    header, whatever IP lets through is delivered whole or not at all."""
    sender = attack.peer(window=64)
    number, inner = attack.inner(b"flip me")
    esp = sender.packet(inner, seq=100)

    def flipped(first, last):
        def send():
            for bit in range(8 * first, 8 * last):
                broken = bytearray(esp)
                broken[bit // 8] ^= 1 << bit % 8
                attack.send(bytes(broken))
        return send

    attack.attack("every bit of the SPI flipped: not ours, XFRM's", flipped(0, 4), {})
    # 100 ^ 2 ** n: from 96 to 2^31 all are fresh.
    attack.attack("every bit of the sequence number flipped", flipped(4, 8), {"icv": 32})
    attack.attack("every bit of the IV flipped", flipped(8, 16), {"icv": 64})
    attack.attack("every bit of ciphertext and ICV flipped", flipped(16, len(esp)),
                  {"icv": 8 * (len(esp) - 16)})
    attack.attack("after all these the true packet is taken", lambda: attack.send(esp), {},
                  [number])
    outer_flipped(attack)


def outer_mended(attack, sender, bit):
    """One with that bit of its outer header flipped and the checksum right, and
    what must come of it: ("deliver", its number), a reason, or None."""
    number, inner = attack.inner()
    packet = bytearray(attack.outer(sender.packet(inner)))
    length = len(packet)
    packet[bit // 8] ^= 1 << bit % 8
    packet[10:12] = b"\0\0"
    packet[10:12] = struct.pack("!H", checksum(bytes(packet[:20])))
    esp = struct.unpack("!H", packet[2:4])[0] - 20
    verdict = None
    if 8 <= bit < 16 or 32 <= bit < 48 or bit in (54, 55) or 64 <= bit < 72 or 96 <= bit < 128:
        # TOS (ECN: ECT is of no effect), identification, a reserved flag, Don't
        # Fragment, TTL, source: not covered by the ICV, and of no importance.
        verdict = "deliver"
        if packet[12] >= 224:
            verdict = None  # no host's address
    elif 16 <= bit < 32 and 8 <= esp < length - 20:
        verdict = "short" if esp < LEAST or esp % 4 else "icv"
    return bytes(packet), number, verdict


LEAST = 8 + 8 + 4 + 16  # ESP header, IV, one word, ICV


def outer_flipped(attack):
    """Without a right header checksum IP takes none; with it, what is ours to take
    is authentic, and so delivered."""
    sender = attack.peer(window=4096)
    number, inner = attack.inner()
    esp = sender.packet(inner)

    def unmended():
        for bit in range(160):
            packet = bytearray(attack.outer(esp))
            packet[bit // 8] ^= 1 << bit % 8
            attack.wire.send(bytes(packet))

    attack.attack("every bit of the outer header flipped", unmended, {})
    attack.attack("and the true packet is taken", lambda: attack.send(esp), {}, [number])
    mended = [outer_mended(attack, sender, bit) for bit in range(160) if not 80 <= bit < 96]
    drops = {}
    for _, _, verdict in mended:
        if verdict in ("icv", "short"):
            drops[verdict] = drops.get(verdict, 0) + 1
    attack.attack("and with its checksum mended: delivered as it was, or not at all",
                  lambda: [attack.wire.send(packet) for packet, _, _ in mended], drops,
                  [number for _, number, verdict in mended if verdict == "deliver"])


def truncations(attack):
    """At every byte, with lengths that agree, as a peer would send it."""
    sender = attack.peer()
    number, inner = attack.inner(b"cut me" * 4)
    esp = sender.packet(inner)
    short = sum(1 for n in range(8, len(esp)) if n < LEAST or n % 4)

    def send():
        for length in range(len(esp)):
            attack.send(esp[:length])

    attack.attack("every truncation", send,
                  {"short": short, "icv": len(range(8, len(esp))) - short})

    def within():
        """IP says that there is more than there is: IP itself drops."""
        packet = attack.outer(esp)
        for length in range(1, len(packet)):
            attack.wire.send(packet[:length])

    # Ethernet pads short frames, but veth does not.
    attack.attack("every truncation of the frame", within, {})
    attack.attack("after that the true packet is taken", lambda: attack.send(esp), {}, [number])


def next_headers(attack):
    """All 256 behind a valid ICV."""
    sender = attack.peer(window=4096)
    expected, ids = {}, []
    sent = []
    for next_header in range(256):
        number, inner = attack.inner()
        sent.append((next_header, inner))
        reason = {PROTO_IPIP: None, PROTO_IPV6: "inner", 59: "dummy", 144: "aggfrag"}.get(
            next_header, "next-header")
        if reason:
            expected[reason] = expected.get(reason, 0) + 1
        else:
            ids.append(number)
    attack.attack("every next header around an IPv4 packet", lambda: [
        attack.send(sender.packet(inner, next_header)) for next_header, inner in sent],
        expected, ids)


def paddings(attack):
    sender = attack.peer(window=4096)
    good = bytes(range(1, 256))
    cases = []
    for description, pad, pad_len, well in (
            ("no padding where none is needed", good[:2], None, True),
            ("254 bytes", good[:254], None, True),
            ("zeros", bytes(6), None, False),
            ("from 0 on", bytes(range(6)), None, False),
            ("the last byte wrong", good[:5] + b"\xff", None, False),
            ("the first byte wrong", b"\x02" + good[1:6], None, False),
            ("the last of 254 wrong", good[:253] + b"\0", None, False),
            ("longer than it is", good[:2], 6, False),
            ("255 without any", b"", 255, False)):
        # 32 bytes of headers and a number, these, the padding and 2 more: a multiple of 4
        number, inner = attack.inner(bytes(-(len(pad) + 2) % 4))
        cases.append((description, sender.packet(inner, pad=pad, pad_len=pad_len), number, well))
    for description, esp, number, well in cases:
        attack.attack("padding: " + description, lambda esp=esp: attack.send(esp),
                      {} if well else {"padding": 1}, [number] if well else [])

    # Ciphertext that is no multiple of 4 (RFC 4303 2.4), or nothing in it.
    _, inner = attack.inner()
    attack.attack("padding to no multiple of 4", lambda: [
        attack.send(sender.packet(inner + bytes(n), trailer=False)) for n in (1, 2, 3)],
        {"short": 3})
    attack.attack("a payload of padding only", lambda: attack.send(
        sender.packet(b"", pad=good[:2])), {"inner": 1})
    for number in range(0, 4):
        esp = sender.packet(bytes([0, 0, number, 4]), trailer=False)
        attack.attack("four bytes of plain text, padding %d" % number,
                      lambda esp=esp: attack.send(esp),
                      {"padding": 1} if number else {"inner": 1})


def inner_packets(attack):
    """Bad IP inside good ESP: every bit of the inner header flipped, every
    length that it may claim, every truncation."""
    sender = attack.peer(window=4096)
    number, inner = attack.inner(b"0123456789abcdef")
    problem = None
    attack.delivered()
    before = attack.ours.drops()
    sent = 0
    for bit in range(160):
        broken = bytearray(inner)
        broken[bit // 8] ^= 1 << bit % 8
        for mended in (False, True):
            if mended and not 80 <= bit < 96:
                broken[10:12] = b"\0\0"
                broken[10:12] = struct.pack("!H", checksum(bytes(broken[:20])))
            attack.send(sender.packet(bytes(broken)))
            sent += 1
    seen = set(attack.delivered())
    if seen - {number}:
        problem = "delivered what was not sent"
    dropped = attack.ours.drops_since(before)
    if set(dropped) - {"inner", "ecn"}:
        problem = "dropped %s" % dropped
    result("every bit of the inner header flipped: %d packets" % sent, problem)
    cut = [inner[:n] for n in range(len(inner))]
    attack.attack("every truncation of the inner packet", lambda: [
        attack.send(sender.packet(part)) for part in cut], {"inner": len(cut)})
    cut6 = struct.pack("!IHBB", 6 << 28, 100, 17, 64) + bytes(32)
    attack.attack("every truncation of an inner IPv6 packet", lambda: [
        attack.send(sender.packet(cut6[:n], PROTO_IPV6)) for n in range(len(cut6) + 1)],
        {"inner": len(cut6) + 1})
    number, inner = attack.inner()
    attack.attack("bytes after the inner packet (traffic-flow confidentiality)",
                  lambda: attack.send(sender.packet(inner + bytes(1000))), {}, [number])
    number, inner = attack.inner()
    attack.attack("a link-local sender and a loopback one inside", lambda: [
        attack.send(sender.packet(ipv4(source, HOST_A, PROTO_UDP, udp(1, 9, b"")))) for source in (
            "127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", HOST_A, LEFT)], {})


class Window:
    """RFC 4303 3.4.3, written down once more."""

    def __init__(self, size, top, esn):
        self.size, self.top, self.esn, self.seen = size, top, esn, set()
        self.first = top  # all up to it counts as seen

    def verdict(self, seq):
        if seq == 0:
            return "replay-old"
        if seq <= self.top - self.size:
            # With ESN it looks like one of the next 2^32, whose ICV is another.
            return "icv" if self.esn else "replay-old"
        if seq <= self.first or seq in self.seen:
            return "replay-seen"
        self.seen.add(seq)
        self.top = max(self.top, seq)
        return None


def play(attack, window, esn, top, order):
    """The packets of one order by a new SA; what the model says of them, or why
    it was otherwise."""
    sender = attack.peer(window, esn, top)
    model = Window(window, top, esn)
    expected, ids, sent = {}, [], []
    packets = {}
    for seq in order:
        if seq not in packets:
            packets[seq] = attack.inner()
            packets[seq] += (sender.packet(packets[seq][1], seq=seq),)
        number, _, esp = packets[seq]
        sent.append(esp)
        verdict = model.verdict(seq)
        if verdict:
            expected[verdict] = expected.get(verdict, 0) + 1
        else:
            ids.append(number)
    # Spread over CPUs, one comes before the window has moved for those under way: it is
    # dropped all the same, by the second look if not by the first.
    alike = ("icv", "replay-old", "replay-seen") if os.environ.get("SPREAD") == "always" else ()
    return attack.comes_to(lambda: [attack.send(esp) for esp in sent], expected, ids, state=False,
                           alike=alike)


def orders(attack):
    """Five packets at the edges of the window in every order; at the start, in
    the middle, and (ESN) on both sides of 2^32."""
    edge = 1 << 32
    for window in (32, 64, 128):
        size = -(-window // 64) * 64  # as the module rounds it
        for esn, top in ((False, 0), (False, 1000), (True, 0), (True, edge - 3),
                         (True, edge + size // 2), (True, edge - 1)):
            near = [seq for seq in (top - size + 1, top + 1, top + 2, top + size, top + size + 1)
                    if seq > 0]
            problem, count = None, 0
            for order in permutations(near):
                if count % STRIDE == 0:
                    problem = play(attack, size, esn, top, order + order)
                    if problem:
                        problem = "order %s: %s" % ([seq - top for seq in order], problem)
                        break
                count += 1
            result("window %d%s after number %d: %d orders of %d packets" % (
                window, ", ESN," if esn else "", top, -(-count // STRIDE), 2 * len(near)), problem)


def random_orders(attack, chance):
    for window, esn, top in ((64, False, 0), (4096, False, 5000), (128, True, (1 << 32) - 200),
                             (4096, True, (1 << 33) - 1000)):
        span = 2 * window
        order = [max(1, top + chance.randrange(-span, span)) for _ in range(400)]
        result("window %d%s: 400 packets at random around %d" % (
            window, ", ESN" if esn else "", top), play(attack, window, esn, top, order))


def number_ends(attack):
    """Beyond the last 32-bit number there is none, and 0 is none."""
    last = (1 << 32) - 1
    result("numbers up to the last of 32 bits",
           play(attack, 64, False, last - 3, [last - 2, last - 1, last, last, last - 1]))
    sender = attack.peer(64, False, last - 1)
    number, inner = attack.inner()
    packets = [sender.packet(inner, seq=seq) for seq in (0, 1, 2)]
    attack.attack("numbers after the last of 32 bits: old ones", lambda: [
        attack.send(esp) for esp in packets], {"replay-old": 3})
    sender = attack.peer(64, True, 0)
    number, inner = attack.inner()
    packets = [sender.packet(inner, seq=seq) for seq in (0, 1 << 32, (1 << 33) + 5)]
    # 0 and 2^32 look alike; the receiver takes them for the first number, and
    # the third for 5 of the first 2^32: its ICV is of another upper half.
    result("ESN: number 0, and numbers 2^32 ahead", attack.comes_to(lambda: [
        attack.send(esp) for esp in packets], {"replay-old": 2, "icv": 1}))


def nested(attack):
    """Tunnels in tunnels of the same SA, as deep as a packet holds."""
    sender = attack.peer(window=4096)
    for depth in (1, 2, 8, 24):
        number, packet = attack.inner()
        for _ in range(depth):
            packet = attack.outer(sender.packet(packet))
        if len(packet) > 1500:
            raise SystemExit("too deep")
        attack.attack("%d tunnels in each other" % depth, lambda: attack.wire.send(packet), {},
                      [number])
    # The innermost for our own end, and for the peer: it would come back to us.
    _, inner = attack.inner()
    for description, packet in (
            ("for the gateway itself", ipv4(HOST_B, LEFT, PROTO_UDP, udp(1, 9, b""))),
            ("for the peer's gateway", ipv4(HOST_B, RIGHT, PROTO_UDP, udp(1, 9, b""))),
            ("back into the tunnel", ipv4(HOST_A, HOST_B, PROTO_UDP, udp(1, 9, b""))),
            ("back, at the end of its TTL", ipv4(HOST_A, HOST_B, PROTO_UDP, udp(1, 9, b""), ttl=1))):
        attack.attack("a packet inside " + description,
                      lambda packet=packet: attack.send(sender.packet(packet)), {})


def icmp_error(quoted, mtu, kind=3, code=4, src="203.0.113.1"):
    body = struct.pack("!BBHHH", kind, code, 0, 0, mtu) + quoted
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ipv4(src, LEFT, PROTO_ICMP, body)


def mtu_of(attack):
    return attack.ours.sa_numbers(DIR_OUT, "MTU")[0]


def icmp_forgeries(attack):
    """Errors that quote what we did not send change nothing; one that quotes an
    SA lowers the path, and not below what IP allows."""
    ours = struct.pack("!II", SPI_OUT, 1)
    other = ipv4(LEFT, RIGHT, PROTO_ESP, ours + bytes(24))
    before = mtu_of(attack)
    forged = {
        "another SPI": ipv4(LEFT, RIGHT, PROTO_ESP, struct.pack("!II", SPI_OUT + 1, 1)),
        "another destination": ipv4(LEFT, "198.51.100.77", PROTO_ESP, ours),
        # (An error about UDP moves the host's own route, whatever it quotes.)
        "another protocol": ipv4(LEFT, RIGHT, 6, ours),
        "the SA of the other direction": ipv4(LEFT, RIGHT, PROTO_ESP,
                                              struct.pack("!II", attack.spi, 1)),
    }
    for description, quoted in forged.items():
        attack.attack("too big, quoting " + description,
                      lambda quoted=quoted: attack.wire.send(icmp_error(quoted, 900)), {})

    def short():
        for length in range(28):
            attack.wire.send(icmp_error(other[:length], 900))

    attack.attack("too big, quoting less than IP and 8 bytes", short, {})
    # IP does not look at the version, and who knows the SPI knows that, too.
    attack.attack("too big, with a header's length mangled in the quote", lambda: [attack.wire.send(icmp_error(
        bytes([byte]) + other[1:], 900)) for byte in range(256) if byte & 15 != 5], {})
    result("none of these moved the MTU", None if mtu_of(attack) == before else
           "it was %d, and is %d" % (before, mtu_of(attack)))
    attack.attack("other errors about our SA", lambda: [
        attack.wire.send(icmp_error(other, 900, kind, code)) for kind, code in (
            (3, 0), (3, 1), (3, 2), (3, 3), (3, 13), (4, 0), (11, 0), (11, 1), (12, 0), (5, 1))],
        {})
    result("nor did these", None if mtu_of(attack) == before else
           "it was %d, and is %d" % (before, mtu_of(attack)))
    for mtu in (65535, before + 2000, 1500):
        attack.wire.send(icmp_error(other, mtu))
    result("a bigger MTU than the link's is not believed", None if mtu_of(attack) == before else
           "it was %d, and is %d" % (before, mtu_of(attack)))
    for mtu in (0, 1, 67, 68, 300):
        attack.wire.send(icmp_error(other, mtu))
    end = time.monotonic() + 2 * PATIENCE
    while mtu_of(attack) == before and time.monotonic() < end:
        time.sleep(0.05)
    result("an absurdly small one stops at IP's floor",
           None if 552 - 80 <= mtu_of(attack) < before else "the SA's MTU is %d" % mtu_of(attack))


def flood(attack, chance):
    """SPIs that are not there: counted, and no more."""
    sender = attack.peer()
    number, inner = attack.inner()
    good = sender.packet(inner)
    with open("/proc/meminfo") as file:
        before = int(file.read().split("MemAvailable:")[1].split()[0])

    def send():
        for _ in range(FLOOD):
            attack.send(struct.pack("!II", chance.randrange(OUR_SPI_MIN, OUR_SPI_MAX + 1), 1) +
                        bytes(60))
        for _ in range(FLOOD // 10):
            attack.send(struct.pack("!II", chance.randrange(256, OUR_SPI_MIN), 1) + bytes(60))

    attack.attack("a flood of %d unknown SPIs" % FLOOD, send, {"unknown-spi": FLOOD})
    attack.attack("and the true packet is taken", lambda: attack.send(good), {}, [number])
    with open("/proc/meminfo") as file:
        after = int(file.read().split("MemAvailable:")[1].split()[0])
    result("the flood costs no memory", None if before - after < 16384 else
           "%d KiB less than before" % (before - after))


FLOOD = int(os.environ.get("FLOOD", "2000"))
# Of the orders of packets, each so manieth.
STRIDE = int(os.environ.get("STRIDE", "12"))


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 32)
    chance = random.Random(seed)
    print("# seed %d" % seed)
    attack = Attack()
    answer = attack.ours.sa_add(sa(
        DIR=DIR_OUT, SPI=SPI_OUT, SRC=LEFT, DST=RIGHT, AEAD_NAME="rfc4106(gcm(aes))",
        AEAD_KEY=os.urandom(20), AEAD_ICV_BITS=128))
    if answer.errno:
        raise SystemExit("SA_ADD: " + answer.words())
    if not attack.ours.settled_mtu(2 * PATIENCE):  # or it comes among what must not change
        raise SystemExit("the SA and the device have no MTU")
    for part in (bits_flipped, truncations, next_headers, paddings, inner_packets, orders,
                 lambda one: random_orders(one, chance), number_ends, nested, icmp_forgeries,
                 lambda one: flood(one, chance)):
        begun = time.monotonic()
        part(attack)
        print("# %.1f s" % (time.monotonic() - begun))


if __name__ == "__main__":
    main()
