#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every kind of SA against in-kernel XFRM, as TAP lines without numbers.

matrix.py list|run [pairs|full]

The cases are generated from what the module says it can do (CAPS_GET), crossed
with mode, outer and inner protocol, sequence numbers, encapsulation and window.
CASES=REGEX picks some by their titles. `pairs` (the default) takes a covering array of them, in which any two values that
can meet do; `full` takes all. What EXPECTED names and the module lacks fails;
what XFRM lacks is skipped in XFRM's words.

Run by matrix.sh, which lays out the network (lib/topology.sh). Each case: a pair
of SAs on the left gateway, states and policies on the right one, pings of many
sizes from both ends, TCP with GSO back and forth, and then the counters.
"""
import errno
import os
import re
import socket
import subprocess
import sys
import time
from itertools import product

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ipsecvif import AH, C, ESP, Ipsecvif, algorithms, sa
from netns import Netns, write_in
from pairwise import cover
from traffic import Pinger, tcp_back_and_forth
from xfrm import (MODE_TRANSPORT, MODE_TUNNEL, Algorithms, Xfrm, encap_socket, statistics)

# What the README promises, whether the running module knows of it or not.
EXPECTED = {
    "rfc4106(gcm(aes))", "rfc4309(ccm(aes))", "rfc7539esp(chacha20,poly1305)",
    "rfc4543(gcm(aes))", "rfc8750(gcm(aes))", "rfc8750(chacha20,poly1305)", "cbc(aes)",
    "rfc3686(ctr(aes))", "ecb(cipher_null)", "cbc(des3_ede)", "hmac(sha1)", "hmac(sha256)",
    "hmac(sha384)", "hmac(sha512)", "hmac(md5)", "xcbc(aes)", "cmac(aes)",
}
PROTOS, MODES, OUTERS = ("esp", "ah"), ("tunnel", "transport"), (4, 6)
UDPS = ("none", "udp", "udp-sum")
WINDOWS = (0, 32, 64, 4096)
SLOW = 2
SA_F_ESN, SA_F_LEGACY = 1, 8

ADDRESSES = {
    "left": {4: os.environ["LEFT"], 6: os.environ["LEFT6"]},
    "right": {4: os.environ["RIGHT"], 6: os.environ["RIGHT6"]},
    "hosta": {4: os.environ["HOST_A"], 6: os.environ["HOST_A6"]},
    "hostb": {4: os.environ["HOST_B"], 6: os.environ["HOST_B6"]},
}
SITES = {"hosta": {4: os.environ["SITE_A"], 6: os.environ["SITE_A6"]},
         "hostb": {4: os.environ["SITE_B"], 6: os.environ["SITE_B6"]}}
BEHIND = {"left": "hosta", "right": "hostb"}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
NAT_T_PORT = 4500
DIR_IN, DIR_OUT = C["DIR_IN"], C["DIR_OUT"]


def say(result, description, *explanation):
    print("%s %s" % (result, description))
    for line in explanation:
        print("# " + line)
    sys.stdout.flush()


def batch(netns, commands):
    subprocess.run(["ip", "-n", netns, "-batch", "-"], input=commands.encode(), check=True)


def errors_of(netns):
    with Netns(netns):
        return statistics()


def errors_since(netns, before):
    return {name: count - before.get(name, 0) for name, count in errors_of(netns).items()
            if count != before.get(name)}


class Failure(Exception):
    pass


class Refused(Exception):
    """By XFRM, in its words."""


def transforms(caps):
    """[{proto, cipher, key, auth, icv}], of all that the algorithms allow."""
    kinds = {kind: [alg for alg in caps if alg["kind"] == C["ALG_" + kind]]
             for kind in ("AEAD", "ENC", "AUTH")}
    found = []
    for alg in kinds["AEAD"]:
        for key, icv in product(alg["key_bits"], alg["icv_bits"]):
            found.append(("esp", alg["name"], key, "none", icv))
    for enc, auth in product(kinds["ENC"], kinds["AUTH"]):
        for key, icv in product(enc["key_bits"] or [0], auth["icv_bits"]):
            found.append(("esp", enc["name"], key, auth["name"], icv))
    if "ah" in PROTOS:
        for auth in kinds["AUTH"]:
            if auth["ah"]:
                found += [("ah", "none", 0, auth["name"], icv) for icv in auth["icv_bits"]]
    return [dict(zip(("proto", "cipher", "key", "auth", "icv"), one)) for one in found]


def circumstances():
    """[{mode, outer, inner, esn, udp, window}] that make sense together."""
    found = []
    for mode, outer, inner, esn, udp, window in product(
            MODES, OUTERS, (4, 6), (False, True), UDPS, WINDOWS):
        if mode == "transport" and inner != outer:
            continue  # there is but one IP header
        if esn and not window:
            continue  # RFC 4303 3.3.3
        if udp == "udp-sum" and outer == 6:
            continue  # over IPv6 there always is a checksum
        found.append({"mode": mode, "outer": outer, "inner": inner, "esn": esn, "udp": udp,
                      "window": window})
    return found


def all_cases(found):
    return [{**transform, **rest} for transform in found for rest in circumstances()
            if transform["proto"] == "esp" or rest["udp"] == "none"]  # AH through a NAT: no


def title(case):
    words = [case["proto"], case["mode"], "%d in %d" % (case["inner"], case["outer"])]
    if case["cipher"] != "none":
        words.append(case["cipher"] + (" %d" % case["key"] if case["key"] else ""))
    if case["auth"] != "none":
        words.append(case["auth"])
    words.append("icv %d" % case["icv"])
    words += ["esn"] * case["esn"]
    words += [case["udp"]] * (case["udp"] != "none")
    return ", ".join(words + ["window %d" % case["window"]])


class Matrix:
    def __init__(self):
        with Netns("left"):
            self.ours = Ipsecvif()
            self.ours_udp = self.udp_sockets("left")
        with Netns("right"):
            self.xfrm = Xfrm()
        self.udp = {}
        self.caps = self.ours.caps()
        self.by_name = {alg["name"]: alg for alg in self.caps}
        self.pingers = {}
        self.spi = 0x2000
        self.patience = int(os.environ.get("TIME_SCALE", "8"))

    def udp_sockets(self, where):
        """What the keyer does for ESP in UDP, for each outer protocol."""
        found = {}
        for outer in OUTERS:
            sock = socket.socket(FAMILY[outer], socket.SOCK_DGRAM)
            sock.bind((ADDRESSES[where][outer], NAT_T_PORT))
            answer = self.ours.attach(sock)
            if answer.errno:
                raise SystemExit("SOCK_ATTACH: " + answer.words())
            found[outer] = sock
        return found

    def encap(self, where, outer):
        """XFRM's socket for ESP in UDP, made when first needed."""
        if (where, outer) not in self.udp:
            with Netns(where):
                self.udp[where, outer] = encap_socket(FAMILY[outer], ADDRESSES[where][outer],
                                                      NAT_T_PORT)

    def algorithms(self, case):
        """New keys for a case."""
        if case["cipher"] == "none":
            return Algorithms(auth=self.auth(case))
        cipher = self.by_name[case["cipher"]]
        key = os.urandom((case["key"] + cipher["salt_bits"]) // 8)
        if cipher["kind"] == C["ALG_AEAD"]:
            return Algorithms(aead=(cipher["name"], key, case["icv"]))
        return Algorithms(enc=(cipher["name"], key), auth=self.auth(case))

    def auth(self, case):
        alg = self.by_name[case["auth"]]
        return alg["name"], os.urandom(alg["key_bits"][0] // 8), case["icv"]

    def legacy(self, case):
        return any(self.by_name[case[name]]["legacy"] for name in ("cipher", "auth")
                   if case[name] != "none")

    # XFRM on the right gateway, or, to try itself, on the left one

    def xfrm_up(self, xfrm, here, there, case, here_to_there, there_to_here):
        outer, mode = case["outer"], MODE_TUNNEL if case["mode"] == "tunnel" else MODE_TRANSPORT
        local, remote = ADDRESSES[here][outer], ADDRESSES[there][outer]
        proto = ESP if case["proto"] == "esp" else AH
        encap = None
        if case["udp"] != "none":
            self.encap(here, outer)
            encap = (NAT_T_PORT, NAT_T_PORT)
        # The left one's outbound SPI is even.
        spi_out = self.spi + (here == "right")
        spi_in = self.spi + (here == "left")
        for src, dst, spi, keys in ((local, remote, spi_out, here_to_there),
                                    (remote, local, spi_in, there_to_here)):
            answer = xfrm.state_add(src, dst, spi, proto, keys, mode, case["esn"],
                                    case["window"] or 32, encap)
            if answer.errno:
                raise Refused(answer.words())
        if mode == MODE_TUNNEL:
            mine, theirs = (SITES[BEHIND[gateway]][case["inner"]] for gateway in (here, there))
        else:
            bits = "/32" if outer == 4 else "/128"
            mine, theirs = local + bits, remote + bits
        answer = xfrm.policies(mine, theirs, local, remote, proto, mode)
        if answer.errno:
            raise Failure("XFRM policy: " + answer.words())

    def control(self, case):
        """A case that failed, between XFRM and XFRM: what fails there, too, is no
        test of ours. Returns why it failed, or None."""
        keys = self.algorithms(case), self.algorithms(case)
        routes = "".join("route %%s %s dev ipsec0%s\n" % (to, source) for to, source in (
            (SITES["hostb"][4], ""), (SITES["hostb"][6], ""),
            (ADDRESSES["right"][4], " src " + ADDRESSES["left"][4]),
            (ADDRESSES["right"][6], " src " + ADDRESSES["left"][6])))
        for sock in self.ours_udp.values():
            sock.close()
        with Netns("left"):
            xfrm = Xfrm()
        batch("left", routes.replace("%s", "del"))
        errors = errors_of("right")
        try:
            self.xfrm_up(self.xfrm, "right", "left", case, *keys[::-1])
            self.xfrm_up(xfrm, "left", "right", case, *keys)
            self.pings(case, 1400)
            return None
        except (Failure, Refused) as failure:
            return "%s, errors %s" % (failure, errors_since("right", errors))
        finally:
            xfrm.flush()
            self.down()
            batch("left", routes.replace("%s", "add"))
            for outer in OUTERS:
                self.udp.pop(("left", outer), socket.socket()).close()
            with Netns("left"):
                self.ours_udp = self.udp_sockets("left")

    # The left gateway

    def ours_up(self, case, ours_to_theirs, theirs_to_ours):
        outer = case["outer"]
        left, right = ADDRESSES["left"][outer], ADDRESSES["right"][outer]
        flags = (SA_F_ESN if case["esn"] else 0) | (SA_F_LEGACY if self.legacy(case) else 0)
        common = {
            "PROTO": ESP if case["proto"] == "esp" else AH,
            "MODE": C["MODE_TUNNEL" if case["mode"] == "tunnel" else "MODE_TRANSPORT"],
            "FLAGS": flags or None,
        }
        if case["udp"] != "none":
            common.update(ENCAP_SPORT=NAT_T_PORT, ENCAP_DPORT=NAT_T_PORT)
        if "udp-sum" in UDPS:
            answer = self.ours.set(UDP_CSUM=int(case["udp"] == "udp-sum"))
            if answer.errno:
                raise Failure("udp-csum: " + answer.words())
        answer = self.ours.sa_add(
            sa(DIR=DIR_IN, SPI=self.spi + 1, SRC=right, DST=left, REPLAY_WINDOW=case["window"],
               **common, **algorithms(theirs_to_ours)),
            sa(DIR=DIR_OUT, SPI=self.spi, SRC=left, DST=right, **common,
               **algorithms(ours_to_theirs)))
        if answer.errno:
            raise Failure("SA_ADD: %s (%s)" % (answer.words(), errno.errorcode[answer.errno]))

    def down(self):
        self.ours.sa_flush()
        self.xfrm.flush()
        for place in ADDRESSES:
            write_in(place, "/proc/sys/net/ipv4/route/flush", "1")
            write_in(place, "/proc/sys/net/ipv6/route/flush", "1")

    # What crosses

    def pinger(self, place, family):
        if (place, family) not in self.pingers:
            with Netns(place):
                self.pingers[place, family] = Pinger(FAMILY[family], self.patience)
        return self.pingers[place, family]

    def mtu(self):
        mtu = self.ours.settled_mtu(2 * self.patience)
        if not 1000 < mtu < 1500:
            raise Failure("the SA has an MTU of %d" % mtu)
        return mtu

    def pings(self, case, mtu):
        """From both ends, of all sizes; returns the ends."""
        ends = ("hosta", "hostb") if case["mode"] == "tunnel" else ("left", "right")
        family = case["inner"]
        edge = mtu - (28 if family == 4 else 48)
        sizes = (0, 1, 56, edge - 1, edge, edge + 1, 9000)
        for src, dst in (ends, ends[::-1]):
            lost = self.pinger(src, family).ping(ADDRESSES[dst][family], sizes, edge)
            if lost:
                raise Failure("no answer from %s to pings of %s bytes" % (
                    dst, ", ".join(map(str, lost))))
        return ends

    def traffic(self, case):
        family = case["inner"]
        ends = self.pings(case, self.mtu())
        problem = tcp_back_and_forth(ends, FAMILY[family], ADDRESSES[ends[1]][family],
                                     self.patience)
        if problem:
            raise Failure("TCP: " + problem)

    def counters(self, drops, errors):
        for direction, name in ((DIR_OUT, "outbound"), (DIR_IN, "inbound")):
            packets, nbytes = self.ours.sa_numbers(direction, "PACKETS", "BYTES")
            if packets < 100 or nbytes < 100000:
                raise Failure("the %s SA counts %d packets of %d bytes" % (name, packets, nbytes))
        dropped = self.ours.drops_since(drops)
        dropped.pop("too-big", None)  # whose senders were told, and learnt it
        for chatter in ("link-local", "transport"):  # multicast listener reports of the device
            dropped.pop(chatter, None)
        if dropped:
            raise Failure("we dropped " + str(dropped))
        errors = errors_since("right", errors)
        if errors:
            raise Failure("XFRM's errors are %s" % errors)

    def run(self, case):
        begun = time.monotonic()
        self.spi += 2
        keys = self.algorithms(case), self.algorithms(case)
        drops = self.ours.drops()
        errors = errors_of("right")
        try:
            self.xfrm_up(self.xfrm, "right", "left", case, *keys[::-1])
            self.ours_up(case, *keys)
            self.traffic(case)
            self.counters(drops, errors)
            say("ok", title(case))
        except Refused as refused:
            say("ok", title(case) + " # SKIP XFRM: " + str(refused))
        except Failure as failure:
            self.failed(case, failure, self.ours.drops_since(drops),
                        errors_since("right", errors))
        finally:
            self.down()
            if time.monotonic() - begun > SLOW:
                print("# that one took %.1f s" % (time.monotonic() - begun))

    def failed(self, case, failure, dropped, errors):
        self.down()
        xfrm_too = self.control(case)
        if xfrm_too:
            say("ok", "%s # SKIP XFRM with itself, too: %s" % (title(case), xfrm_too))
            return
        say("not ok", title(case), str(failure),
            "our drops: %s; XFRM's errors: %s" % (dropped, errors))

    # Which cases

    def known_to_xfrm(self, found):
        """What XFRM takes; a skip for each cipher or hash that it does not."""
        keep, said = [], set()
        for transform in found:
            keys = self.algorithms(transform)
            answer = self.xfrm.state_add(
                ADDRESSES["left"][4], ADDRESSES["right"][4], self.spi,
                ESP if transform["proto"] == "esp" else AH, keys)
            if not answer.errno:
                keep.append(transform)
                self.xfrm.flush()
                continue
            what = ", ".join(str(transform[name]) for name in ("proto", "cipher", "key", "auth", "icv")
                             if transform[name] not in ("none", 0))
            if what not in said:
                say("ok", "%s # SKIP XFRM: %s" % (what, answer.words()))
                said.add(what)
        return keep

    def cases(self, full):
        for name in sorted(EXPECTED - set(self.by_name)):
            say("not ok", name, "CAPS_GET does not offer it on this kernel")
        found = all_cases(self.known_to_xfrm(transforms(self.caps)))
        chosen = found if full else cover(found)
        wanted = os.environ.get("CASES")
        if wanted:
            chosen = [case for case in chosen if re.search(wanted, title(case))]
        print("# %d cases of %d%s" % (len(chosen), len(found),
                                      "" if full else ", in which all pairs of values meet"))
        return chosen


def stay_on_one_cpu():
    """veth hands a packet to the CPU that sends it: a sender that moves overtakes
    what it left behind, by more than a window of 32."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main():
    what, full = sys.argv[1], sys.argv[2:] == ["full"]
    begun = time.monotonic()
    stay_on_one_cpu()
    matrix = Matrix()
    cases = matrix.cases(full)
    print("# chosen in %.1f s" % (time.monotonic() - begun))
    for case in cases:
        if what == "list":
            print(title(case))
        else:
            matrix.run(case)
    print("# all in %.1f s" % (time.monotonic() - begun))


if __name__ == "__main__":
    main()
