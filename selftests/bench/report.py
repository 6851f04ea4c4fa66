#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report.py RESULT.json ... OUTPUT_DIRECTORY: of what bench.py measured, results.md (the
goals, and medians with their range), results.svg and results.json."""
import json
import os
import statistics
import sys
from xml.sax.saxutils import escape

import goals


def number(value):
    return "{:,.0f}".format(value) if value >= 100 else "{:.2f}".format(value)


def ratio(mine, other, more_is_better):
    """Above 1: the first is better."""
    if not mine or not other:
        return ""
    return "%.2f" % (mine / other if more_is_better else other / mine)


def goal_table(judged):
    yield "## Goals\n"
    yield "The ratios of ours to the other's: median, least and most of the alternations.\n"
    yield "| goal | environment | wanted | median | min | max | |"
    yield "|---|---|--:|--:|--:|--:|---|"
    for goal in judged:
        numbers = ["%.2f" % goal[key] if goal[key] is not None else "" for key in ("median", "min", "max")]
        yield "| %s | %s | %s | %s | %s |" % (
            goal["goal"], goal["environment"], goal["wanted"], " | ".join(numbers), goal["verdict"])


def row_table(name, found):
    more, readings = found["more_is_better"], found["readings"]
    medians = {title: statistics.median(values) for title, values in readings.items()}
    yield "\n### %s (%s)\n" % (name, found["unit"])
    yield "| set-up | median | min | max | n | to plain | ours to the better XFRM | ours to WireGuard |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for title, values in readings.items():
        ours, _, cipher = title.partition(" ")
        xfrm = goals.better_xfrm(found, cipher) if ours == "ipsecvif" else None
        yield "| %s | %s | %s | %s | %d | %s | %s | %s |" % (
            title, number(medians[title]), number(min(values)), number(max(values)), len(values),
            ratio(medians[title], medians.get("plain"), more),
            ratio(medians[title], xfrm and statistics.median(xfrm), more),
            ratio(medians[title], medians.get("wireguard"), more) if ours == "ipsecvif" else "")


def result_table(result):
    yield "\n## %s: Linux %s, %d CPU%s, %d s, host's load before it %s\n" % (
        result["environment"], result["kernel"], result["cpus"], "s"[:result["cpus"] != 1],
        result["seconds"], result["load_average"])
    for what, why in result["left_out"].items():
        yield "Not measured: %s: %s." % (what, why)
    for name, found in result["rows"].items():
        yield from row_table(name, found)


BAR, LEFT, WIDTH = 16, 250, 420  # pixels


def bars(heading, found, top):
    """A group of bars, each as long as its share of the longest, with its range. Returns
    the lines, and where they end."""
    lines = ['<text x="0" y="%d" font-weight="bold">%s</text>' % (top + BAR, escape(heading))]
    y = top + BAR + 6
    longest = max(max(values) for values in found["readings"].values())
    for title, values in found["readings"].items():
        color = "#2b7" if title.startswith("ipsecvif") else "#999"
        middle = statistics.median(values)
        least, most = (LEFT + WIDTH * value / longest for value in (min(values), max(values)))
        lines += [
            '<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 6, y + 12, escape(title)),
            '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (
                LEFT, y, WIDTH * middle / longest, BAR - 3, color),
            '<path d="M%.1f %dH%.1f" stroke="#000"/>' % (least, y + 6, most),
            '<text x="%.1f" y="%d">%s</text>' % (most + 4, y + 12, number(middle))]
        y += BAR
    return lines, y + BAR


def plot(results):
    lines, top = [], 10
    for result in results:
        for name, found in result["rows"].items():
            more, top = bars("%s: %s, %s" % (result["environment"], name, found["unit"]), found, top)
            lines += more
    return '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" ' \
           'font-size="12">\n<rect width="100%%" height="100%%" fill="#fff"/>\n%s\n</svg>\n' % (
               LEFT + WIDTH + 100, top, "\n".join(lines))


def main():
    *files, directory = sys.argv[1:]
    results = []
    for name in files:
        with open(name) as file:
            results.append(json.load(file))
    judged = goals.judged(results)
    text = "\n".join(goal_table(judged)) + "\n"
    print(text)
    text += "\n".join(line for result in results for line in result_table(result)) + "\n"
    with open(os.path.join(directory, "results.md"), "w") as file:
        file.write(text)
    with open(os.path.join(directory, "results.svg"), "w") as file:
        file.write(plot(results))
    with open(os.path.join(directory, "results.json"), "w") as file:
        json.dump({"goals": judged, "environments": results}, file, indent=1)


if __name__ == "__main__":
    main()
