#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kernel values between one input and many support vectors; nothing is allocated or kept.
 *
 * The support vectors stand in blocks of CKERNELS_LANES, the last one filled up with zeros. Every
 * CKERNELS_GROUP blocks stand together, from the first: all their first features side by side, then
 * all the second ones, so that memory is read as one stream. The blocks left over, fewer than a
 * group, stand like that each for itself. Every function writes one value a lane, those of the
 * filling too, so that `values` has room for whole blocks.
 *
 * The sums over features run in their order, in double; where the processor has it, product and
 * sum are rounded once. Infinities and NaN come out as the formulas say. */
#define CKERNELS_LANES 8
#define CKERNELS_GROUP 4

/* exp(-gamma * (|x - s|^2 + tail)) for each support vector s of `blocks` blocks.
 *
 * `x` has `width` numbers. The exponential is within 1.1 units in the last place; where it
 * vanishes it is rounded once, to the nearest of the numbers that are left, and then to 0. */
void ckernels_rbf(
    const double *vectors, size_t blocks, size_t width, const double *x, double tail, double gamma,
    double *values);

/* x . s for each support vector. */
void ckernels_products(
    const double *vectors, size_t blocks, size_t width, const double *x, double *values);

/* Replaces each of `count` values v, a multiple of the lanes, by exp(-gamma * v). */
void ckernels_exponentials(double *values, size_t count, double gamma);

/* Replaces each value v by tanh(gamma * v + coef0), within 3 units in the last place. */
void ckernels_tangents(double *values, size_t count, double gamma, double coef0);

/* Replaces each value v by (gamma * v + coef0)^degree, by repeated squaring; degree 0 gives 1. */
void ckernels_powers(double *values, size_t count, double gamma, double coef0, int degree);

/* The sum of one[i] * other[i], in 8 partial sums. */
double ckernels_sum(const double *one, const double *other, size_t count);

/* Which variant runs on this machine: "avx512", "avx2", or "portable". */
const char *ckernels_variant(void);

/* Runs that variant from now on, where the machine can: for tests and benchmarks that compare them.
 * 0 when it cannot. */
int ckernels_use_variant(const char *name);

#ifdef __cplusplus
}
#endif

#endif
