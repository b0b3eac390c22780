// Faults that the driver must find before its silence about the targets counts for anything.
//
// The one file of their corpus is `{"a":0}`, and has none of them: only mutations do.
#include "hostile.h"

#include <limits.h>

enum { FILE_BYTES = 7 };

static volatile int seen;
static char *volatile forgotten;

// Looks one byte behind the input.
void planted_read(const uint8_t *bytes, size_t count) {
    if (count > 0 && bytes[count - 1] != '}') seen = bytes[count];
}

// Has room for as many as the file has.
void planted_write(const uint8_t *bytes, size_t count) {
    char *room = hostile_memory(FILE_BYTES);
    if (count > 0 && bytes[0] == '{') memcpy(room, bytes, count);
    seen = room[0];
    free(room);
}

void planted_overflow(const uint8_t *bytes, size_t count) {
    int sum = INT_MAX - 8;
    for (size_t at = 0; at < count; at++) sum += bytes[at] == '0';
    seen = sum;
}

void planted_leak(const uint8_t *bytes, size_t count) {
    (void)bytes;
    if (count != FILE_BYTES) forgotten = hostile_memory(count + 1);
    forgotten = NULL;
}

void planted_answer(const uint8_t *bytes, size_t count) {
    hostile_expect(count < 2 || bytes[1] == '"', "the planted one");
}

void planted_hang(const uint8_t *bytes, size_t count) {
    (void)bytes;
    while (count > 2 * FILE_BYTES) seen = 1;
}
