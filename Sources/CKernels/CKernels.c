#include "CKernels.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Vectors never cross a call: every function that takes one is inlined. */
#pragma clang diagnostic ignored "-Wpsabi"
#define INLINE static inline __attribute__((always_inline))

typedef double v8 __attribute__((vector_size(64)));
typedef long long i8 __attribute__((vector_size(64)));

struct kernels {
    void (*rbf)(
        const double *, size_t, size_t, const struct ckernels_inputs *, double, double *);
    void (*rbf_sums)(
        const double *, size_t, size_t, const struct ckernels_inputs *, double, const double *,
        double *);
    void (*products)(const double *, size_t, size_t, const struct ckernels_inputs *, double *);
    void (*exponentials)(double *, size_t, double);
    void (*tangents)(double *, size_t, double, double);
    void (*powers)(double *, size_t, double, double, int);
    double (*sum)(const double *, const double *, size_t);
    void (*ordered_sums)(
        const double *, size_t, const double *, size_t, size_t, double *, size_t);
};

/* How many blocks of vectors are taken at once with four inputs, with two, and with one: with as
 * many sums as registers hold, and no fewer than an addition takes cycles. EIGHTHS: whether a
 * vector holds all powers of 2^(1/8) up to 2. */
#define TARGET
#define FOUR_WIDE 1
#define TWO_WIDE 1
#define ONE_WIDE 4
#define EIGHTHS 0
#define VARIANT(name) portable_##name
#include "body.h"
#include "tiles.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma")))
#define FOUR_WIDE 1
#define TWO_WIDE 2
#define ONE_WIDE 4
#define EIGHTHS 0
#define VARIANT(name) avx2_##name
#include "body.h"
#include "tiles.h"

#define TARGET __attribute__((target("avx512f,avx512dq,avx2,fma")))
#define FOUR_WIDE 4
#define TWO_WIDE 4
#define ONE_WIDE 4
#define EIGHTHS 1
#define VARIANT(name) avx512_##name
#include "body.h"
#include "tiles.h"
#endif

struct variant {
    const char *name;
    const struct kernels *kernels;
};

/* Slowest first; each is there only if the processor has it. */
static const struct variant variants[] = {
    {"portable", &portable_kernels},
#if defined(__x86_64__)
    {"avx2", &avx2_kernels},
    {"avx512", &avx512_kernels},
#endif
};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

static int is_there(int index) {
#if defined(__x86_64__)
    if (index == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (index == 2) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("fma");
    }
#endif
    return index == 0;
}

/* The index of the variant in use, plus 1; 0 until the first call chooses. Threads that choose at
 * the same time choose the same. */
static _Atomic int chosen;

static const struct variant *current(void) {
    int index = atomic_load_explicit(&chosen, memory_order_relaxed) - 1;
    if (index < 0) {
        index = VARIANTS - 1;
        while (!is_there(index)) index--;
        atomic_store_explicit(&chosen, index + 1, memory_order_relaxed);
    }
    return &variants[index];
}

const char *ckernels_variant(void) { return current()->name; }

int ckernels_use_variant(const char *name) {
    for (int index = 0; index < VARIANTS; index++) {
        if (strcmp(variants[index].name, name) != 0 || !is_there(index)) continue;
        atomic_store_explicit(&chosen, index + 1, memory_order_relaxed);
        return 1;
    }
    return 0;
}

void ckernels_rbf(
    const double *vectors, size_t blocks, size_t width, const struct ckernels_inputs *inputs,
    double gamma, double *values) {
    current()->kernels->rbf(vectors, blocks, width, inputs, gamma, values);
}

void ckernels_rbf_sums(
    const double *vectors, size_t count, size_t width, const struct ckernels_inputs *inputs,
    double gamma, const double *coefficients, double *sums) {
    current()->kernels->rbf_sums(vectors, count, width, inputs, gamma, coefficients, sums);
}

void ckernels_products(
    const double *vectors, size_t blocks, size_t width, const struct ckernels_inputs *inputs,
    double *values) {
    current()->kernels->products(vectors, blocks, width, inputs, values);
}

void ckernels_exponentials(double *values, size_t count, double gamma) {
    current()->kernels->exponentials(values, count, gamma);
}

void ckernels_tangents(double *values, size_t count, double gamma, double coef0) {
    current()->kernels->tangents(values, count, gamma, coef0);
}

void ckernels_powers(double *values, size_t count, double gamma, double coef0, int degree) {
    current()->kernels->powers(values, count, gamma, coef0, degree);
}

double ckernels_sum(const double *one, const double *other, size_t count) {
    return current()->kernels->sum(one, other, count);
}

void ckernels_ordered_sums(
    const double *coefficients, size_t count, const double *values, size_t values_stride,
    size_t inputs, double *sums, size_t sums_stride) {
    current()->kernels->ordered_sums(
        coefficients, count, values, values_stride, inputs, sums, sums_stride);
}
