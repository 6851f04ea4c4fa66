#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""OSPF hellos: protocol 89 with TTL 1 to all routers of the link.

multicast.py send DEVICE             one to 224.0.0.5 and one to ff02::5
multicast.py receive DEVICE FILE     until killed: for each that comes in by the
                                     device a line "FAMILY PAYLOAD"
"""
import select
import socket
import struct
import sys

OSPF = 89


def send(index):
    v4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, OSPF)
    v4.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                  struct.pack("=4s4si", bytes(4), bytes(4), index))
    v4.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    v4.sendto(b"hello", ("224.0.0.5", 0))
    v6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, OSPF)
    v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
    v6.sendto(b"hello", ("ff02::5", 0, 0, index))


def receive(index, path):
    v4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, OSPF)
    v4.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                  struct.pack("=4s4si", socket.inet_aton("224.0.0.5"), bytes(4), index))
    v6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, OSPF)
    v6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                  socket.inet_pton(socket.AF_INET6, "ff02::5") + struct.pack("=I", index))
    with open(path, "w", buffering=1) as out:
        while True:
            for s in select.select([v4, v6], [], [])[0]:
                data = s.recv(1000)
                print(*(("4", data[20:].decode()) if s is v4 else ("6", data.decode())), file=out)


if __name__ == "__main__":
    device = socket.if_nametoindex(sys.argv[2])
    if sys.argv[1] == "send":
        send(device)
    else:
        receive(device, sys.argv[3])
