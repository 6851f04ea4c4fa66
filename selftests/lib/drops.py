#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drops.py [BEFORE] <AFTER: the reasons of `ipsecvif -j drops` that counted.

Prints "REASON COUNT", sorted and on one line, of what is not zero; with the
saved output BEFORE, of what was added since. Counters of several devices and of
packets without a device are summed.
"""
import json
import sys


def counters(node, found):
    if isinstance(node, dict):
        name = node.get("reason", node.get("name"))
        if isinstance(name, str) and isinstance(node.get("count"), int):
            found[name] = found.get(name, 0) + node["count"]
        for value in node.values():
            counters(value, found)
    elif isinstance(node, list):
        for value in node:
            counters(value, found)
    return found


def main():
    after = counters(json.load(sys.stdin), {})
    before = {}
    if len(sys.argv) > 1:
        with open(sys.argv[1]) as saved:
            before = counters(json.load(saved), {})
    added = {name: count - before.get(name, 0) for name, count in after.items()}
    print(" ".join("%s %d" % item for item in sorted(added.items()) if item[1]))


if __name__ == "__main__":
    main()
