#include "CNumbers.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <system_error>

namespace {

/// Digits that a 64-bit integer surely holds.
constexpr int kMantissaDigits = 18;
/// Integers up to here are doubles.
constexpr std::uint64_t kExactInteger = std::uint64_t{1} << 53;
/// Powers of ten that are doubles.
constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kLastPower = 22;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// Reads digits, with a point or without, whose double is one product or quotient of two doubles,
/// and so rounded once: most numbers of a model file are a plain 0, or short.
///
/// Returns where the number ends; `begin` for all others, which take the long way.
const char *parse_short(const char *begin, const char *end, double *out) {
    const char *at = begin;
    const bool is_negative = at < end && *at == '-';
    if (is_negative) ++at;
    std::uint64_t mantissa = 0;
    int digits = 0;
    int fraction = 0;
    for (; at < end && is_digit(*at); ++at, ++digits) {
        if (digits == kMantissaDigits) return begin;
        mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
    }
    if (digits == 0) return begin;
    if (at < end && *at == '.') {
        for (++at; at < end && is_digit(*at); ++at, ++digits, ++fraction) {
            if (digits == kMantissaDigits) return begin;
            mantissa = mantissa * 10 + static_cast<std::uint64_t>(*at - '0');
        }
        if (fraction == 0) return begin;
    }
    if (at < end && (*at == 'e' || *at == 'E')) return begin;
    if (mantissa > kExactInteger || fraction > kLastPower) return begin;
    const double value = static_cast<double>(mantissa) / kPowers[fraction];
    *out = is_negative ? -value : value;
    return at;
}

/// What the number from `begin` to `end`, which is out of a double's range, comes to: an infinity,
/// or a zero where it is too small; with its sign.
double out_of_range(const char *begin, const char *end) {
    const bool is_negative = begin < end && *begin == '-';
    const char *at = is_negative ? begin + 1 : begin;
    // The power of ten of the first digit that is not 0; a text is never so long that it overflows.
    long long power = 0;
    bool is_found = false;
    bool is_fraction = false;
    for (; at < end && (is_digit(*at) || *at == '.'); ++at) {
        if (*at == '.') {
            is_fraction = true;
        } else if (is_found) {
            if (!is_fraction) ++power;
        } else {
            if (is_fraction) --power;
            is_found = *at != '0';
        }
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        ++at;
        const bool is_down = at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) ++at;
        long long exponent = 0;
        constexpr long long most = 1'000'000'000'000'000'000;
        for (; at < end && is_digit(*at); ++at) {
            exponent = exponent < most / 10 ? exponent * 10 + (*at - '0') : most;
        }
        power += is_down ? -exponent : exponent;
    }
    const double value = power < 0 ? 0.0 : std::numeric_limits<double>::infinity();
    return is_negative ? -value : value;
}

/// Reads one number as `cnumbers_parse_double` does; returns where it ends, `begin` where there is
/// none.
const char *parse_any(const char *begin, const char *end, double *out) {
    const auto result = std::from_chars(begin, end, *out, std::chars_format::general);
    if (result.ec == std::errc::result_out_of_range) {
        *out = out_of_range(begin, result.ptr);
    } else if (result.ec != std::errc()) {
        return begin;
    }
    return result.ptr;
}

/// Reads one finite number; returns where it ends, `begin` where there is none.
const char *parse_finite(const char *begin, const char *end, double *out) {
    const char *at = parse_short(begin, end, out);
    if (at != begin) return at;
    at = parse_any(begin, end, out);
    return at != begin && std::isfinite(*out) ? at : begin;
}

/// Reads one line; returns where the next one begins, `begin` for a line that is not as asked.
const char *parse_line(const char *begin, const char *end, std::size_t columns, double *out) {
    const char *at = begin;
    for (std::size_t column = 0; column < columns; ++column) {
        if (column > 0) {
            if (at == end || *at != ' ') return begin;
            while (at < end && *at == ' ') ++at;
        }
        const char *rest = parse_finite(at, end, out + column);
        if (rest == at) return begin;
        at = rest;
    }
    while (at < end && *at == ' ') ++at;
    if (end - at > 1 && at[0] == '\r' && at[1] == '\n') ++at;
    return at < end && *at == '\n' ? at + 1 : begin;
}

}  // namespace

size_t cnumbers_parse_lines(const char *begin, const char *end, size_t columns, size_t lines,
                            double *out, size_t *length) {
    const char *at = begin;
    size_t read = 0;
    while (read < lines) {
        // Most weights of a hashed model are zero, and LIBLINEAR writes them so.
        if (columns == 1 && end - at > 2 && at[0] == '0' && at[1] == ' ' && at[2] == '\n') {
            out[read++] = 0;
            at += 3;
            continue;
        }
        const char *rest = parse_line(at, end, columns, out + read * columns);
        if (rest == at) break;
        at = rest;
        ++read;
    }
    *length = static_cast<size_t>(at - begin);
    return read;
}

int cnumbers_format_double(double value, char *out) {
    if (!std::isfinite(value)) return 0;
    const auto result = std::to_chars(out, out + CNUMBERS_DOUBLE_BYTES, value);
    return result.ec == std::errc() ? static_cast<int>(result.ptr - out) : 0;
}

int cnumbers_parse_double(const char *begin, const char *end, double *out) {
    double value = 0;
    const char *at = parse_any(begin, end, &value);
    // Why: a "number" of 2 GiB would overflow the count.
    if (at == begin || at - begin > std::numeric_limits<int>::max()) return 0;
    *out = value;
    return static_cast<int>(at - begin);
}
