#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report.py RESULT.json ... OUTPUT_DIRECTORY: a table (results.md) and a plot
(results.svg) of what bench.py measured: medians, the range, and ratios within the
same run. Against `better`: the best of XFRM's ways with the same cipher."""
import json
import os
import statistics
import sys
from xml.sax.saxutils import escape

XFRM = ("xfrmi", "xfrmi+offload", "vti")


def number(value):
    return "{:,.0f}".format(value) if value >= 100 else "{:.1f}".format(value)


def ratio(mine, other, more_is_better):
    """Above 1: we are better."""
    if not mine or not other:
        return ""
    return "%.2f" % (mine / other if more_is_better else other / mine)


def better_xfrm(medians, setup, more_is_better):
    cipher = setup.partition(" ")[2]
    found = [medians[name + " " + cipher] for name in XFRM if name + " " + cipher in medians]
    return (max if more_is_better else min)(found, default=None)


def table(result):
    yield "\n## %s: Linux %s, %d CPU%s, %d rounds\n" % (
        result["environment"], result["kernel"], result["cpus"], "s"[:result["cpus"] != 1],
        result["rounds"])
    for load, found in result["loads"].items():
        more = found["more_is_better"]
        medians = {name: statistics.median(values) for name, values in found["readings"].items()}
        yield "\n### %s (%s)\n" % (load, found["unit"])
        yield "| set-up | median | min | max | to plain | to better XFRM | to WireGuard |"
        yield "|---|--:|--:|--:|--:|--:|--:|"
        for name, values in found["readings"].items():
            ours = name.startswith("ipsecvif")
            yield "| %s | %s | %s | %s | %s | %s | %s |" % (
                name, number(medians[name]), number(min(values)), number(max(values)),
                ratio(medians[name], medians.get("plain"), more),
                ratio(medians[name], better_xfrm(medians, name, more), more) if ours else "",
                ratio(medians[name], medians.get("wireguard"), more) if ours else "")


BAR, LEFT, WIDTH = 16, 220, 420  # pixels


def bars(result, top):
    """A group of bars for each load, each as long as its share of the longest."""
    y = top
    for load, found in result["loads"].items():
        yield '<text x="0" y="%d" font-weight="bold">%s, %s</text>' % (
            y + BAR, escape("%s: %s" % (result["environment"], load)), escape(found["unit"]))
        y += BAR + 6
        medians = {name: statistics.median(values) for name, values in found["readings"].items()}
        longest = max(medians.values())
        for name, value in medians.items():
            color = "#2b7" if name.startswith("ipsecvif") else "#999"
            yield '<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 6, y + 12, escape(name))
            yield '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
                LEFT, y, WIDTH * value / longest, BAR - 3, color)
            yield '<text x="%.1f" y="%d">%s</text>' % (
                LEFT + WIDTH * value / longest + 4, y + 12, number(value))
            y += BAR
        y += BAR
    yield y


def plot(results):
    lines, top = [], 10
    for result in results:
        *found, top = bars(result, top)
        lines += found
    return '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" ' \
           'font-size="12">\n<rect width="100%%" height="100%%" fill="#fff"/>\n%s\n</svg>\n' % (
               LEFT + WIDTH + 100, top, "\n".join(lines))


def main():
    *files, directory = sys.argv[1:]
    results = []
    for name in files:
        with open(name) as file:
            results.append(json.load(file))
    text = "\n".join(line for result in results for line in table(result)) + "\n"
    with open(os.path.join(directory, "results.md"), "w") as file:
        file.write(text)
    with open(os.path.join(directory, "results.svg"), "w") as file:
        file.write(plot(results))
    with open(os.path.join(directory, "results.json"), "w") as file:
        json.dump(results, file, indent=1)
    print(text)


if __name__ == "__main__":
    main()
