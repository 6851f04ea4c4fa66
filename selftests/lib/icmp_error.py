#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""icmp_error.py FROM TO QUOTED-FROM QUOTED-TO [BYTES]: send an ICMP port unreachable.

It quotes BYTES (28) of a UDP packet of these addresses, from port 1024 to 9.
"""
import socket
import struct
import sys

from checksum import checksum


def header(source, destination, protocol, length):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def main():
    source, destination, quoted_source, quoted_destination = sys.argv[1:5]
    size = int(sys.argv[5]) if len(sys.argv) > 5 else 28
    quote = header(quoted_source, quoted_destination, socket.IPPROTO_UDP, 28)
    quote = (quote + struct.pack("!HHHH", 1024, 9, 8, 0))[:size]
    error = struct.pack("!BBHI", 3, 3, 0, 0) + quote
    error = error[:2] + struct.pack("!H", checksum(error)) + error[4:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        # XFRM looks for a policy by the socket's address, not by the header's.
        sock.bind((source, 0))
        sock.sendto(header(source, destination, socket.IPPROTO_ICMP, 20 + len(error)) + error,
                    (destination, 0))


if __name__ == "__main__":
    main()
