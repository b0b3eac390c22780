// The walk over the structure of one record: all of JSON's grammar, and where our fields are.
#pragma once

#include "FieldNames.hpp"

#include <cstddef>
#include <cstdint>

namespace swerve {

/// Where a field's value is. `kind` is its first byte; 0 where the field is absent.
struct Value {
    uint32_t start;
    /// Behind the last byte. For strings both leave out the quotes.
    uint32_t end;
    uint8_t kind;
    /// The string has escapes. Only meaningful for strings.
    bool isEscaped;

    bool isAbsent() const noexcept { return kind == 0 || kind == 'n'; }
    bool isString() const noexcept { return kind == '"'; }
};

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

class Walk {
public:
    /// `scratch` holds as many bytes as the document.
    Walk(const Document &document, const FieldNames &names, uint8_t *scratch) noexcept
        : bytes_(document.bytes), structure_(document.structure), count_(document.count),
          hasBackslash_(document.hasBackslash), unmasked_(document.unmasked), names_(names),
          scratch_(scratch) {}

    /// Checks the whole record. Any status but OK leaves the fields without meaning.
    request_json_status run() noexcept;

    const Value &operator[](int field) const noexcept { return values_[field]; }

    /// A field that stands twice in one object, or -1; `x` and `svm` are told apart from the rest,
    /// since records that nobody reads numbers of may have them as often as they like.
    int duplicate() const noexcept { return duplicate_; }
    /// The byte at which the walk ended; of TOO_DEEP the bracket that is one too many.
    size_t place() const noexcept { return structure_[at_]; }
    bool isRepeated(int field) const noexcept { return (repeated_ >> field & 1) != 0; }

private:
    struct Level {
        bool isObject;
        /// Of the fields, those whose names lead into this object.
        FieldSet inside;
        /// The field whose value this array or object is, or -1.
        int8_t field;
    };

    const uint8_t *bytes_;
    const uint32_t *structure_;
    uint32_t count_;
    bool hasBackslash_;
    const uint8_t *unmasked_;
    const FieldNames &names_;
    uint8_t *scratch_;

    uint32_t at_ = 0;
    uint32_t depth_ = 0;
    int duplicate_ = -1;
    FieldSet repeated_ = 0;
    /// Those with dots whose whole name was a key.
    FieldSet literal_ = 0;
    /// The fields that the value to come belongs to: as their own, or as an object on the way.
    int8_t field_ = -1;
    FieldSet inside_ = 0;
    Value values_[REQUEST_JSON_FIELDS] = {};
    /// For each field, a bit for each level at which its part was seen.
    uint8_t seen_[REQUEST_JSON_FIELDS] = {};
    Level levels_[REQUEST_JSON_DEPTH_MAX];

    uint8_t current() const noexcept { return bytes_[structure_[at_]]; }
    uint8_t closing() const noexcept { return levels_[depth_ - 1].isObject ? '}' : ']'; }
    bool stringEnd(uint32_t *end) const noexcept {
        return closingQuote(bytes_, structure_, at_, end);
    }
    bool key() noexcept;
    void match(const uint8_t *key, size_t length) noexcept;
    void matchWhole(const uint8_t *key, size_t length) noexcept;
    void repeat(int field) noexcept;
    bool string() noexcept;
    bool scalar(uint8_t first) noexcept;
    bool open(uint8_t bracket) noexcept;
    void close() noexcept;
    void keep(uint32_t start, uint32_t end, uint8_t kind, bool isEscaped) noexcept;
};

/// Where the JSON number at `p` ends, or nullptr. Reads up to the first byte that is not its own;
/// the bytes must be followed by one that no number has.
const uint8_t *numberEnd(const uint8_t *p) noexcept;

}  // namespace swerve
