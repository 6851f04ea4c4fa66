#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""packets.py SETUP SIZE COUNT: this many packets through a set-up, for
selftests/bench/profile; the kernel's symbols go to $RESULTS/kallsyms."""
import os
import shutil
import sys

import loads
import setups


def main():
    title, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    setup = next(setup for setup in setups.all_setups(list(setups.CIPHERS)) if setup.title() == title)
    setups.topology_up()
    setups.run("modprobe", "pktgen")
    setup.up()
    load = loads.Pktgen(size, 1)
    load.send(500)
    rate, lost = load.send(count)
    print("%d packets, %.1f per cent lost, %d instructions each" % (count, 100 * lost, 1e9 / rate))
    with open("/proc/kallsyms") as symbols, open(os.environ["RESULTS"] + "/kallsyms", "w") as file:
        shutil.copyfileobj(symbols, file)
    setup.down()
    setups.topology_down()


if __name__ == "__main__":
    main()
