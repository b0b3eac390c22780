// Numbers of one record: arrays, LIBSVM's pairs, single ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace swerve {

/// The value of the JSON number from `p` to `end`; beyond a double it is an infinity or 0, as
/// strtod has it. The byte at `end` is no part of any number.
double readNumber(const uint8_t *p, const uint8_t *end) noexcept;

/// Reads the inside of a JSON array that was checked: numbers, and "nan", "inf", "-inf". Answers
/// false at an element that is none of them, whose position is then in `count`.
bool readArray(
    const uint8_t *p, const uint8_t *end, double *values, size_t *count) noexcept;

enum class Pairs { ok, syntax, order };

/// Reads LIBSVM's `index:value` between white space; `place` is where reading ended with a fault.
///
/// Indices are whole numbers from `least` (1 or 0) to 2^31 - 1, ascending; each is written as one
/// less, 0 as the largest number there is. Values
/// are decimal, or nan, inf and infinity with a sign, in any case, as strtod has them.
Pairs readPairs(
    const uint8_t *start, const uint8_t *end, uint32_t least, uint32_t *indices, double *values,
    size_t *count, size_t *place) noexcept;

/// See request_number.
double readPlainNumber(const uint8_t *bytes, size_t length) noexcept;

}  // namespace swerve
