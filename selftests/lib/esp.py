# SPDX-License-Identifier: MIT
"""ESP packets that are encrypted for real, by the kernel's crypto API (AF_ALG),
and wrong only where a test wants them to be."""
import os
import socket
import struct

from checksum import checksum

SOL_ALG, ALG_SET_KEY, ALG_SET_AEAD_AUTHSIZE = 279, 1, 5
PROTO_IPIP, PROTO_IPV6, PROTO_UDP, PROTO_ICMP, PROTO_ESP = 4, 41, 17, 1, 50


def ipv4(src, dst, proto, payload, ttl=64, tos=0, frag=0, ident=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), ident, frag, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(sport, dport, payload):
    """Without a checksum."""
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


class Gcm:
    """AES-GCM of RFC 4106: key, then a salt of 4 bytes; ICV of 16."""
    name, icv, iv = "rfc4106(gcm(aes))", 16, 8

    def __init__(self, key):
        self.key, self.salt = key[:-4], key[-4:]
        with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as algorithm:
            algorithm.bind(("aead", "gcm(aes)"))
            algorithm.setsockopt(SOL_ALG, ALG_SET_KEY, self.key)
            algorithm.setsockopt(SOL_ALG, ALG_SET_AEAD_AUTHSIZE, None, self.icv)
            self.operation, _ = algorithm.accept()

    def encrypt(self, aad, iv, plain):
        self.operation.sendmsg_afalg([aad + plain], op=socket.ALG_OP_ENCRYPT, iv=self.salt + iv,
                                     assoclen=len(aad))
        return self.operation.recv(len(aad) + len(plain) + self.icv)[len(aad):]

    def close(self):
        self.operation.close()


class Sender:
    """The peer's end of an SA with AES-GCM."""

    def __init__(self, spi, key, esn=False):
        self.spi, self.esn, self.crypt = spi, esn, Gcm(key)
        self.sequence = 0

    def packet(self, payload, next_header=PROTO_IPIP, seq=None, pad=None, pad_len=None,
               trailer=True):
        """RFC 4303 2 from the SPI to the ICV. pad and pad_len: other padding, and
        another length of it, than 1, 2, 3, ... to a multiple of 4."""
        if seq is None:
            self.sequence += 1
            seq = self.sequence
        if pad is None:
            pad = bytes(range(1, 1 + -(len(payload) + 2) % 4))
        plain = payload
        if trailer:
            plain += pad + struct.pack("!BB", len(pad) if pad_len is None else pad_len, next_header)
        header = struct.pack("!II", self.spi, seq & 0xFFFFFFFF)
        aad = struct.pack("!IQ", self.spi, seq) if self.esn else header
        iv = os.urandom(self.crypt.iv)
        return header + iv + self.crypt.encrypt(aad, iv, plain)
