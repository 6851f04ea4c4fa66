#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packets.py SETUP SIZE COUNT: this many packets through a set-up, or with "tcp" as
their size this many times 1000 bytes by TCP, for selftests/bench/profile; the kernel's
symbols go to $RESULTS/kallsyms."""
import os
import shutil
import sys

import loads
import setups


def stream(size):
    server = loads.serve(5201, "iperf3", "-s", "-1")
    print(setups.inside("hosta", "iperf3", "-c", "10.2.0.2", "-n", str(size), "-f", "m"))
    server.wait()


def main():
    title, size, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    setup = next(setup for setup in setups.all_setups(list(setups.CIPHERS)) if setup.title() == title)
    setups.topology_up()
    setups.run("modprobe", "pktgen")
    setup.up()
    if size == "tcp":
        stream(count * 1000)
    else:
        load = loads.Pktgen(int(size), 1)
        load.send(500)
        rate, lost = load.send(count)
        print("%d packets, %.1f per cent lost, %d instructions each" % (
            count, 100 * lost, 1e9 / rate))
    with open("/proc/kallsyms") as symbols, open(os.environ["RESULTS"] + "/kallsyms", "w") as file:
        shutil.copyfileobj(symbols, file)
    setup.down()
    setups.topology_down()


if __name__ == "__main__":
    main()
