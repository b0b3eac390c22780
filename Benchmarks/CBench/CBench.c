#define _GNU_SOURCE
#include "CBench.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>

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

void bench_wait_until(uint64_t nanoseconds) {
    // A thread may be woken 50 us late unless it asks for less.
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    struct timespec until = {
        .tv_sec = (time_t)(nanoseconds / 1000000000u), .tv_nsec = (long)(nanoseconds % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {}
}
