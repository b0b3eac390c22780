// Texts of ASCII cut into tokens.
#include "Counting.h"

#include <string.h>

/// Bytes that are looked at together: a bit for each in one word.
enum { BLOCK = 64 };
/// Bytes that are copied together; most tokens are shorter.
enum { COPIED = 16 };

/// Lowers a block, and gives bit `n` for the byte `n` that is inside a token; `high` gets the
/// highest bit of each byte.
INLINED uint64_t look(
    const ctext_cut *cut, const uint8_t *text, uint8_t *lowered, uint8_t *high
) {
    uint64_t inside = 0;
    const uint8_t letters = cut->lowers ? 26 : 0;
    for (size_t at = 0; at < BLOCK; at++) {
        const uint8_t byte = text[at];
        const uint8_t low = byte | ((uint8_t)(byte - 'A') < letters ? 0x20 : 0);
        *high |= byte;
        lowered[at] = low;
        inside |= (uint64_t)(cut->inside[low & 15] >> (low >> 4 & 7) & 1) << at;
    }
    return inside;
}

#if defined(__x86_64__)
/// The same for 32 bytes: a table of 16 tells, for each lower half of a byte, which upper halves
/// are inside, and another one is the bit of the upper half.
AVX2 static inline uint32_t look_half_avx2(
    __m256i inside, __m256i letters, const uint8_t *text, uint8_t *lowered, uint32_t *high
) {
    const __m256i bits = _mm256_setr_epi8(
        1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0,
        0, 0, 0, 0, 0, 0);
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)text);
    *high |= (uint32_t)_mm256_movemask_epi8(bytes);
    const __m256i is_upper = _mm256_and_si256(
        _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('A' - 1)),
        _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), bytes));
    const __m256i low = _mm256_or_si256(bytes, _mm256_and_si256(is_upper, letters));
    _mm256_storeu_si256((__m256i *)lowered, low);
    const __m256i upper
        = _mm256_and_si256(_mm256_srli_epi16(low, 4), _mm256_set1_epi8(0x0F));
    const __m256i found
        = _mm256_and_si256(_mm256_shuffle_epi8(inside, low), _mm256_shuffle_epi8(bits, upper));
    const __m256i outside = _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(outside);
}

AVX2 static inline uint64_t look_avx2(
    const ctext_cut *cut, const uint8_t *text, uint8_t *lowered, uint8_t *high
) {
    const __m256i inside
        = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)cut->inside));
    const __m256i letters = _mm256_set1_epi8(cut->lowers ? 0x20 : 0);
    uint32_t set = 0;
    const uint64_t first = look_half_avx2(inside, letters, text, lowered, &set);
    const uint64_t second = look_half_avx2(inside, letters, text + 32, lowered + 32, &set);
    if (set) *high |= 0x80;
    return first | second << 32;
}
#endif

/// Writes where the bits of `edges` are, counted from `base`; up to 7 places more are written.
INLINED size_t note_edges(uint64_t edges, size_t base, uint32_t *out, size_t count) {
    const size_t found = (size_t)__builtin_popcountll(edges);
    for (size_t done = 0; done < found; done += 8) {
        for (size_t each = 0; each < 8; each++) {
            // The highest bit is there so that one is; it takes part in nothing that counts.
            const uint64_t some = edges | (uint64_t)1 << 63;
            out[count + done + each] = (uint32_t)(base + (size_t)__builtin_ctzll(some));
            edges &= edges - 1;
        }
    }
    return count + found;
}

/// Puts the runs between each two edges together; too short ones are written over.
INLINED size_t gather(
    const uint8_t *lowered, const uint32_t *edges, size_t count, uint32_t shortest,
    uint8_t *tokens, uint32_t *starts
) {
    size_t found = 0, out = 0;
    for (size_t at = 0; at + 1 < count; at += 2) {
        const uint32_t start = edges[at], length = edges[at + 1] - start;
        memcpy(tokens + out, lowered + start, COPIED);
        for (size_t done = COPIED; done < length; done += COPIED) {
            memcpy(tokens + out + done, lowered + start + done, COPIED);
        }
        tokens[out + length] = ' ';
        starts[found] = (uint32_t)out;
        const size_t is_kept = length >= shortest;
        found += is_kept;
        out += is_kept ? length + 1 : 0;
    }
    starts[found] = (uint32_t)out;
    return found;
}

// The same loop with each level's way to look at a block.
#define CUT(LOOK) \
    size_t edge_count = 0; \
    uint64_t carry = 0; \
    uint8_t rest[BLOCK] = {0}; \
    for (size_t base = 0; base < count; base += BLOCK) { \
        const uint8_t *block = text + base; \
        uint64_t used = ~(uint64_t)0; \
        if (count - base < BLOCK) { \
            memcpy(rest, block, count - base); \
            block = rest; \
            used = ((uint64_t)1 << (count - base)) - 1; \
        } \
        uint8_t high = 0; \
        const uint64_t inside = LOOK(cut, block, lowered + base, &high) & used; \
        if (high & 0x80) return CTEXT_NOT_ASCII; \
        edge_count = note_edges(inside ^ (inside << 1 | carry), base, edges, edge_count); \
        carry = inside >> 63; \
    } \
    if (carry) edges[edge_count++] = (uint32_t)count; \
    return gather(lowered, edges, edge_count, cut->shortest, tokens, starts)

#if defined(__x86_64__)
AVX2 static size_t tokens_avx2(
    const ctext_cut *cut, const uint8_t *text, size_t count, uint8_t *lowered, uint32_t *edges,
    uint8_t *tokens, uint32_t *starts
) {
    CUT(look_avx2);
}
#endif

size_t ctext_tokens(
    int level, const ctext_cut *cut, const uint8_t *text, size_t count, uint8_t *lowered,
    uint32_t *edges, uint8_t *tokens, uint32_t *starts
) {
#if defined(__x86_64__)
    if (level > 0) return tokens_avx2(cut, text, count, lowered, edges, tokens, starts);
#endif
    (void)level;
    CUT(look);
}
