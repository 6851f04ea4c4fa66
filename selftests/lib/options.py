#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""UDP datagrams with IP options, or with IPv6 extension headers, and their echo.

options.py serve                       echoes on port 7000, without options
options.py send LOCAL REMOTE SECONDS   sends one of each kind and awaits its echo

Some options change on the way, some must not, some are unknown to all.
"""
import socket
import sys
import time

PORT = 7000

# Each ends on a multiple of 4 bytes.
IPV4 = {
    "router alert": [0x94, 4, 0, 0],
    "timestamps": [68, 12, 5, 0] + 8 * [0],
    "record route": [7, 11, 4] + 8 * [0] + [0],
    "router alert, no-op, record route": [0x94, 4, 0, 0, 1, 7, 7, 4] + 4 * [0],
    "an unknown one": [0x9e, 4, 0xab, 0xcd],
}

# Extension headers begin with the next header, which the kernel fills in, and
# their length less 8 bytes in units of 8.
ROUTER_ALERT = [0, 0, 5, 2, 0, 0, 1, 0]
MUTABLE = [0, 0, 0x3E, 4, 1, 2, 3, 4]
FIXED = [0, 0, 0x1E, 4, 1, 2, 3, 4]
LONG = [0, 3, 0x1E, 28] + list(range(28))
IPV6 = {
    "hop-by-hop: router alert": [(socket.IPV6_HOPOPTS, ROUTER_ALERT)],
    "hop-by-hop: a mutable option": [(socket.IPV6_HOPOPTS, MUTABLE)],
    "hop-by-hop: a long one": [(socket.IPV6_HOPOPTS, LONG)],
    "destination: a mutable option": [(socket.IPV6_DSTOPTS, MUTABLE)],
    "hop-by-hop and destination": [
        (socket.IPV6_HOPOPTS, MUTABLE),
        (socket.IPV6_DSTOPTS, FIXED),
    ],
}


def serve():
    import select

    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for sock in six, four:
        sock.bind(("", PORT))
    while True:
        for sock in select.select([six, four], [], [])[0]:
            data, peer = sock.recvfrom(65535)
            sock.sendto(data, peer)


def echoes(sock, remote, name, seconds):
    """Does the datagram come back? The first one may wait for a neighbour."""
    end = time.monotonic() + seconds
    sock.settimeout(seconds / 3)
    while time.monotonic() < end:
        sock.sendto(name.encode(), (remote, PORT))
        try:
            if sock.recv(2048) == name.encode():
                return True
        except (TimeoutError, ConnectionError):
            pass
    return False


def sockets(local):
    """A socket for each kind of options."""
    if ":" in local:
        for name, headers in IPV6.items():
            sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            for option, header in headers:
                sock.setsockopt(socket.IPPROTO_IPV6, option, bytes(header))
            yield name, sock
    else:
        for name, options in IPV4.items():
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes(options))
            yield name, sock


def send(local, remote, seconds):
    lost = []
    for name, sock in sockets(local):
        sock.bind((local, 0))
        if not echoes(sock, remote, name, seconds):
            lost.append(name)
    for name in lost:
        print("no echo: " + name)
    return 1 if lost else 0


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    sys.exit(send(sys.argv[2], sys.argv[3], float(sys.argv[4])))
