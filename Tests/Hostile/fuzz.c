// libFuzzer's entry to one target, which the build names.
#include "hostile.h"

#include <stdio.h>

void hostile_fail(const char *what) {
    fprintf(stderr, "hostile: wrong answer: %s\n", what);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    HOSTILE_TARGET(bytes, count);
    return 0;
}
