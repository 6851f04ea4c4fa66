#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""by_function.py LESS MORE PACKETS: instructions per packet by kernel function, from
the directories of two runs of which the second had so many packets more."""
import bisect
import collections
import os
import sys


def load(directory):
    symbols = []
    with open(os.path.join(directory, "kallsyms")) as file:
        for line in file:
            address, kind, *name = line.split()
            if kind in "tTwW":
                symbols.append((int(address, 16), " ".join(name)))
    symbols.sort()
    addresses = [address for address, _ in symbols]
    found = collections.Counter()
    with open(os.path.join(directory, "counts")) as file:
        for line in file:
            address, count = line.split()
            found[symbols[bisect.bisect_right(addresses, int(address, 16)) - 1][1]] += int(count)
    return found


def main():
    less, more, packets = load(sys.argv[1]), load(sys.argv[2]), int(sys.argv[3])
    share = {name: (count - less[name]) / packets for name, count in more.items()}
    ours = sum(count for name, count in share.items() if "[ipsecvif]" in name)
    print("%8.0f of ipsecvif's own" % ours)
    for name, count in sorted(share.items(), key=lambda item: -item[1])[:80]:
        print("%8.0f %s" % (count, name))


if __name__ == "__main__":
    main()
