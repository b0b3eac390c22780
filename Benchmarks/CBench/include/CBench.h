// What a benchmark asks of the C library and of Allocations/count.c, and Swift cannot ask itself.
#ifndef SWERVE_CBENCH_H
#define SWERVE_CBENCH_H

#include <stdint.h>

/// Bytes that the program has allocated and not freed: glibc's own account of all its arenas and of
/// the blocks that are mapped by themselves. Tens of microseconds.
uint64_t bench_heap_bytes(void);

/// Allocations of the program's own code on the calling thread so far, or -1 where nobody counts
/// (Allocations/count.c is not preloaded).
int64_t bench_own_allocations(void);

/// Begins anew with the call stacks that are counted; does nothing where nobody counts.
void bench_forget_sites(void);

/// Waits until CLOCK_MONOTONIC shows `nanoseconds`, as exactly as the kernel wakes a thread; returns
/// at once where that has passed.
void bench_wait_until(uint64_t nanoseconds);

#endif
