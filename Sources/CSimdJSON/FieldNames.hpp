// The names that are looked for, made ready so that most keys of a record cost one table look-up.
#pragma once

#include "Bytes.hpp"
#include "include/CSimdJSON.h"

#include <array>
#include <cstring>
#include <string>

namespace swerve {

/// A set of fields, one bit each.
using FieldSet = uint16_t;
static_assert(REQUEST_JSON_FIELDS <= 16, "a FieldSet has 16 bits");

class FieldNames {
public:
    /// Takes the names over; false when one of them is no dotted name.
    bool set(const request_json_name *names) {
        for (int field = 0; field < REQUEST_JSON_FIELDS; ++field) {
            if (names[field].length != 0 && !add(field, names[field])) return false;
        }
        return true;
    }

    FieldSet all() const noexcept { return all_; }
    /// Those whose names have dots, so that a key can be the whole name too.
    FieldSet dotted() const noexcept { return dotted_; }

    /// Of those with dots, the field whose whole name is `key`, or -1.
    int literal(const uint8_t *key, size_t length) const noexcept {
        for (FieldSet rest = dotted_; rest != 0; rest &= static_cast<FieldSet>(rest - 1)) {
            const int field = __builtin_ctz(rest);
            const std::string &name = names_[static_cast<size_t>(field)];
            const auto *whole = reinterpret_cast<const uint8_t *>(name.data());
            if (name.size() == length && areSame(whole, key, length)) return field;
        }
        return -1;
    }

    /// The last level of a field's name.
    size_t lastLevel(int field) const noexcept { return counts_[static_cast<size_t>(field)] - 1; }

    /// Those of `among` whose part at `level` may be `key`; for most other keys none.
    FieldSet candidates(
        size_t level, FieldSet among, const uint8_t *key, size_t length) const noexcept {
        return length == 0 ? FieldSet{0}
                           : static_cast<FieldSet>(among & candidates_[level][slot(key, length)]);
    }

    /// Whether the part at `level` of a field's name is `key`.
    bool isPart(size_t level, int field, const uint8_t *key, size_t length) const noexcept {
        const std::string &part = parts_[static_cast<size_t>(field)][level];
        return part.size() == length
            && areSame(reinterpret_cast<const uint8_t *>(part.data()), key, length);
    }

    bool endsAt(size_t level, int field) const noexcept {
        return counts_[static_cast<size_t>(field)] == level + 1;
    }

private:
    static constexpr size_t slots = 64;
    static constexpr size_t levels = REQUEST_JSON_NAME_PARTS_MAX;

    std::array<std::array<std::string, levels>, REQUEST_JSON_FIELDS> parts_;
    std::array<size_t, REQUEST_JSON_FIELDS> counts_{};
    std::array<std::array<FieldSet, slots>, levels> candidates_{};
    std::array<std::string, REQUEST_JSON_FIELDS> names_;
    FieldSet all_ = 0;
    FieldSet dotted_ = 0;

    static size_t slot(const uint8_t *key, size_t length) noexcept {
        return (length * 7 + key[0]) % slots;
    }

    bool add(int field, const request_json_name &name) {
        const auto *text = reinterpret_cast<const char *>(name.bytes);
        const char *end = text + name.length;
        auto &count = counts_[static_cast<size_t>(field)];
        while (true) {
            const auto left = static_cast<size_t>(end - text);
            const auto *dot = static_cast<const char *>(std::memchr(text, '.', left));
            const size_t length = dot ? static_cast<size_t>(dot - text) : left;
            if (length == 0 || count == levels) return false;
            parts_[static_cast<size_t>(field)][count].assign(text, length);
            const size_t at = slot(reinterpret_cast<const uint8_t *>(text), length);
            candidates_[count][at] |= static_cast<FieldSet>(1u << field);
            count += 1;
            if (!dot) break;
            text = dot + 1;
        }
        all_ |= static_cast<FieldSet>(1u << field);
        if (count > 1) {
            dotted_ |= static_cast<FieldSet>(1u << field);
            names_[static_cast<size_t>(field)].assign(
                reinterpret_cast<const char *>(name.bytes), name.length);
        }
        return true;
    }
};

}  // namespace swerve
