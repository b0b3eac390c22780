#include "Numbers.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <system_error>

namespace swerve {
namespace {

bool isDigit(uint8_t c) noexcept { return c >= '0' && c <= '9'; }

uint64_t digit(uint8_t c) noexcept { return static_cast<uint64_t>(c - '0'); }

bool isSpace(uint8_t c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

const char *text(const uint8_t *p) noexcept { return reinterpret_cast<const char *>(p); }

/// Powers of ten that are doubles.
constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                             1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
/// Digits of which every whole number is a double.
constexpr int exactDigits = 15;

/// Reads digits, with a point or without, whose double is one quotient of two doubles, and so
/// rounded once: most numbers of records are that short. Answers where it ends; nullptr for all
/// others.
const uint8_t *readShort(const uint8_t *p, const uint8_t *end, double *value) noexcept {
    const bool isNegative = p < end && *p == '-';
    if (isNegative) ++p;
    // No more digits are looked at than may stand here, and one that says that there are more.
    const uint8_t *limit = end - p > exactDigits + 2 ? p + exactDigits + 2 : end;
    uint64_t mantissa = 0;
    const uint8_t *start = p;
    for (; p < limit && isDigit(*p); ++p) mantissa = mantissa * 10 + digit(*p);
    auto digits = p - start;
    if (digits == 0) return nullptr;
    ptrdiff_t fraction = 0;
    if (p < limit && *p == '.') {
        const uint8_t *point = p++;
        for (; p < limit && isDigit(*p); ++p) mantissa = mantissa * 10 + digit(*p);
        fraction = p - point - 1;
        if (fraction == 0) return nullptr;
        digits += fraction;
    }
    if (digits > exactDigits) return nullptr;
    if (p < end && (isDigit(*p) || *p == '.' || (*p | 0x20) == 'e')) return nullptr;
    const double magnitude = static_cast<double>(mantissa) / powers[fraction];
    *value = isNegative ? -magnitude : magnitude;
    return p;
}

/// Reads a decimal number at `p`, up to `end`; answers where it ends, or nullptr.
const uint8_t *readDecimal(const uint8_t *p, const uint8_t *end, double *value) noexcept {
    if (const uint8_t *stop = readShort(p, end, value)) return stop;
    const auto result = std::from_chars(text(p), text(end), *value, std::chars_format::general);
    const auto *stop = reinterpret_cast<const uint8_t *>(result.ptr);
    if (result.ec == std::errc()) return stop;
    if (result.ec != std::errc::result_out_of_range) return nullptr;
    // from_chars does not say on which side it is out. What follows a number in a record or in its
    // padding is no part of one, so strtod ends there too; it reads no locale that anybody set.
    *value = std::strtod(text(p), nullptr);
    return stop;
}

/// Whether `p` up to `end` is `word`, in any case; `word` is in lower case.
bool isWord(const uint8_t *p, const uint8_t *end, const char *word) noexcept {
    const size_t length = std::strlen(word);
    if (static_cast<size_t>(end - p) != length) return false;
    for (size_t i = 0; i < length; ++i) {
        if ((p[i] | 0x20) != word[i]) return false;
    }
    return true;
}

/// A value of LIBSVM text that takes all of `p` up to `end`.
bool readValue(const uint8_t *p, const uint8_t *end, double *value) noexcept {
    const bool isNegative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) ++p;
    if (p == end) return false;
    if (isDigit(*p) || *p == '.') {
        if (readDecimal(p, end, value) != end) return false;
    } else if (isWord(p, end, "nan")) {
        *value = std::numeric_limits<double>::quiet_NaN();
    } else if (isWord(p, end, "inf") || isWord(p, end, "infinity")) {
        *value = std::numeric_limits<double>::infinity();
    } else {
        return false;
    }
    if (isNegative) *value = -*value;
    return true;
}

/// One of the words that stand for a number, quotes included, at `p`; answers its end, or nullptr.
const uint8_t *readQuoted(const uint8_t *p, const uint8_t *end, double *value) noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    static constexpr struct {
        const char *text;
        size_t length;
        double value;
    } words[] = {
        {"\"nan\"", 5, std::numeric_limits<double>::quiet_NaN()},
        {"\"inf\"", 5, infinity},
        {"\"-inf\"", 6, -infinity},
    };
    for (const auto &word : words) {
        if (static_cast<size_t>(end - p) < word.length) continue;
        if (std::memcmp(p, word.text, word.length) != 0) continue;
        *value = word.value;
        return p + word.length;
    }
    return nullptr;
}

}  // namespace

