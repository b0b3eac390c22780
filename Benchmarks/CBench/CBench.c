#define _GNU_SOURCE
#include "CBench.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stddef.h>

uint64_t bench_heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

int64_t bench_own_allocations(void) {
    uint64_t (*counter)(void) = (uint64_t(*)(void))dlsym(RTLD_DEFAULT, "swerve_own_allocations");
    return counter ? (int64_t)counter() : -1;
}

void bench_forget_sites(void) {
    void (*forget)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "swerve_forget_sites");
    if (forget) forget();
}
