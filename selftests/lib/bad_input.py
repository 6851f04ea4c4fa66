#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad requests to the ipsecvif netlink family, as "ok DESCRIPTION" and "not ok
DESCRIPTION" lines. Each must be refused with an errno, a sentence, and no
change at all. Run in the namespace of the device ipsec0.

bad_input.py all|foreign|unprivileged
"""
import errno
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from genl import (NLM_F_ACK, NLM_F_DUMP, Genl, attr, be16, be32, constants, nest, parse, u8, u32,
                  u64)

C = constants()
SPI_OUT, SPI_IN = 0x1001, 0x1002


def ip(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def device():
    return attr(C["A_IFNAME"], "ipsec0")


class Fields(dict):
    """The attributes of a nest, by their short names, to change before use."""

    def but(self, **changes):
        fields = Fields(self)
        for name, value in changes.items():
            if value is None:
                fields.pop(name, None)
            else:
                fields[name] = value
        return fields

    def nest(self, outer, prefix, extra=b""):
        return nest(C[outer], *[attr(C[prefix + name], value) for name, value in self.items()],
                    extra)


def sa(fields, extra=b""):
    return fields.nest("A_SA", "SA_A_", extra)


def selector(fields, extra=b""):
    return fields.nest("A_SELECTOR", "SEL_A_", extra)


OUT = Fields(DIR=u8(C["DIR_OUT"]), SPI=be32(SPI_OUT), SRC=ip("203.0.113.10"),
             DST=ip("198.51.100.7"), PROTO=u8(50), MODE=u8(C["MODE_TUNNEL"]),
             AEAD_NAME="rfc4106(gcm(aes))", AEAD_KEY=bytes(range(20)), AEAD_ICV_BITS=u32(128),
             FLAGS=u32(1), TIME_SOFT=u64(100), TIME_HARD=u64(200), BYTE_SOFT=u64(1 << 30),
             BYTE_HARD=u64(1 << 31), PACKET_SOFT=u64(1 << 20), PACKET_HARD=u64(1 << 21),
             IDLE_SOFT=u64(300), IDLE_HARD=u64(400))
IN = OUT.but(DIR=u8(C["DIR_IN"]), SPI=be32(SPI_IN), SRC=ip("198.51.100.7"),
             DST=ip("203.0.113.10"), AEAD_KEY=bytes(range(20, 40)), REPLAY_WINDOW=u32(64))
CBC = OUT.but(AEAD_NAME=None, AEAD_KEY=None, AEAD_ICV_BITS=None, ENC_NAME="cbc(aes)",
              ENC_KEY=bytes(16), AUTH_NAME="hmac(sha256)", AUTH_KEY=bytes(32),
              AUTH_TRUNC_BITS=u32(128))
AH = CBC.but(PROTO=u8(51), ENC_NAME=None, ENC_KEY=None)
COMP = OUT.but(COMP_NAME="deflate", CPI=be16(0x1234))
SELECTOR = Fields(SRC=ip("10.1.0.0"), SRC_PREFIX=u8(16), DST=ip("10.2.0.0"), DST_PREFIX=u8(16),
                  PROTO=u8(6), SPORT_MIN=be16(1), SPORT_MAX=be16(1000), DPORT_MIN=be16(80),
                  DPORT_MAX=be16(443))
REPLY_ONLY = ("IFINDEX", "PACKETS", "BYTES", "AGE", "IDLE", "REPLAYS", "ICV_FAILURES", "MTU",
              "DRIVER", "SELECTOR")


class Tester:
    def __init__(self):
        self.genl = Genl()

    def state(self):
        """Everything that a request may change, and time does not."""
        seen = []
        for command in ("CMD_DEV_GET", "CMD_SA_GET", "CMD_SELECTOR_GET"):
            attrs = device() if command == "CMD_SELECTOR_GET" else b""
            answer = self.genl.request(C[command], attrs, NLM_F_ACK | NLM_F_DUMP)
            seen.append(answer.errno)
            for kind, nested in (item for reply in answer.replies for item in parse(reply)):
                if kind == C["A_SA"]:
                    nested = [item for item in parse(nested)
                              if item[0] not in (C["SA_A_AGE"], C["SA_A_IDLE"])]
                seen.append((kind, nested))
        return seen

    def refused(self, description, command, attrs, wanted=(errno.EINVAL,), quiet=False, flags=0):
        """One bad request. quiet: the generic code refuses it before us, without words."""
        before = self.state()
        answer = self.genl.request(C[command], attrs, NLM_F_ACK | flags)
        problem = ""
        if not answer.errno:
            problem = "it was accepted"
        elif wanted and answer.errno not in wanted:
            problem = "errno %s, wanted %s; %s" % (
                errno.errorcode.get(answer.errno, answer.errno),
                " or ".join(errno.errorcode[number] for number in wanted), answer.message)
        elif not quiet and not answer.message and not answer.pointed:
            problem = "no sentence came with errno %s" % errno.errorcode.get(answer.errno)
        elif self.state() != before:
            problem = "it was refused, and yet changed something"
        result(description, problem)
        if problem == "it was accepted" and command == "CMD_SA_ADD":
            self.genl.request(C["CMD_SA_FLUSH"], device())
        if problem == "it was accepted" and command == "CMD_SELECTOR_ADD":
            self.genl.request(C["CMD_SELECTOR_FLUSH"], device())

    def accepted(self, description, command, attrs):
        answer = self.genl.request(C[command], attrs)
        result(description, answer.errno and "errno %s: %s" % (
            errno.errorcode.get(answer.errno), answer.message))
        return answer


def result(description, problem):
    print("%s %s" % ("not ok" if problem else "ok", description))
    if problem:
        print("# " + problem)


def nest_attributes(tester, fields, build, title, command, required):
    """Every attribute of a nest: missing, too short, too long; and unknown ones."""
    for name, value in fields.items():
        if name in required:
            tester.refused("%s without %s" % (title, name), command,
                           device() + build(fields.but(**{name: None})))
        raw = value.encode() + b"\0" if isinstance(value, str) else value
        tester.refused("%s with an empty %s" % (title, name), command,
                       device() + build(fields.but(**{name: b""})), ANY_REFUSAL)
        if not name.endswith("_KEY") or len(raw) != 32:
            tester.refused("%s with a short %s" % (title, name), command,
                           device() + build(fields.but(**{name: raw[:-1]})), ANY_REFUSAL)
        long = "x" * 300 if isinstance(value, str) else raw + b"\x01" * 129
        tester.refused("%s with a long %s" % (title, name), command,
                       device() + build(fields.but(**{name: long})), ANY_REFUSAL)
    tester.refused("%s with an unknown attribute" % title, command,
                   device() + build(fields, attr(200, b"1234")))
    tester.refused("%s with an attribute of type 0" % title, command,
                   device() + build(fields, attr(0, b"1234")))


ANY_REFUSAL = (errno.EINVAL, errno.ERANGE, errno.ENOENT, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT,
               errno.EAFNOSUPPORT, errno.ENOTSUP)


def sa_attributes(tester):
    nest_attributes(tester, OUT, sa, "an outbound SA", "CMD_SA_ADD",
                    ("DIR", "SPI", "AEAD_NAME", "AEAD_KEY"))
    nest_attributes(tester, IN.but(TIME_SOFT=None, TIME_HARD=None), sa, "an inbound SA",
                    "CMD_SA_ADD", ("DIR", "AEAD_NAME", "AEAD_KEY"))
    nest_attributes(tester, CBC, sa, "an SA with AES-CBC", "CMD_SA_ADD",
                    ("ENC_NAME", "ENC_KEY", "AUTH_NAME", "AUTH_KEY"))
    nest_attributes(tester, AH, sa, "an SA of AH", "CMD_SA_ADD", ("AUTH_NAME", "AUTH_KEY"))
    nest_attributes(tester, COMP, sa, "an SA with compression", "CMD_SA_ADD", ("COMP_NAME",))
    for name in REPLY_ONLY:
        value = {"DRIVER": "x", "IFINDEX": u32(1), "MTU": u32(1), "SELECTOR": b""}.get(name, u64(1))
        tester.refused("an SA with %s, which is for replies" % name, "CMD_SA_ADD",
                       device() + sa(OUT.but(**{name: value})))


def sa_values(tester):
    cases = {
        "a direction that there is not": OUT.but(DIR=u8(2)),
        "SPI 0 outbound": OUT.but(SPI=be32(0)),
        "a reserved SPI": OUT.but(SPI=be32(255)),
        "a reserved SPI inbound": IN.but(SPI=be32(1)),
        "an SPI of the kernel's range that was not reserved": IN.but(SPI=be32(0xD0000007)),
        "mode 7": OUT.but(MODE=u8(7)),
        "protocol TCP": OUT.but(PROTO=u8(6)),
        "an unknown AEAD": OUT.but(AEAD_NAME="rfc4106(gcm(rot13))"),
        "an AEAD that is no cipher for ESP": OUT.but(AEAD_NAME="gcm(aes)"),
        "a hash for an AEAD": OUT.but(AEAD_NAME="hmac(sha256)"),
        "a key of 17 bytes for AES-GCM": OUT.but(AEAD_KEY=bytes(17)),
        "a key without its salt": OUT.but(AEAD_KEY=bytes(16)),
        "an ICV of 96 bits with HMAC-SHA256": CBC.but(AUTH_TRUNC_BITS=u32(40)),
        "an ICV of 7 bits": OUT.but(AEAD_ICV_BITS=u32(7)),
        "an ICV of 0 bits": OUT.but(AEAD_ICV_BITS=u32(0)),
        "an ICV of 4 GiB": OUT.but(AEAD_ICV_BITS=u32(0xFFFFFFFF)),
        "AEAD and encryption": OUT.but(ENC_NAME="cbc(aes)", ENC_KEY=bytes(16)),
        "AEAD and authentication": OUT.but(AUTH_NAME="hmac(sha256)", AUTH_KEY=bytes(32)),
        "encryption without authentication": CBC.but(AUTH_NAME=None, AUTH_KEY=None,
                                                     AUTH_TRUNC_BITS=None),
        "no algorithm at all": CBC.but(AUTH_NAME=None, AUTH_KEY=None, AUTH_TRUNC_BITS=None,
                                       ENC_NAME=None, ENC_KEY=None),
        "a key of 15 bytes for AES-CBC": CBC.but(ENC_KEY=bytes(15)),
        "an authentication key of 1 byte": CBC.but(AUTH_KEY=b"x"),
        "a replay window of 31": IN.but(REPLAY_WINDOW=u32(31)),
        "a replay window of 4097": IN.but(REPLAY_WINDOW=u32(4097)),
        "a replay window of 4 billion": IN.but(REPLAY_WINDOW=u32(0xFFFFFFFF)),
        "no replay window with ESN": IN.but(REPLAY_WINDOW=u32(0)),
        "a replay window outbound": OUT.but(REPLAY_WINDOW=u32(64)),
        "a flag that there is not": OUT.but(FLAGS=u32(0x80000000)),
        "a flag for replies": OUT.but(FLAGS=u32(2)),
        "addresses of two families": OUT.but(SRC=ip("fd00::1")),
        "an address of 5 bytes": OUT.but(SRC=b"\x01\x02\x03\x04\x05"),
        "a multicast destination": OUT.but(DST=ip("224.0.0.1")),
        "one UDP port of two": OUT.but(ENCAP_SPORT=be16(4500)),
        "the other UDP port": OUT.but(ENCAP_DPORT=be16(4500)),
        "UDP port 0": OUT.but(ENCAP_SPORT=be16(0), ENCAP_DPORT=be16(4500)),
        "AH and encryption": AH.but(ENC_NAME="cbc(aes)", ENC_KEY=bytes(16)),
        "AH and an AEAD": OUT.but(PROTO=u8(51)),
        "AH in UDP": AH.but(ENCAP_SPORT=be16(4500), ENCAP_DPORT=be16(4500)),
        "AH and padding": AH.but(TFC=u32(1000)),
        "AH and an unknown hash": AH.but(AUTH_NAME="hmac(rot13)"),
        "an unknown compression": COMP.but(COMP_NAME="lzs"),
        "CPI 0": COMP.but(CPI=be16(0)),
        "the CPI of another compression": COMP.but(CPI=be16(3)),
        "a reserved CPI": COMP.but(CPI=be16(255)),
        "compression and padding": COMP.but(TFC=u32(1000)),
        "a soft limit above the hard one": OUT.but(PACKET_SOFT=u64(1 << 22)),
        "a soft idle limit above the hard one": OUT.but(IDLE_SOFT=u64(401)),
    }
    for title, fields in cases.items():
        tester.refused("an SA with " + title, "CMD_SA_ADD", device() + sa(fields), ANY_REFUSAL)


def sa_requests(tester):
    tester.refused("SA_ADD without an SA", "CMD_SA_ADD", device())
    tester.refused("SA_ADD with three SAs", "CMD_SA_ADD",
                   device() + sa(OUT) + sa(IN) + sa(OUT.but(SPI=be32(0x1003))))
    tester.refused("SA_ADD with two outbound SAs", "CMD_SA_ADD",
                   device() + sa(OUT) + sa(OUT.but(SPI=be32(0x1003), AEAD_KEY=bytes(20))))
    tester.refused("a pair of which the second is bad", "CMD_SA_ADD",
                   device() + sa(IN) + sa(OUT.but(AEAD_KEY=bytes(17))))
    tester.refused("a pair with a bad selector", "CMD_SA_ADD",
                   device() + sa(IN) + sa(OUT) + selector(SELECTOR.but(SRC_PREFIX=u8(33))))
    tester.refused("SA_ADD with an empty nest", "CMD_SA_ADD", device() + nest(C["A_SA"]))
    tester.refused("an SA that is no nest", "CMD_SA_ADD", device() + attr(C["A_SA"], b"junk"))
    tester.accepted("a good pair is accepted", "CMD_SA_ADD", device() + sa(IN) + sa(OUT))
    tester.refused("an inbound SPI in use", "CMD_SA_ADD",
                   device() + sa(IN.but(AEAD_KEY=bytes(20))), (errno.EEXIST,))
    tester.refused("an outbound SPI in use", "CMD_SA_ADD",
                   device() + sa(OUT.but(AEAD_KEY=bytes(20))), (errno.EEXIST,))
    tester.refused("key and salt of a live outbound SA", "CMD_SA_ADD",
                   device() + sa(OUT.but(SPI=be32(0x1003))), (errno.EEXIST,))
    tester.accepted("an SA of AH is accepted", "CMD_SA_ADD",
                    device() + sa(AH.but(SPI=be32(0x1004))))
    tester.refused("SA_UPDATE that puts AH in UDP", "CMD_SA_UPDATE",
                   device() + sa(Fields(DIR=u8(1), SPI=be32(0x1004), ENCAP_SPORT=be16(4500),
                                        ENCAP_DPORT=be16(4500))))
    tester.accepted("and deleted", "CMD_SA_DEL",
                    device() + sa(Fields(DIR=u8(1), SPI=be32(0x1004))))
    tester.refused("SA_GET of an SA that there is not", "CMD_SA_GET",
                   device() + sa(Fields(DIR=u8(0), SPI=be32(0x9999))), (errno.ENOENT,))
    tester.refused("SA_DEL of an SA that there is not", "CMD_SA_DEL",
                   device() + sa(Fields(DIR=u8(0), SPI=be32(0x9999))), (errno.ENOENT,))
    tester.refused("SA_DEL of one that is and one that is not", "CMD_SA_DEL",
                   device() + sa(Fields(DIR=u8(0), SPI=be32(SPI_IN))) +
                   sa(Fields(DIR=u8(1), SPI=be32(0x9999))), (errno.ENOENT,))
    tester.refused("SA_UPDATE of the key", "CMD_SA_UPDATE",
                   device() + sa(Fields(DIR=u8(1), SPI=be32(SPI_OUT), AEAD_KEY=bytes(20))))
    tester.refused("SA_UPDATE of an SA that there is not", "CMD_SA_UPDATE",
                   device() + sa(Fields(DIR=u8(1), SPI=be32(0x9999), TIME_HARD=u64(9))),
                   (errno.ENOENT,))
    answer = tester.accepted("SA_GET tells of the good one", "CMD_SA_GET",
                             device() + sa(Fields(DIR=u8(1), SPI=be32(SPI_OUT))))
    data = b"".join(answer.replies)
    result("and not its key", OUT["AEAD_KEY"] in data or OUT["AEAD_KEY"][:8] in data)
    tester.accepted("the pair is deleted", "CMD_SA_DEL",
                    device() + sa(Fields(DIR=u8(0), SPI=be32(SPI_IN))) +
                    sa(Fields(DIR=u8(1), SPI=be32(SPI_OUT))))


TYPED = Fields(SRC=ip("10.1.0.0"), SRC_PREFIX=u8(16), DST=ip("10.2.0.0"), DST_PREFIX=u8(16),
               PROTO=u8(1), ICMP_TYPE_MIN=u8(8))


def selectors(tester):
    nest_attributes(tester, SELECTOR, selector, "a selector", "CMD_SELECTOR_ADD",
                    ("SRC", "SRC_PREFIX", "DST", "DST_PREFIX"))
    cases = {
        "host bits": SELECTOR.but(SRC=ip("10.1.0.1")),
        "a prefix of 33": SELECTOR.but(DST_PREFIX=u8(33)),
        "two families": SELECTOR.but(DST=ip("fd02::")),
        "ports and no protocol": SELECTOR.but(PROTO=None),
        "ports and ICMP": SELECTOR.but(PROTO=u8(1)),
        "ports from high to low": SELECTOR.but(SPORT_MIN=be16(2000)),
        "an SPI that there is not": SELECTOR.but(SPI=be32(0x9999)),
        "a prefix and a range": SELECTOR.but(SRC_MAX=ip("10.1.0.9")),
        "neither prefix nor range": SELECTOR.but(SRC_PREFIX=None),
        "a range from high to low": SELECTOR.but(SRC_PREFIX=None, SRC_MAX=ip("10.0.255.255")),
        "a range over two families": SELECTOR.but(SRC_PREFIX=None, SRC_MAX=ip("fd02::")),
        "a range of 5 bytes": SELECTOR.but(SRC_PREFIX=None, SRC_MAX=b"12345"),
        "a type and no ICMP": SELECTOR.but(ICMP_TYPE_MIN=u8(8)),
        "a type of the other family": TYPED.but(PROTO=u8(58)),
        "a code and no type": TYPED.but(ICMP_TYPE_MIN=None, ICMP_CODE_MIN=u8(1)),
        "types from high to low": TYPED.but(ICMP_TYPE_MAX=u8(7)),
        "codes from high to low": TYPED.but(ICMP_CODE_MIN=u8(2), ICMP_CODE_MAX=u8(1)),
        "only the last of its types": TYPED.but(ICMP_TYPE_MIN=None, ICMP_TYPE_MAX=u8(9)),
        "types and ports": TYPED.but(SPORT_MIN=be16(1)),
    }
    for title, fields in cases.items():
        tester.refused("a selector with " + title, "CMD_SELECTOR_ADD",
                       device() + selector(fields), (errno.EINVAL, errno.ENOENT))
    tester.refused("SELECTOR_ADD without a selector", "CMD_SELECTOR_ADD", device())
    many = b"".join(selector(Fields(SRC=ip("10.1.%d.%d" % (i >> 8, i & 255)), SRC_PREFIX=u8(32),
                                    DST=ip("10.2.0.0"), DST_PREFIX=u8(16))) for i in range(257))
    tester.refused("257 selectors in one request", "CMD_SELECTOR_ADD", device() + many,
                   (errno.EINVAL, errno.E2BIG))
    tester.accepted("a good selector is accepted", "CMD_SELECTOR_ADD", device() + selector(SELECTOR))
    tester.refused("the same once more", "CMD_SELECTOR_ADD", device() + selector(SELECTOR),
                   (errno.EEXIST,))
    tester.refused("a new one and the same once more", "CMD_SELECTOR_ADD",
                   device() + selector(SELECTOR.but(DST_PREFIX=u8(24))) + selector(SELECTOR),
                   (errno.EEXIST,))
    tester.refused("SELECTOR_DEL of one that is not", "CMD_SELECTOR_DEL",
                   device() + selector(SELECTOR.but(PROTO=u8(17))), (errno.ENOENT,))
    tester.accepted("the good one is deleted", "CMD_SELECTOR_DEL", device() + selector(SELECTOR))


def dev(*attrs):
    return nest(C["A_DEV"], *attrs)


# What a request needs besides the device, to be right but for the device.
BODIES = {
    "CMD_DEV_SET": dev(attr(C["DEV_A_TTL"], u8(9))),
    "CMD_SA_ADD": sa(OUT),
    "CMD_SA_DEL": sa(Fields(DIR=u8(1), SPI=be32(SPI_OUT))),
    "CMD_SPI_ALLOC": attr(C["A_PROTO"], u8(50)),
    "CMD_SELECTOR_ADD": selector(SELECTOR),
}


def devices(tester):
    named = ("CMD_DEV_SET", "CMD_SPI_ALLOC", "CMD_SA_ADD", "CMD_SA_DEL", "CMD_SA_FLUSH",
             "CMD_SELECTOR_ADD", "CMD_SELECTOR_FLUSH")
    for command in named:
        tester.refused("%s without a device" % command[4:], command, b"")
        tester.refused("%s with a device that there is not" % command[4:], command,
                       attr(C["A_IFNAME"], "nosuch0") + BODIES.get(command, b""), (errno.ENODEV,))
    tester.refused("a device of another kind", "CMD_DEV_GET", attr(C["A_IFNAME"], "lo"),
                   (errno.ENODEV, errno.EINVAL, errno.EOPNOTSUPP))
    tester.refused("a device name of 16 bytes", "CMD_DEV_GET",
                   attr(C["A_IFNAME"], "a" * 16), ANY_REFUSAL + (errno.ENODEV,))
    tester.refused("a device index of 2 bytes", "CMD_DEV_GET", attr(C["A_IFINDEX"], b"ab"),
                   ANY_REFUSAL)
    tester.refused("a device index that there is not", "CMD_DEV_GET",
                   attr(C["A_IFINDEX"], u32(0x7FFFFFFF)), (errno.ENODEV,))
    tester.refused("an unknown attribute at the top", "CMD_DEV_GET",
                   device() + attr(300, b"1234"))
    tester.refused("DEV_SET without anything to set", "CMD_DEV_SET", device())
    values = {
        "a DF that there is not": attr(C["DEV_A_DF"], u8(3)),
        "a DSCP that there is not": attr(C["DEV_A_DSCP"], u8(2)),
        "MTU_AUTO 0": attr(C["DEV_A_MTU_AUTO"], u8(0)),
        "MTU_AUTO 2": attr(C["DEV_A_MTU_AUTO"], u8(2)),
        "a local address of 3 bytes": attr(C["DEV_A_LOCAL"], b"abc"),
        "a multicast remote": attr(C["DEV_A_REMOTE"], ip("224.0.0.1")),
        "an underlay that there is not": attr(C["DEV_A_UNDERLAY"], u32(0x7FFFFFFF)),
        "the MTU, which is for replies": attr(C["DEV_A_MTU"], u32(1400)),
        "the carrier, which is for replies": attr(C["DEV_A_CARRIER"], u8(1)),
        "a name, which is for replies": attr(C["DEV_A_IFNAME"], "other0"),
        "an unknown attribute": attr(200, b"1234"),
        "a mark of 2 bytes": attr(C["DEV_A_FWMARK"], b"ab"),
    }
    for title, value in values.items():
        tester.refused("DEV_SET with " + title, "CMD_DEV_SET", device() + dev(value),
                       ANY_REFUSAL + (errno.ENODEV, ))
    tester.refused("DEV_SET of a good and a bad attribute", "CMD_DEV_SET",
                   device() + dev(attr(C["DEV_A_TTL"], u8(9)), attr(C["DEV_A_DF"], u8(9))),
                   ANY_REFUSAL)


def other(tester):
    for name in ("ACQUIRE_NTF", "EXPIRE_NTF", "SA_ADD_NTF"):
        tester.refused("a request with the number of the event " + name, "CMD_" + name, device(),
                       (errno.EOPNOTSUPP,), quiet=True)
    C["CMD_99"] = 99
    tester.refused("an unknown command", "CMD_99", device(), (errno.EOPNOTSUPP,), quiet=True)
    tester.refused("SPI_ALLOC for TCP", "CMD_SPI_ALLOC", device() + attr(C["A_PROTO"], u8(6)),
                   ANY_REFUSAL)
    tester.refused("SOCK_ATTACH without a socket", "CMD_SOCK_ATTACH", b"")
    tester.refused("SOCK_ATTACH of a closed descriptor", "CMD_SOCK_ATTACH",
                   attr(C["A_SOCK_FD"], struct.pack("=i", 999)), (errno.EBADF,))
    tester.refused("SOCK_ATTACH of descriptor -1", "CMD_SOCK_ATTACH",
                   attr(C["A_SOCK_FD"], struct.pack("=i", -1)), (errno.EBADF, errno.EINVAL))
    with open("/dev/null") as file:
        tester.refused("SOCK_ATTACH of a file", "CMD_SOCK_ATTACH",
                       attr(C["A_SOCK_FD"], struct.pack("=i", file.fileno())),
                       (errno.ENOTSOCK, errno.EINVAL))
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tester.refused("SOCK_ATTACH of a TCP socket", "CMD_SOCK_ATTACH",
                       attr(C["A_SOCK_FD"], struct.pack("=i", tcp.fileno())),
                       (errno.EINVAL, errno.EPROTOTYPE, errno.ESOCKTNOSUPPORT, errno.EOPNOTSUPP,
                        errno.EPROTONOSUPPORT))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tester.refused("SOCK_DETACH of a socket never attached", "CMD_SOCK_DETACH",
                       attr(C["A_SOCK_FD"], struct.pack("=i", udp.fileno())),
                       (errno.EINVAL, errno.ENOENT, errno.ENOTCONN))


def foreign():
    """In another namespace than ipsec0's: there is no such device here."""
    tester = Tester()
    for command in ("CMD_DEV_GET", "CMD_DEV_SET", "CMD_SA_ADD", "CMD_SA_FLUSH", "CMD_SELECTOR_FLUSH",
                    "CMD_SPI_ALLOC"):
        tester.refused("%s from another namespace" % command[4:], command,
                       device() + BODIES.get(command, b""), (errno.ENODEV,))
    dump = tester.genl.request(C["CMD_SA_GET"], b"", NLM_F_ACK | NLM_F_DUMP)
    result("a dump from another namespace shows nothing", dump.replies)


def unprivileged():
    """Without CAP_NET_ADMIN: the generic code refuses all, reading too."""
    genl = Genl()
    for name in ("DEV_GET", "DEV_SET", "SA_ADD", "SA_GET", "SA_DEL", "SA_FLUSH", "SELECTOR_ADD",
                 "SELECTOR_FLUSH", "SPI_ALLOC", "SOCK_ATTACH", "SOCK_DETACH"):
        answer = genl.request(C["CMD_" + name], device() + sa(OUT))
        result("%s without privilege" % name, answer.errno != errno.EPERM and
               "errno %s" % answer.errno)
    for name in ("DEV_GET", "SA_GET", "SELECTOR_GET", "DROPS_GET"):
        answer = genl.request(C["CMD_" + name], device(), NLM_F_ACK | NLM_F_DUMP)
        result("a dump by %s without privilege" % name, answer.errno != errno.EPERM and
               "errno %s and %d replies" % (answer.errno, len(answer.replies)))


def everything():
    tester = Tester()
    devices(tester)
    sa_attributes(tester)
    sa_values(tester)
    sa_requests(tester)
    selectors(tester)
    other(tester)


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "all":
        everything()
    elif what == "foreign":
        foreign()
    elif what == "unprivileged":
        unprivileged()
