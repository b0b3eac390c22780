// What the parts of the hostile driver share; see `run` for what it is for.
#ifndef SWERVE_HOSTILE_H
#define SWERVE_HOSTILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

// One target: takes one input, calls what it tests, and stops the process through `hostile_fail`
// where an answer is wrong. The sanitizers stop it for what memory and arithmetic they see.
// The bytes are a copy of exactly that size, so that one byte too far is seen.
void hostile_json(const uint8_t *bytes, size_t count);
void hostile_values(const uint8_t *bytes, size_t count);
void hostile_names(const uint8_t *bytes, size_t count);
void hostile_numbers(const uint8_t *bytes, size_t count);
void hostile_text(const uint8_t *bytes, size_t count);
void hostile_kernels(const uint8_t *bytes, size_t count);
void hostile_platform(const uint8_t *bytes, size_t count);

// See planted.c.
void planted_read(const uint8_t *bytes, size_t count);
void planted_write(const uint8_t *bytes, size_t count);
void planted_overflow(const uint8_t *bytes, size_t count);
void planted_leak(const uint8_t *bytes, size_t count);
void planted_answer(const uint8_t *bytes, size_t count);
void planted_hang(const uint8_t *bytes, size_t count);

// Says what is wrong, and stops as a sanitizer does: with the input told.
__attribute__((noreturn)) void hostile_fail(const char *what);

static inline void hostile_expect(int is_true, const char *what) {
    if (!is_true) hostile_fail(what);
}

// Memory of exactly that size; the content is whatever there was.
static inline void *hostile_memory(size_t bytes) {
    void *memory = malloc(bytes);
    if (!memory) hostile_fail("the driver has no memory");
    return memory;
}

// What is read from the front of an input to choose parameters; zeros behind its end.
struct hostile_reader {
    const uint8_t *bytes;
    size_t left;
};

static inline uint8_t hostile_byte(struct hostile_reader *from) {
    if (from->left == 0) return 0;
    from->left -= 1;
    return *from->bytes++;
}

// The next 8 bytes as a double: every kind of number, NaN and infinities among them.
static inline double hostile_double(struct hostile_reader *from) {
    uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 8) bits |= (uint64_t)hostile_byte(from) << shift;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// The same number, or both none.
static inline int hostile_same(double one, double other) {
    return memcmp(&one, &other, sizeof one) == 0 || (one != one && other != other);
}

#ifdef __cplusplus
}
#endif

#endif
