#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""drops.py [--why] [BEFORE] <AFTER: the reasons of `ipsecvif -j drops` that counted.

Prints "REASON COUNT", sorted and on one line, of what is not zero; with the
saved output BEFORE, of what was added since. Counters of several devices and of
packets without a device are summed. --why adds what each means.
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


def meanings(node, found):
    if isinstance(node, dict):
        if isinstance(node.get("reason"), str) and "meaning" in node:
            found[node["reason"]] = node["meaning"]
        for value in node.values():
            meanings(value, found)
    elif isinstance(node, list):
        for value in node:
            meanings(value, found)
    return found


def main():
    arguments = sys.argv[1:]
    why = arguments[:1] == ["--why"]
    if why:
        arguments.pop(0)
    drops = json.load(sys.stdin)
    after = counters(drops, {})
    before = {}
    if arguments:
        with open(arguments[0]) as saved:
            before = counters(json.load(saved), {})
    added = {name: count - before.get(name, 0) for name, count in after.items()}
    if why:
        words = meanings(drops, {})
        print("; ".join("%d %s (%s)" % (count, name, words.get(name, "?"))
                        for name, count in sorted(added.items()) if count))
    else:
        print(" ".join("%s %d" % item for item in sorted(added.items()) if item[1]))


if __name__ == "__main__":
    main()