double readNumber(const uint8_t *p, const uint8_t *end) noexcept {
    double value = 0;
    return readDecimal(p, end, &value) == end ? value : std::strtod(text(p), nullptr);
}

bool readArray(const uint8_t *p, const uint8_t *end, double *values, size_t *count) noexcept {
    size_t found = 0;
    *count = 0;
    while (true) {
        while (p < end && (isSpace(*p) || *p == ',')) ++p;
        if (p == end) break;
        const bool isNumber = *p == '-' || (*p >= '0' && *p <= '9');
        p = isNumber ? readDecimal(p, end, values + found) : readQuoted(p, end, values + found);
        if (!p) {
            *count = found;
            return false;
        }
        ++found;
    }
    *count = found;
    return true;
}

Pairs readPairs(
    const uint8_t *start, const uint8_t *end, uint32_t least, uint32_t *indices, double *values,
    size_t *count, size_t *place) noexcept {
    constexpr uint32_t indexMax = std::numeric_limits<int32_t>::max();
    const uint8_t *p = start;
    uint32_t before = 0;
    size_t found = 0;
    while (true) {
        while (p < end && isSpace(*p)) ++p;
        if (p == end) break;
        *place = static_cast<size_t>(p - start);
        uint32_t index = 0;
        const auto number = std::from_chars(text(p), text(end), index);
        const auto *colon = reinterpret_cast<const uint8_t *>(number.ptr);
        if (number.ec != std::errc() || index < least || index > indexMax) return Pairs::syntax;
        if (colon == end || *colon != ':') return Pairs::syntax;
        const uint8_t *stop = colon + 1;
        while (stop < end && !isSpace(*stop)) ++stop;
        if (!readValue(colon + 1, stop, values + found)) return Pairs::syntax;
        if (found > 0 && index <= before) return Pairs::order;
        before = index;
        indices[found++] = index - 1;
        p = stop;
    }
    *count = found;
    return Pairs::ok;
}

double readPlainNumber(const uint8_t *bytes, size_t length) noexcept {
    const uint8_t *end = bytes + length;
    double value = 0;
    if (std::from_chars(text(bytes), text(end), value).ec == std::errc()) return value;
    // Beyond a double on one side or the other: the power of ten of the first digit tells which.
    const double sign = *bytes == '-' ? -1 : 1;
    long long power = 0;
    bool isBehindPoint = false, isFound = false;
    const uint8_t *p = bytes + (*bytes == '-');
    for (; p < end && (*p | 0x20) != 'e'; ++p) {
        if (*p == '.') {
            isBehindPoint = true;
            continue;
        }
        isFound = isFound || *p != '0';
        if (isFound && !isBehindPoint) ++power;
        if (!isFound && isBehindPoint) --power;
    }
    if (p < end) {
        ++p;
        const bool isNegative = *p == '-';
        if (*p == '-' || *p == '+') ++p;
        constexpr long long most = 1'000'000'000'000;
        long long exponent = 0;
        for (; p < end; ++p) exponent = exponent < most ? exponent * 10 + (*p - '0') : most;
        power += isNegative ? -exponent : exponent;
    }
    return isFound && power > 0 ? sign * std::numeric_limits<double>::infinity() : sign * 0.0;
}

}  // namespace swerve
