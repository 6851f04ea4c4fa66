# SPDX-License-Identifier: MIT
"""What is meant to be reached, each as a ratio of readings of one run."""
import statistics

from many import CIPHER, row

XFRM = ("xfrmi", "xfrmi+offload", "vti")
SMALL, LARGE, BULK = "UDP, 64 bytes", "UDP, 1400 bytes", "TCP, 1 flow"
LATENCY = "request and response, idle, median"


def better_xfrm(found, cipher):
    """Readings of XFRM's best way with a cipher, or None."""
    readings = [found["readings"][name + " " + cipher] for name in XFRM
                if name + " " + cipher in found["readings"]]
    return (max if found["more_is_better"] else min)(readings, key=statistics.median, default=None)


def ratios(mine, other):
    """Of the alternations, where both were measured alike; else of the medians."""
    if len(mine) == len(other):
        return [one / two for one, two in zip(mine, other)]
    return [statistics.median(mine) / statistics.median(other)]


class Goal:
    """`least` or `most`: what the ratio of ours to the other is to be."""

    def __init__(self, what, environments, least=None, most=None):
        self.what, self.environments, self.least, self.most = what, environments, least, most

    def found(self, rows):
        """Ratios, or None where this was not measured."""
        raise NotImplementedError

    def wanted(self):
        return "≥ %s" % self.least if self.least else "≤ %s" % self.most

    def verdict(self, ratio):
        if ratio >= self.least if self.least else ratio <= self.most:
            return "reached"
        return "missed by %.0f %%" % (100 * abs(ratio / (self.least or self.most) - 1))


class Beside(Goal):
    """Ours and another set-up with the same load. Of a speed, how many times as fast we
    are; of anything else, how much ours is of it."""

    def __init__(self, what, environments, load, cipher, other="better XFRM", **wanted):
        super().__init__(what, environments, **wanted)
        self.load, self.cipher, self.other = load, cipher, other

    def found(self, rows):
        found = rows.get(self.load)
        mine = found and found["readings"].get("ipsecvif " + self.cipher)
        if not mine:
            return None
        other = better_xfrm(found, self.cipher) if self.other == "better XFRM" else \
            found["readings"].get(self.other)
        if not other:
            return None
        faster = self.least and not found["more_is_better"]
        return ratios(other, mine) if faster else ratios(mine, other)


class Added(Beside):
    """The same of what is added to plain forwarding; of the medians, since the difference
    of two readings may be next to nothing. Nothing is said where noise exceeds it."""

    def found(self, rows):
        found = rows.get(self.load)
        plain = found and found["readings"].get("plain")
        if not plain:
            return None
        added = {name: [statistics.median(values) - statistics.median(plain)]
                 for name, values in found["readings"].items() if name != "plain"}
        positive = {name: values for name, values in added.items() if values[0] > 0}
        return super().found({self.load: dict(found, readings=positive)})


class Loads(Goal):
    """Ours with one load and with another."""

    def __init__(self, what, environments, load, other, **wanted):
        super().__init__(what, environments, **wanted)
        self.load, self.other = load, other

    def found(self, rows):
        mine, other = [rows.get(name, {"readings": {}})["readings"].get("ipsecvif " + CIPHER)
                       for name in (self.load, self.other)]
        return ratios(mine, other) if mine and other else None


TIMED, ALL = ("uml", "vm", "running"), ("uml", "vm", "insns", "running")
FAST = ("vm", "running")  # ciphers that use SIMD
GOALS = [
    Beside("64-byte UDP, AES-128-GCM, to the better XFRM", ALL, SMALL, "aes128gcm", least=2.5),
    Beside("64-byte UDP, AES-128-GCM, to WireGuard", TIMED, SMALL, "aes128gcm", "wireguard", least=1.3),
    Beside("64-byte UDP, NULL, instructions, to the better XFRM", ("insns",), SMALL, "null", most=0.5),
    Beside("64-byte UDP, NULL, to the better XFRM", ("uml",), SMALL, "null", least=2),
    Beside("TCP, 1 flow, AES-128-GCM, to the better XFRM", FAST, BULK, "aes128gcm", least=1.5),
    Beside("TCP, 1 flow, ChaCha20-Poly1305, to WireGuard", FAST, BULK, "chacha20poly1305", "wireguard",
           least=1.15),
    Beside("TCP, 1 flow, AES-128-GCM in UDP, to XFRM in UDP", ("vm", "insns", "running"), BULK,
           "aes128gcm in UDP", "xfrmi aes128gcm in UDP", least=1.5),
    Beside("TCP, 1 flow, NULL, to the better XFRM", ("uml",), BULK, "null", least=1.3),
    Beside("TCP, 1 flow, ChaCha20-Poly1305, to the better XFRM", ("uml",), BULK, "chacha20poly1305",
           least=1.1),
    Beside("TCP, 1 flow, AES-128-GCM, to the better XFRM", ("uml",), BULK, "aes128gcm", least=1.1),
    Beside("TCP, 1 flow, ChaCha20-Poly1305, to WireGuard", ("uml",), BULK, "chacha20poly1305",
           "wireguard", least=1.5),
    Beside("one SA, several CPUs to 1, 1400-byte UDP", FAST, LARGE, "aes128gcm",
           "ipsecvif on 1 CPU aes128gcm", least=1.7),
    Beside("one SA, several CPUs to 1, TCP, 1 flow", FAST, BULK, "aes128gcm",
           "ipsecvif on 1 CPU aes128gcm", least=1.7),
    Added("added latency, idle, to XFRM", ALL, LATENCY, "aes128gcm", most=0.7),
    Added("added latency, idle, to WireGuard", TIMED, LATENCY, "aes128gcm", "wireguard", most=0.5),
    Loads("100,000 SAs to 1", ALL, row(100000, True), row(1, True), least=0.9),
    Loads("100,000 selectors to 1", ALL, row(100000, False), row(1, False), least=0.85),
    Beside("SA pairs with selectors set up, to ip -batch", ALL, "SA pairs with selectors set up",
           "aes128gcm", "xfrm aes128gcm", least=3),
    Beside("memory of an SA pair with selectors, to XFRM", TIMED, "memory of an SA pair with selectors",
           "aes128gcm", "xfrm aes128gcm", most=0.6),
    Beside("1400-byte UDP, AES-128-GCM, to the cipher alone", TIMED, LARGE, "aes128gcm",
           "crypto alone aes128gcm", least=0.75),
    Beside("1400-byte UDP, ChaCha20-Poly1305, to the cipher alone", TIMED, LARGE, "chacha20poly1305",
           "crypto alone chacha20poly1305", least=0.75),
]


def judged(results):
    """[{goal, environment, wanted, median, min, max, verdict}]; the readings of a goal that
    was not measured are None."""
    found = []
    for goal in GOALS:
        for result in results:
            if result["environment"] not in goal.environments:
                continue
            got = goal.found(result["rows"])
            middle = statistics.median(got) if got else None
            found.append({
                "goal": goal.what, "environment": result["environment"], "wanted": goal.wanted(),
                "median": middle, "min": min(got, default=None) if got else None,
                "max": max(got) if got else None,
                "verdict": goal.verdict(middle) if got else "not measured"})
    return found
