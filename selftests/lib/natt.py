# SPDX-License-Identifier: MIT
"""Holds UDP port 4500 for both families and has the module take ESP out of it,
as a keyer would; or, with "xfrm", has XFRM take it."""
import socket
import struct
import sys
import time

import genl

UDP_ENCAP, UDP_ENCAP_ESPINUDP = 100, 2


def bound(family):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock


def main():
    names = genl.constants()
    sockets = [bound(family) for family in (socket.AF_INET, socket.AF_INET6)]
    for sock in sockets:
        if sys.argv[1:] == ["xfrm"]:
            sock.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)
        else:
            answer = genl.Genl().request(
                names["CMD_SOCK_ATTACH"],
                genl.attr(names["A_SOCK_FD"], struct.pack("=i", sock.fileno())))
            if answer.errno:
                sys.exit("SOCK_ATTACH: errno %d: %s" % (answer.errno, answer.message))
        sock.bind(("", 4500))
    while True:
        time.sleep(1000)


main()
