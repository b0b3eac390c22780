// What a way through a record finds: which value belongs to which field, at any depth.
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

/// The fields of a record, and how deep in it its reader stands. Readers derive from it.
class FoundFields {
public:
    const Value &operator[](int field) const noexcept { return values_[field]; }

    /// A field that stands twice in one object, or -1; `x` and `svm` are told apart from the rest,
    /// since records that nobody reads numbers of may have them as often as they like, and the
    /// client, which is no reason to score nothing.
    int duplicate() const noexcept { return duplicate_; }
    bool isRepeated(int field) const noexcept { return (repeated_ >> field & 1) != 0; }

protected:
    /// `names` live as long as this.
    explicit FoundFields(const FieldNames &names) noexcept : inside_(names.all()), names_(names) {}

    uint32_t depth() const noexcept { return depth_; }
    bool isInObject() const noexcept { return levels_[depth_ - 1].isObject; }
    uint8_t closing() const noexcept { return isInObject() ? '}' : ']'; }

    /// Notes the key, out of its escapes, of the value to come; nullptr for one that is no text.
    void key(const uint8_t *key, size_t length) noexcept {
        field_ = -1;
        inside_ = 0;
        const FieldSet among = levels_[depth_ - 1].inside;
        if (!key || among == 0) return;
        const FieldSet candidates = names_.candidates(depth_ - 1, among, key, length);
        if (candidates != 0) match(candidates, key, length);
        if (names_.dotted() != 0 && depth_ == 1) matchWhole(key, length);
    }

    /// Steps into an object or array; false when it is one too many.
    bool open(uint8_t bracket, uint32_t start) noexcept {
        if (depth_ == REQUEST_JSON_DEPTH_MAX) return false;
        keep(start, start, bracket, false);
        Level &level = levels_[depth_];
        level.isObject = bracket == '{';
        level.inside = level.isObject ? inside_ : FieldSet{0};
        level.field = field_;
        field_ = -1;
        inside_ = 0;
        ++depth_;
        return true;
    }

    /// Steps out of it; `end` is behind its bracket.
    void close(uint32_t end) noexcept {
        --depth_;
        const int field = levels_[depth_].field;
        if (field >= 0) values_[field].end = end;
    }

    /// Notes the value for the field it belongs to, if any.
    void keep(uint32_t start, uint32_t end, uint8_t kind, bool isEscaped) noexcept {
        if (field_ >= 0) values_[field_] = Value{start, end, kind, isEscaped};
        if (inside_ == 0 || kind == '{') return;
        // Something else than an object stands where the names lead through one.
        FieldSet blocked = inside_ & static_cast<FieldSet>(~literal_);
        while (blocked != 0) {
            const int field = __builtin_ctz(blocked);
            blocked &= static_cast<FieldSet>(blocked - 1);
            // As an object, which no field is: whatever stands here is not the field's own value.
            values_[field] = Value{start, start, kind == 'n' ? uint8_t{'n'} : uint8_t{'{'}, false};
        }
    }

private:
    static_assert(REQUEST_JSON_NAME_PARTS_MAX <= 8, "seen_ has 8 bits for a field");

    struct Level {
        bool isObject;
        /// Of the fields, those whose names lead into this object.
        FieldSet inside;
        /// The field whose value this array or object is, or -1.
        int8_t field;
    };

    uint32_t depth_ = 0;
    int duplicate_ = -1;
    FieldSet repeated_ = 0;
    /// Those with dots whose whole name was a key.
    FieldSet literal_ = 0;
    /// The fields that the value to come belongs to: as their own, or as an object on the way.
    FieldSet inside_;
    int8_t field_ = -1;
    const FieldNames &names_;
    Value values_[REQUEST_JSON_FIELDS] = {};
    /// For each field, a bit for each level at which its part was seen.
    uint8_t seen_[REQUEST_JSON_FIELDS] = {};
    Level levels_[REQUEST_JSON_DEPTH_MAX];

    void match(FieldSet candidates, const uint8_t *key, size_t length) noexcept {
        const size_t level = depth_ - 1;
        while (candidates != 0) {
            const int field = __builtin_ctz(candidates);
            candidates &= static_cast<FieldSet>(candidates - 1);
            if (!names_.isPart(level, field, key, length)) continue;
            const auto bit = static_cast<uint8_t>(1u << level);
            if (seen_[field] & bit) {
                repeat(field);
                continue;
            }
            seen_[field] |= bit;
            if (names_.endsAt(level, field)) {
                if (literal_ >> field & 1) {
                    repeat(field);
                } else {
                    field_ = static_cast<int8_t>(field);
                }
            } else {
                inside_ |= static_cast<FieldSet>(1u << field);
            }
        }
    }

    /// A key that is the whole name of a field with dots comes before what the name leads to; both
    /// in one record are as the field twice.
    ///
    /// Not inlined: few records have such keys, and all keys would pay for the registers.
    [[gnu::noinline]] void matchWhole(const uint8_t *key, size_t length) noexcept {
        const int field = names_.literal(key, length);
        if (field < 0) return;
        const auto bit = static_cast<FieldSet>(1u << field);
        if (literal_ & bit || seen_[field] >> names_.lastLevel(field) & 1) return repeat(field);
        literal_ |= bit;
        field_ = static_cast<int8_t>(field);
    }

    [[gnu::noinline]] void repeat(int field) noexcept {
        repeated_ |= static_cast<FieldSet>(1u << field);
        const bool counts = field != REQUEST_JSON_DENSE && field != REQUEST_JSON_SPARSE
            && field != REQUEST_JSON_CLIENT;
        if (counts && duplicate_ < 0) duplicate_ = field;
    }
};

}  // namespace swerve
