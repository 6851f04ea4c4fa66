#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""IP headers' marks: the DSCP and ECN fields of packets sent and received.

marks.py send SOURCE TARGET TOS...       a UDP packet with each value, to port 9000,
                                         its payload the value
marks.py receive ADDRESS FILE            until killed: for each such packet a line
                                         "PAYLOAD TOS", in hex
"""
import socket
import sys

PORT = 9000


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def send(source, target, values):
    with socket.socket(family(target), socket.SOCK_DGRAM) as s:
        s.bind((source, 0))
        for value in values:
            if family(target) == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, int(value, 16))
            else:
                s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(value, 16))
            s.sendto(value.encode(), (target, PORT))


def receive(address, path):
    s = socket.socket(family(address), socket.SOCK_DGRAM)
    if family(address) == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    s.bind((address, PORT))
    with open(path, "w", buffering=1) as out:
        while True:
            data, ancillary, _, _ = s.recvmsg(100, 100)
            print(data.decode(), "%02x" % ancillary[0][2][0], file=out)


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        receive(sys.argv[2], sys.argv[3])
