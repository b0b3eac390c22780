#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kernel values between inputs and many support vectors; nothing is allocated or kept.
 *
 * The support vectors stand in blocks of CKERNELS_LANES, the last one filled up with zeros. Every
 * CKERNELS_GROUP blocks stand together, from the first: all their first features side by side, then
 * all the second ones, so that memory is read as one stream. The blocks left over, fewer than a
 * group, stand like that each for itself. Values are written one a lane, those of the filling too.
 *
 * The sums over features run in their order, in double; where the processor has it, product and
 * sum are rounded once. Infinities and NaN come out as the formulas say. What comes out for an
 * input is the same to the last bit whichever inputs it is handed over with. */
#define CKERNELS_LANES 8
#define CKERNELS_GROUP 4
/* The most inputs of one call. */
#define CKERNELS_INPUTS 8

/* Inputs that the support vectors are read for once. */
struct ckernels_inputs {
    /* The first one's features; each has as many as a vector. */
    const double *x;
    /* From an input to the next. */
    size_t stride;
    /* What is added to each input's squared distances, not below 0; products do not look at it. */
    const double *tails;
    /* 1 to CKERNELS_INPUTS. */
    size_t count;
};

/* exp(-gamma * (|x - s|^2 + tail)) for each support vector s of `blocks` blocks; those of input i
 * from `values + i * blocks * CKERNELS_LANES` on.
 *
 * Calculated as a power of 2: within 1.1 units in the last place of what the exponent says, which
 * is rounded twice. Where it vanishes it is rounded once, to the nearest of the numbers that are
 * left, and then to 0. */
void ckernels_rbf(
    const double *vectors, size_t blocks, size_t width, const struct ckernels_inputs *inputs,
    double gamma, double *values);

/* The same values of `count` support vectors, weighed: `sums[i]` is what `ckernels_sum` gives of
 * the coefficients and the values of input i. */
void ckernels_rbf_sums(
    const double *vectors, size_t count, size_t width, const struct ckernels_inputs *inputs,
    double gamma, const double *coefficients, double *sums);

/* x . s for each support vector, as in `ckernels_rbf`. */
void ckernels_products(
    const double *vectors, size_t blocks, size_t width, const struct ckernels_inputs *inputs,
    double *values);

/* Replaces each of `count` values v, a multiple of the lanes, by exp(-gamma * v), within 1.1 units
 * in the last place; where it vanishes as above. */
void ckernels_exponentials(double *values, size_t count, double gamma);

/* Replaces each value v by tanh(gamma * v + coef0), within 3 units in the last place. */
void ckernels_tangents(double *values, size_t count, double gamma, double coef0);

/* Replaces each value v by (gamma * v + coef0)^degree, by repeated squaring; degree 0 gives 1. */
void ckernels_powers(double *values, size_t count, double gamma, double coef0, int degree);

/* The sum of one[i] * other[i], in 8 partial sums. */
double ckernels_sum(const double *one, const double *other, size_t count);

/* Adds to the sum of each of 1 to CKERNELS_INPUTS inputs, `sums_stride` apart, its `count` values,
 * `values_stride` apart, times the coefficients: one after the other, each step rounded. */
void ckernels_ordered_sums(
    const double *coefficients, size_t count, const double *values, size_t values_stride,
    size_t inputs, double *sums, size_t sums_stride);

/* Which variant runs on this machine: "avx512", "avx2", or "portable". */
const char *ckernels_variant(void);

/* Runs that variant from now on, where the machine can: for tests and benchmarks that compare them.
 * 0 when it cannot. */
int ckernels_use_variant(const char *name);

#ifdef __cplusplus
}
#endif

#endif
