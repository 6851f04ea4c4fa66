/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target: bytes in, and whatever they are, no crash, no leak, no endless loop.
 * Built twice: with clang's libFuzzer and its sanitizers (make fuzz), and with
 * driver.c, which needs no clang, as a unit test.
 */
#ifndef IPSECVIF_FUZZ_H
#define IPSECVIF_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** LLVMFuzzerTestOneInput() - the target. Return: 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* IPSECVIF_FUZZ_H */
