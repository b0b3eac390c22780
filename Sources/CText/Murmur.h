// MurmurHash3, x86, 32 bits, seed 0: its steps, of one block or of as many as a vector holds.
#ifndef SWERVE_CTEXT_MURMUR_H
#define SWERVE_CTEXT_MURMUR_H

#include "Counting.h"

#include <string.h>

#define SCRAMBLED(BLOCK) \
    BLOCK *= 0xCC9E2D51u; \
    BLOCK = BLOCK << 15 | BLOCK >> 17; \
    return BLOCK * 0x1B873593u

#define FINALIZED(HASH) \
    HASH ^= HASH >> 16; \
    HASH *= 0x85EBCA6Bu; \
    HASH ^= HASH >> 13; \
    HASH *= 0xC2B2AE35u; \
    return HASH ^ HASH >> 16

INLINED uint32_t scrambled(uint32_t block) { SCRAMBLED(block); }
INLINED uint32_t finalized(uint32_t hash) { FINALIZED(hash); }

/// The hash after one more whole block.
INLINED uint32_t mixed(uint32_t hash, uint32_t block) {
    hash ^= scrambled(block);
    return (hash << 13 | hash >> 19) * 5 + 0xE6546B64u;
}

// Why plain C for every level: the compiler makes of these vectors what the target of the function
// has that they are inlined into.

// Vectors never cross a call: every function that takes one is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef uint32_t lanes __attribute__((vector_size(4 * GROUP)));

INLINED lanes scrambled_lanes(lanes block) { SCRAMBLED(block); }
INLINED lanes finalized_lanes(lanes hash) { FINALIZED(hash); }

/// The four bytes that stand there, the first one lowest.
INLINED uint32_t block_at(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16
        | (uint32_t)bytes[3] << 24;
}

#endif
