// A record from its first byte to its last, without simdjson: half the time for what is as it should
// be, and no word on what is not.
#pragma once

#include "FoundFields.hpp"

#include <cstddef>
#include <cstdint>

namespace swerve {

/// Bytes that may be read behind a record, and written behind a text.
constexpr size_t scanPadding = 128;

/// Reads the same records as simdjson and `Walk` together, and finds the same in them.
class Scan : public FoundFields {
public:
    /// The record is followed by `scanPadding` zeros; `scratch` holds as many bytes as it.
    Scan(const uint8_t *bytes, size_t length, const FieldNames &names, uint8_t *scratch) noexcept
        : FoundFields(names), bytes_(bytes), end_(bytes + length), scratch_(scratch) {}

    /// Checks the whole record, but for whether it is UTF-8. False where anything is wrong with it,
    /// or it nests too deep: `Walk` knows what. Then the fields are without meaning.
    bool run() noexcept;

    /// Whether it may have other bytes than ASCII's.
    bool mayLeaveASCII() const noexcept { return mayLeaveASCII_; }

private:
    const uint8_t *bytes_;
    const uint8_t *end_;
    uint8_t *scratch_;
    bool mayLeaveASCII_ = false;

    uint32_t offset(const uint8_t *p) const noexcept { return static_cast<uint32_t>(p - bytes_); }
    bool unescapedKey(const uint8_t *start, const uint8_t *end) noexcept;
    bool isGoodString(const uint8_t *start, const uint8_t *end) const noexcept;
};

}  // namespace swerve
