#ifndef CNUMBERS_H
#define CNUMBERS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Room that `cnumbers_format_double` may use, in bytes.
#define CNUMBERS_DOUBLE_BYTES 32

/// Writes the shortest decimal that reads back as the same double, without a final NUL.
///
/// The text is a JSON number. Returns its length in bytes, 0 when the value is not finite: JSON has
/// no form for those. Does not depend on the locale and allocates nothing.
int cnumbers_format_double(double value, char *out);

/// Reads the decimal number at `begin` and returns how many bytes it takes, 0 when there is none.
///
/// Correctly rounded and independent of the locale. No leading white space, no '+', no hexadecimal.
/// "nan" and "inf" are read as what they are, and a number beyond the range of a double as an
/// infinity, so that the caller refuses all of them with one check. A number too small for a double
/// is 0 with its sign, as strtod has it.
int cnumbers_parse_double(const char *begin, const char *end, double *out);

/// Reads whole lines of `columns` finite numbers each, at most `lines` of them, into `out`.
///
/// Numbers are as in `cnumbers_parse_double`, parted by one space or more; spaces and one carriage
/// return may come before the line end. Stops before the first line that is not so, or has no line
/// end; what it may have written to `out` of that line counts for nothing. Returns how many lines
/// were read, and in `length` how many bytes they take.
size_t cnumbers_parse_lines(const char *begin, const char *end, size_t columns, size_t lines,
                            double *out, size_t *length);

#ifdef __cplusplus
}
#endif

#endif
