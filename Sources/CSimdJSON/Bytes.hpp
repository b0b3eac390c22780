// Bytes of strings, sixteen or eight at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace swerve {

template <typename Number> inline Number load(const uint8_t *bytes) noexcept {
    Number number;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

/// Whether both have the same `length` bytes; faster than a call for names.
inline bool areSame(const uint8_t *one, const uint8_t *other, size_t length) noexcept {
    if (length >= 8) {
        const size_t last = length - 8;
        for (size_t at = 0; at < last; at += 8) {
            if (load<uint64_t>(one + at) != load<uint64_t>(other + at)) return false;
        }
        return load<uint64_t>(one + last) == load<uint64_t>(other + last);
    }
    if (length >= 4) {
        const size_t last = length - 4;
        return ((load<uint32_t>(one) ^ load<uint32_t>(other))
                | (load<uint32_t>(one + last) ^ load<uint32_t>(other + last))) == 0;
    }
    for (size_t at = 0; at < length; ++at) {
        if (one[at] != other[at]) return false;
    }
    return true;
}

/// Looks for the first byte that ends a piece of a string, and takes note of all on the way.
class StringBytes {
public:
    /// The first quote, backslash or control character from `p` on. There is one, and behind it can
    /// be read what is looked at together: `width` bytes, 16 or more.
    template <int width> const uint8_t *special(const uint8_t *p) noexcept;

    /// Whether any byte that was passed may be none of ASCII's; true too for bytes close behind.
    bool mayLeaveASCII() const noexcept;

private:
#if defined(__SSE2__)
    __m128i seen_ = _mm_setzero_si128();
#else
    uint64_t seen_ = 0;
#endif
};

#if defined(__SSE2__)

template <int width> inline const uint8_t *StringBytes::special(const uint8_t *p) noexcept {
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);
    while (true) {
        uint64_t mask = 0;
        for (int at = 0; at < width; at += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p + at));
            seen_ = _mm_or_si128(seen_, bytes);
            const __m128i found = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                _mm_cmpeq_epi8(_mm_max_epu8(bytes, control), control));
            mask |= static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(found))) << at;
        }
        if (mask != 0) return p + __builtin_ctzll(mask);
        p += width;
    }
}

inline bool StringBytes::mayLeaveASCII() const noexcept { return _mm_movemask_epi8(seen_) != 0; }

#else

template <int> inline const uint8_t *StringBytes::special(const uint8_t *p) noexcept {
    constexpr uint64_t ones = 0x0101010101010101;
    constexpr uint64_t highs = 0x80 * ones;
    while (true) {
        const auto bytes = load<uint64_t>(p);
        const uint64_t quote = bytes ^ '"' * ones;
        const uint64_t backslash = bytes ^ '\\' * ones;
        // Each has the high bit of a byte that is what it looks for; other bits may be above it.
        const uint64_t found = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)
            | ((bytes - 0x20 * ones) & ~bytes);
        seen_ |= bytes;
        if ((found & highs) != 0) break;
        p += 8;
    }
    while (*p != '"' && *p != '\\' && *p >= 0x20) ++p;
    return p;
}

inline bool StringBytes::mayLeaveASCII() const noexcept {
    return (seen_ & 0x8080808080808080) != 0;
}

#endif

/// Copies `length` bytes. Of both sides 32 bytes more may be touched; what is behind the copy is
/// without meaning. Faster than memcpy for short strings.
inline void copyLoosely(uint8_t *to, const uint8_t *from, size_t length) noexcept {
    constexpr size_t shortMax = 256;
    if (length > shortMax) {
        std::memcpy(to, from, length);
        return;
    }
    for (size_t at = 0; at < length; at += 32) std::memcpy(to + at, from + at, 32);
}

}  // namespace swerve
