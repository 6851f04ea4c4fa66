#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Sends ESP or AH packets that an attacker could have made of captured ones.

inject.py PCAP SPI WHICH EDIT...   (run in the namespace of a router)

WHICH is the index of the packet among those of the SPI in the capture: 0 is
the first, -1 the last. Each EDIT is applied in turn:

  as-is           nothing: a replay
  truncate=N      the IP payload is cut to N bytes
  cut=N           the last N bytes are cut off
  flip=N          bit 0 of byte N of the IP payload is flipped (-1: the last)
  seq=N           the sequence number becomes N
  spi=N           the SPI becomes N
  src=A           the outer source address becomes A
  dst=A           the outer destination address becomes A
  header=N        bit 0 of byte N of the IP header is flipped
  ce              the outer ECN field becomes CE
  times=N         sent N times

The IP header's length and checksum follow the edits.
"""
import socket
import struct
import sys

from checksum import checksum

LINK_HEADERS = {1: 14, 101: 0, 113: 16}  # Ethernet, raw IP, Linux cooked


def packets(path):
    """IPv4 packets of a pcap file, link headers removed."""
    with open(path, "rb") as capture:
        data = capture.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    offset = 24
    while offset + 16 <= len(data):
        length = struct.unpack(order + "I", data[offset + 8:offset + 12])[0]
        frame = data[offset + 16:offset + 16 + length]
        offset += 16 + length
        packet = frame[LINK_HEADERS[link]:]
        if packet[:1] and packet[0] >> 4 == 4:
            total = struct.unpack("!H", packet[2:4])[0]
            yield packet[:total]


SPI_OFFSETS = {50: 0, 51: 4}  # from the ESP or AH header on; then the sequence number


def is_ipsec(packet, spi):
    if packet[9] not in SPI_OFFSETS:
        return False
    at = (packet[0] & 15) * 4 + SPI_OFFSETS[packet[9]]
    return packet[at:at + 4] == struct.pack("!I", spi)


def edited(packet, edits):
    """The packet after the edits, and how often it is to be sent."""
    header_length = (packet[0] & 15) * 4
    header, payload = bytearray(packet[:header_length]), bytearray(packet[header_length:])
    spi_at = SPI_OFFSETS[packet[9]]
    times = 1
    for edit in edits:
        name, _, value = edit.partition("=")
        if name == "as-is":
            pass
        elif name == "truncate":
            payload = payload[:int(value)]
        elif name == "cut":
            payload = payload[:-int(value)]
        elif name == "flip":
            payload[int(value)] ^= 1
        elif name == "seq":
            payload[spi_at + 4:spi_at + 8] = struct.pack("!I", int(value, 0))
        elif name == "spi":
            payload[spi_at:spi_at + 4] = struct.pack("!I", int(value, 0))
        elif name == "src":
            header[12:16] = socket.inet_aton(value)
        elif name == "dst":
            header[16:20] = socket.inet_aton(value)
        elif name == "header":
            header[int(value)] ^= 1
        elif name == "ce":
            header[1] |= 3
        elif name == "times":
            times = int(value)
        else:
            sys.exit("inject.py: no such edit: " + edit)
    header[2:4] = struct.pack("!H", len(header) + len(payload))
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack("!H", checksum(bytes(header)))
    return bytes(header + payload), times


def main():
    path, spi, which, edits = sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3]), sys.argv[4:]
    captured = [packet for packet in packets(path) if is_ipsec(packet, spi)]
    if not captured:
        sys.exit("inject.py: no ESP or AH packet of SPI %#x in %s" % (spi, path))
    packet, times = edited(captured[which], edits)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        for _ in range(times):
            raw.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))


if __name__ == "__main__":
    main()
