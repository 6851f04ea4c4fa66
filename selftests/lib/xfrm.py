# SPDX-License-Identifier: MIT
"""In-kernel XFRM by netlink, as the peer that we did not write: states and
policies, with the kernel's own words where it refuses. struct names are those of
linux/xfrm.h."""
import socket
import struct

from genl import NLM_F_ACK, Netlink, attr

NETLINK_XFRM = 6
NEWSA, DELSA, GETSA, NEWPOLICY, FLUSHSA, FLUSHPOLICY = 0x10, 0x11, 0x12, 0x13, 0x1C, 0x1D
NLM_F_CREATE, NLM_F_EXCL = 0x400, 0x200
A_ALG_AUTH, A_ALG_CRYPT, A_ALG_COMP, A_ENCAP, A_TMPL = 1, 2, 3, 4, 5
A_ALG_AEAD, A_ALG_AUTH_TRUNC, A_REPLAY_ESN_VAL = 18, 20, 23
POLICY_IN, POLICY_OUT, POLICY_FWD = 0, 1, 2
STATE_AF_UNSPEC, STATE_ALIGN4, STATE_ESN = 32, 64, 128
MODE_TRANSPORT, MODE_TUNNEL = 0, 1
UDP_ENCAP, UDP_ENCAP_ESPINUDP, UDP_NO_CHECK6_RX = 100, 2, 102
IPPROTO_AH, IPPROTO_COMP = 51, 108


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address):
    """xfrm_address_t"""
    return socket.inet_pton(family(address), address).ljust(16, b"\0")


def selector(src=None, dst=None):
    """struct xfrm_selector of two networks "A/N", or of everything."""
    if src is None:
        return bytes(56)
    (s, s_len), (d, d_len) = src.split("/"), dst.split("/")
    return struct.pack("=16s16s4HHBBB3xii", packed(d), packed(s), 0, 0, 0, 0, family(s),
                       int(d_len), int(s_len), 0, 0, 0)


LIFETIME = struct.pack("=8Q", *[0xFFFFFFFFFFFFFFFF] * 4, 0, 0, 0, 0)


class Algorithms:
    """What a state encrypts and authenticates with: names as XFRM and ipsecvif
    share them, lengths in bits. key has its salt at its end."""

    def __init__(self, aead=None, enc=None, auth=None, comp=None):
        self.aead, self.enc, self.auth, self.comp = aead, enc, auth, comp

    def attributes(self):
        found = b""
        if self.aead:
            name, key, icv = self.aead
            found += attr(A_ALG_AEAD, struct.pack("=64sII", name.encode(), len(key) * 8, icv) + key)
        if self.enc:
            name, key = self.enc
            found += attr(A_ALG_CRYPT, struct.pack("=64sI", name.encode(), len(key) * 8) + key)
        if self.auth:
            name, key, icv = self.auth
            found += attr(A_ALG_AUTH_TRUNC,
                          struct.pack("=64sII", name.encode(), len(key) * 8, icv) + key)
        return found


class Xfrm(Netlink):
    """XFRM of the namespace that this is made in."""

    def __init__(self):
        super().__init__(NETLINK_XFRM)

    def state_add(self, src, dst, spi, proto, algorithms, mode=MODE_TUNNEL, esn=False, window=32,
                  encap=None, reqid=1, seq=0, oseq=0):
        flags = (STATE_AF_UNSPEC if mode == MODE_TUNNEL else 0) | (STATE_ESN if esn else 0)
        if proto == IPPROTO_AH and family(src) == socket.AF_INET:
            flags |= STATE_ALIGN4  # RFC 4302 2.6, where XFRM pads as for IPv6 unless told
        body = struct.pack(
            "=56s16sIB3x16s64s32s12sIIHBBB7x", selector(), packed(dst),
            socket.htonl(spi), proto, packed(src), LIFETIME, b"", b"", 0, reqid, family(src), mode,
            0 if esn or window > 32 else window, flags)
        body += algorithms.attributes()
        if esn or window > 32:
            words = (window + 31) // 32
            body += attr(A_REPLAY_ESN_VAL, struct.pack(
                "=6I", words, oseq & 0xFFFFFFFF, seq & 0xFFFFFFFF, oseq >> 32, seq >> 32,
                window) + bytes(4 * words))
        if encap:
            sport, dport = encap
            body += attr(A_ENCAP, struct.pack("=H", UDP_ENCAP_ESPINUDP) +
                         struct.pack("!HH", sport, dport) + bytes(18))
        return self.request(NEWSA, body, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)

    def policy_add(self, direction, src, dst, tunnel_src, tunnel_dst, proto, mode=MODE_TUNNEL,
                   reqid=1):
        body = struct.pack("=56s64s32sIIBBBB4x", selector(src, dst), LIFETIME, b"", 0, 0,
                           direction, 0, 0, 0)
        body += attr(A_TMPL, struct.pack(
            "=16sIB3xHxx16sIBBBx3I", packed(tunnel_dst), 0, proto, family(tunnel_src),
            packed(tunnel_src), reqid, mode, 0, 0, *[0xFFFFFFFF] * 3))
        return self.request(NEWPOLICY, body, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)

    def policies(self, mine, theirs, local, remote, proto, mode=MODE_TUNNEL):
        """Out, in and forwarded, for traffic between the networks mine and theirs."""
        for direction, src, dst, outer in (
                (POLICY_OUT, mine, theirs, (local, remote)),
                (POLICY_IN, theirs, mine, (remote, local)),
                (POLICY_FWD, theirs, mine, (remote, local))):
            if direction == POLICY_FWD and mode == MODE_TRANSPORT:
                continue
            answer = self.policy_add(direction, src, dst, *outer, proto, mode)
            if answer.errno:
                return answer
        return answer

    def flush(self):
        self.request(FLUSHSA, struct.pack("=B", 0))
        self.request(FLUSHPOLICY)


def bypass(sock, family_):
    """What the socket sends and receives is no policy's: else that of a transport
    mode SA would want the ESP in UDP to have come by ESP."""
    level, option = ((socket.IPPROTO_IPV6, 35) if family_ == socket.AF_INET6 else
                     (socket.IPPROTO_IP, 17))  # IPV6_XFRM_POLICY, IP_XFRM_POLICY
    everything = bytearray(56)
    everything[40:42] = struct.pack("=H", family_)
    for direction in (POLICY_IN, POLICY_OUT):
        sock.setsockopt(level, option, struct.pack(
            "=56s64s32sIIBBBB4x", bytes(everything), LIFETIME, b"", 0, 0, direction, 0, 0, 0))


def encap_socket(family_, address, port):
    """A UDP socket that hands ESP to XFRM, as an IKE daemon has it."""
    sock = socket.socket(family_, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family_ == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    bypass(sock, family_)
    sock.bind((address, port))
    sock.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
    return sock


def statistics():
    """The counters of /proc/net/xfrm_stat that are not zero (of the caller's
    network namespace when it was first opened: open it there)."""
    found = {}
    with open("/proc/thread-self/net/xfrm_stat") as file:
        for line in file:
            name, value = line.split()
            if int(value):
                found[name] = int(value)
    return found

