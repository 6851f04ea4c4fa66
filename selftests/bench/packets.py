#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packets.py SETUP SIZE COUNT: this many packets through a set-up, or with "tcp" as
their size this many times 1000 bytes by TCP, for selftests/bench/profile; the kernel's
symbols go to $RESULTS/kallsyms."""
import os
import shutil
import sys
import time

import network
import setups
from pktgen import Pktgen


def stream(size):
    server = network.start("hostb", "iperf3", "-s", "-1")
    while ":5201" not in network.inside("hostb", "ss", "-Hltn"):
        time.sleep(0.05)
    print(network.inside("hosta", "iperf3", "-c", network.HOST_B, "-n", str(size), "-f", "m"))
    server.wait()


def main():
    title, size, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    ciphers = list(setups.CIPHERS)
    setup = next(setup for setup in setups.all_setups(ciphers, ciphers) if setup.title() == title)
    network.up()
    network.run("modprobe", "pktgen")
    setup.up()
    if size == "tcp":
        stream(count * 1000)
    else:
        load = Pktgen(int(size))
        load.send(500)
        rate, lost = load.send(count)
        print("%d packets, %.1f per cent lost, %d instructions each" % (
            count, 100 * lost, 1e9 / rate))
    with open("/proc/kallsyms") as symbols, open(os.environ["RESULTS"] + "/kallsyms", "w") as file:
        shutil.copyfileobj(symbols, file)
    setup.down()
    network.down()


if __name__ == "__main__":
    main()
