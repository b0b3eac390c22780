// The walk over the structure of one record: all of JSON's grammar, and where our fields are.
#pragma once

#include "FoundFields.hpp"

#include <cstddef>
#include <cstdint>

namespace swerve {

/// What a walk needs; `structure` are simdjson's structural indexes.
struct Document {
    const uint8_t *bytes;
    uint32_t *structure;
    uint32_t count;
    /// False: there is no backslash in the document, so no string needs a look inside.
    bool hasBackslash;
    /// The record as it came, where `bytes` has placeholders for what is no UTF-8; else nullptr.
    const uint8_t *unmasked = nullptr;
};

/// The closing quote of the string that opens at structural index `at`: the last byte before the
/// next index that is no white space, since anything else behind it would have an index of its own.
/// False where there is none.
bool closingQuote(
    const uint8_t *bytes, const uint32_t *structure, uint32_t at, uint32_t *end) noexcept;

class Walk : public FoundFields {
public:
    /// `scratch` holds as many bytes as the document.
    Walk(const Document &document, const FieldNames &names, uint8_t *scratch) noexcept
        : FoundFields(names), bytes_(document.bytes), structure_(document.structure),
          count_(document.count), hasBackslash_(document.hasBackslash),
          unmasked_(document.unmasked), scratch_(scratch) {}

    /// Checks the whole record. Any status but OK leaves the fields without meaning.
    request_json_status run() noexcept;

    /// The byte at which the walk ended; of TOO_DEEP the bracket that is one too many.
    size_t place() const noexcept { return structure_[at_]; }

private:
    const uint8_t *bytes_;
    const uint32_t *structure_;
    uint32_t count_;
    bool hasBackslash_;
    const uint8_t *unmasked_;
    uint8_t *scratch_;
    uint32_t at_ = 0;

    uint8_t current() const noexcept { return bytes_[structure_[at_]]; }
    bool stringEnd(uint32_t *end) const noexcept {
        return closingQuote(bytes_, structure_, at_, end);
    }
    bool key() noexcept;
    bool string() noexcept;
    bool scalar(uint8_t first) noexcept;
    bool open(uint8_t bracket) noexcept;
    void close() noexcept;
};

/// Where the JSON number at `p` ends, or nullptr. Reads up to the first byte that is not its own;
/// the bytes must be followed by one that no number has.
const uint8_t *numberEnd(const uint8_t *p) noexcept;

/// Where the number or literal at `p` ends, or nullptr. The bytes are followed by 5 more.
const uint8_t *scalarEnd(const uint8_t *p) noexcept;

}  // namespace swerve
