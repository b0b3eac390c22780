// Strings of JSON: out of their escapes, into them, and base64.
#pragma once

#include <cstddef>
#include <cstdint>

namespace swerve {

enum class Unescaped {
    ok,
    /// A lone surrogate: fine by JSON's grammar, but no text.
    notText,
    notJSON,
};

/// Writes what the inside of a JSON string stands for, never more bytes than it has itself.
///
/// The escapes are checked to the end even after a lone surrogate. `destination` may not overlap.
Unescaped unescape(
    const uint8_t *source, const uint8_t *end, uint8_t *destination, size_t *written) noexcept;

/// See request_json_escape.
ptrdiff_t escape(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t capacity) noexcept;

/// Decodes RFC 4648 base64 with padding and without anything else: no line breaks, and no stray
/// bits in the last group, so that one text has one encoding. `destination` may be `source`.
bool decodeBase64(
    const uint8_t *source, size_t length, uint8_t *destination, size_t *written) noexcept;

/// The longest prefix of at most `limit` bytes that does not end inside a code point; of what is no
/// UTF-8 there, the `limit` bytes.
size_t cutUTF8(const uint8_t *bytes, size_t length, size_t limit) noexcept;

/// See request_json_clean_utf8.
size_t cleanUTF8(
    const uint8_t *bytes, size_t length, uint8_t *destination, size_t limit) noexcept;

/// Writes `placeholder` over each byte that is part of no UTF-8 sequence; all others stay.
void maskInvalidUTF8(uint8_t *bytes, size_t length, uint8_t placeholder) noexcept;

}  // namespace swerve
