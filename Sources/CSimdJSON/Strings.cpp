#include "Strings.hpp"

#include <array>
#include <cstring>

namespace swerve {
namespace {

constexpr uint32_t noHex = 0xFFFFFFFF;

uint32_t hexDigit(uint8_t c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const uint8_t lower = c | 0x20;
    if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
    return noHex;
}

/// The four hex digits at `p`, or noHex.
uint32_t hex4(const uint8_t *p, const uint8_t *end) noexcept {
    if (end - p < 4) return noHex;
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
        const uint32_t digit = hexDigit(p[i]);
        if (digit == noHex) return noHex;
        value = value << 4 | digit;
    }
    return value;
}

uint8_t *putUTF8(uint32_t scalar, uint8_t *out) noexcept {
    if (scalar < 0x80) {
        *out++ = static_cast<uint8_t>(scalar);
    } else if (scalar < 0x800) {
        *out++ = static_cast<uint8_t>(0xC0 | scalar >> 6);
        *out++ = static_cast<uint8_t>(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
        *out++ = static_cast<uint8_t>(0xE0 | scalar >> 12);
        *out++ = static_cast<uint8_t>(0x80 | (scalar >> 6 & 0x3F));
        *out++ = static_cast<uint8_t>(0x80 | (scalar & 0x3F));
    } else {
        *out++ = static_cast<uint8_t>(0xF0 | scalar >> 18);
        *out++ = static_cast<uint8_t>(0x80 | (scalar >> 12 & 0x3F));
        *out++ = static_cast<uint8_t>(0x80 | (scalar >> 6 & 0x3F));
        *out++ = static_cast<uint8_t>(0x80 | (scalar & 0x3F));
    }
    return out;
}

/// The byte that a one-letter escape stands for, or 0 (which no such escape means).
uint8_t simpleEscape(uint8_t letter) noexcept {
    switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

/// The letter of the short escape of a control character, or 0 where there is none.
uint8_t shortEscape(uint8_t c) noexcept {
    switch (c) {
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

constexpr uint8_t notBase64 = 0xFF;

constexpr std::array<uint8_t, 256> base64Values() {
    std::array<uint8_t, 256> values{};
    for (auto &value : values) value = notBase64;
    for (int i = 0; i < 26; ++i) {
        values[static_cast<size_t>('A' + i)] = static_cast<uint8_t>(i);
        values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(26 + i);
    }
    for (int i = 0; i < 10; ++i) {
        values[static_cast<size_t>('0' + i)] = static_cast<uint8_t>(52 + i);
    }
    values['+'] = 62;
    values['/'] = 63;
    return values;
}

constexpr auto base64Value = base64Values();

}  // namespace

Unescaped unescape(
    const uint8_t *p, const uint8_t *end, uint8_t *destination, size_t *written) noexcept {
    uint8_t *out = destination;
    bool isText = true;
    while (p < end) {
        const auto left = static_cast<size_t>(end - p);
        const auto *backslash = static_cast<const uint8_t *>(std::memchr(p, '\\', left));
        const size_t plain = backslash ? static_cast<size_t>(backslash - p) : left;
        std::memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (p == end) break;
        if (end - p < 2) return Unescaped::notJSON;
        if (p[1] != 'u') {
            const uint8_t meant = simpleEscape(p[1]);
            if (meant == 0) return Unescaped::notJSON;
            *out++ = meant;
            p += 2;
            continue;
        }
        uint32_t unit = hex4(p + 2, end);
        if (unit == noHex) return Unescaped::notJSON;
        p += 6;
        if (unit >= 0xD800 && unit < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
            const uint32_t low = hex4(p + 2, end);
            if (low >= 0xDC00 && low < 0xE000) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                p += 6;
            }
        }
        if (unit >= 0xD800 && unit < 0xE000) {
            isText = false;
        } else {
            out = putUTF8(unit, out);
        }
    }
    *written = static_cast<size_t>(out - destination);
    return isText ? Unescaped::ok : Unescaped::notText;
}

ptrdiff_t escape(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t capacity) noexcept {
    static constexpr char digits[] = "0123456789abcdef";
    size_t used = 0;
    for (size_t i = 0; i < length; ++i) {
        const uint8_t c = bytes[i];
        const size_t room = capacity - used;
        if (c >= 0x20 && c != '"' && c != '\\') {
            if (room < 1) return -1;
            destination[used++] = c;
            continue;
        }
        const uint8_t letter = c < 0x20 ? shortEscape(c) : c;
        if (letter != 0) {
            if (room < 2) return -1;
            destination[used++] = '\\';
            destination[used++] = letter;
            continue;
        }
        if (room < 6) return -1;
        std::memcpy(destination + used, "\\u00", 4);
        destination[used + 4] = static_cast<uint8_t>(digits[c >> 4]);
        destination[used + 5] = static_cast<uint8_t>(digits[c & 15]);
        used += 6;
    }
    return static_cast<ptrdiff_t>(used);
}

bool decodeBase64(
    const uint8_t *source, size_t length, uint8_t *destination, size_t *written) noexcept {
    *written = 0;
    if (length % 4 != 0) return false;
    if (length == 0) return true;
    size_t padding = 0;
    if (source[length - 1] == '=') padding = source[length - 2] == '=' ? 2 : 1;
    uint8_t *out = destination;
    for (size_t i = 0; i < length; i += 4) {
        const size_t digits = i + 4 == length ? 4 - padding : 4;
        uint32_t group = 0;
        for (size_t j = 0; j < 4; ++j) {
            const uint8_t value = j < digits ? base64Value[source[i + j]] : 0;
            if (value == notBase64) return false;
            group = group << 6 | value;
        }
        // Bits that no byte takes up must be zero.
        if (digits < 4 && (group & (digits == 3 ? 0xFFu : 0xFFFFu)) != 0) return false;
        *out++ = static_cast<uint8_t>(group >> 16);
        if (digits > 2) *out++ = static_cast<uint8_t>(group >> 8);
        if (digits > 3) *out++ = static_cast<uint8_t>(group);
    }
    *written = static_cast<size_t>(out - destination);
    return true;
}

size_t cutUTF8(const uint8_t *bytes, size_t length, size_t limit) noexcept {
    if (length <= limit) return length;
    size_t cut = limit;
    while (cut > 0 && limit - cut < 3 && (bytes[cut] & 0xC0) == 0x80) --cut;
    // Bytes that are no UTF-8 are cut where the limit is: they could have nothing else before it.
    return cut == limit || bytes[cut] >= 0xC0 ? cut : limit;
}

namespace {

/// The bytes of the UTF-8 sequence at `p`; where there is none, `isValid` is false, and they are
/// those that could have begun one: what one U+FFFD stands for.
size_t sequence(const uint8_t *p, const uint8_t *end, bool *isValid) noexcept {
    const uint8_t first = *p;
    *isValid = first < 0x80;
    if (first < 0xC2 || first > 0xF4) return 1;
    const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    // The second byte rules out longer spellings, surrogates, and what is above U+10FFFF.
    const uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    const auto left = static_cast<size_t>(end - p);
    for (size_t i = 1; i < length; ++i) {
        if (i == left || p[i] < (i == 1 ? low : 0x80) || p[i] > (i == 1 ? high : 0xBF)) return i;
    }
    *isValid = true;
    return length;
}

}  // namespace

size_t cleanUTF8(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t limit) noexcept {
    static constexpr uint8_t replacement[] = {0xEF, 0xBF, 0xBD};
    const uint8_t *end = bytes + length;
    size_t used = 0;
    while (bytes < end) {
        bool isValid;
        const size_t count = sequence(bytes, end, &isValid);
        const size_t needed = isValid ? count : sizeof replacement;
        if (needed > limit - used) break;
        std::memcpy(destination + used, isValid ? bytes : replacement, needed);
        used += needed;
        bytes += count;
    }
    return used;
}

void maskInvalidUTF8(uint8_t *bytes, size_t length, uint8_t placeholder) noexcept {
    const uint8_t *end = bytes + length;
    while (bytes < end) {
        bool isValid;
        const size_t count = sequence(bytes, end, &isValid);
        if (!isValid) std::memset(bytes, placeholder, count);
        bytes += count;
    }
}

}  // namespace swerve
