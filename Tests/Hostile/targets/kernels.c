// CKernels: every variant that this machine has, over numbers of every kind.
//
// Products, powers and sums of products are rounded step by step in each variant, so that they are
// held against plain loops to the last bit; ScoringTests judges the accuracy of the others.
#include "../hostile.h"
#include "CKernels.h"

static const char *const variants[] = {"portable", "avx2", "avx512"};

static double *numbers(struct hostile_reader *from, size_t count) {
    double *values = hostile_memory(count * sizeof *values);
    for (size_t at = 0; at < count; at++) {
        values[at] = from->left ? hostile_double(from) : (double)(at % 7) - 3;
    }
    return values;
}

// Where the number of one support vector's feature stands.
static size_t place(size_t blocks, size_t width, size_t vector, size_t feature) {
    const size_t block = vector / CKERNELS_LANES;
    const size_t group = block / CKERNELS_GROUP;
    const int is_whole = (group + 1) * CKERNELS_GROUP <= blocks;
    const size_t first = is_whole ? group * CKERNELS_GROUP : block;
    const size_t beside = is_whole ? CKERNELS_GROUP : 1;
    return first * width * CKERNELS_LANES + feature * beside * CKERNELS_LANES
        + (block - first) * CKERNELS_LANES + vector % CKERNELS_LANES;
}

static double power(double base, int degree) {
#pragma clang fp contract(off)
    double result = 1;
    for (int left = degree; left > 0; left /= 2) {
        if (left % 2 == 1) result *= base;
        base *= base;
    }
    return result;
}

static void run(struct hostile_reader reader) {
#pragma clang fp contract(off)
    const size_t blocks = hostile_byte(&reader) % 11;
    const size_t width = hostile_byte(&reader) % 21;
    const int degree = hostile_byte(&reader) % 9;
    const double gamma = hostile_double(&reader), other = hostile_double(&reader);
    const size_t inputs = 1 + hostile_byte(&reader) % CKERNELS_INPUTS;
    const size_t lanes = blocks * CKERNELS_LANES;
    double *x = numbers(&reader, inputs * width);
    double *vectors = numbers(&reader, lanes * width);
    double *values = hostile_memory(inputs * lanes * sizeof *values);
    double *before = hostile_memory(lanes * sizeof *before);
    double *sums = hostile_memory(inputs * sizeof *sums);
    double *tails = hostile_memory(inputs * sizeof *tails);
    for (size_t input = 0; input < inputs; input++) tails[input] = other * other;
    const struct ckernels_inputs block = {x, width, tails, inputs};

    ckernels_rbf(vectors, blocks, width, &block, gamma, values);
    ckernels_rbf_sums(
        vectors, width ? lanes : 0, width, &block, gamma, vectors, sums);
    ckernels_ordered_sums(vectors, width ? lanes : 0, values, lanes, inputs, sums, 1);
    ckernels_products(vectors, blocks, width, &block, values);
    for (size_t vector = 0; vector < inputs * lanes; vector++) {
        const double *one = x + vector / lanes * width;
        double sum = 0;
        for (size_t feature = 0; feature < width; feature++) {
            sum += one[feature] * vectors[place(blocks, width, vector % lanes, feature)];
        }
        hostile_expect(hostile_same(values[vector], sum), "a product is not the plain loop's");
    }
    memcpy(before, values, lanes * sizeof *values);
    ckernels_powers(values, lanes, gamma, other, degree);
    for (size_t lane = 0; lane < lanes; lane++) {
        const double base = before[lane] * gamma + other;
        hostile_expect(hostile_same(values[lane], power(base, degree)), "a power is not the loop's");
    }
    memcpy(values, before, lanes * sizeof *values);
    ckernels_tangents(values, lanes, gamma, other);
    for (size_t lane = 0; lane < lanes; lane++) {
        hostile_expect(!(values[lane] > 1 || values[lane] < -1), "a tangent beyond 1");
    }
    memcpy(values, before, lanes * sizeof *values);
    ckernels_exponentials(values, lanes, gamma);
    for (size_t lane = 0; lane < lanes; lane++) {
        hostile_expect(!(values[lane] < 0), "an exponential below 0");
    }
    for (size_t count = 0; count <= width; count++) (void)ckernels_sum(x, x + width - count, count);
    if (lanes > 0) (void)ckernels_sum(vectors, vectors, lanes * width);
    free(x);
    free(vectors);
    free(values);
    free(before);
    free(sums);
    free(tails);
}

void hostile_kernels(const uint8_t *bytes, size_t count) {
    for (size_t index = 0; index < sizeof variants / sizeof variants[0]; index++) {
        if (!ckernels_use_variant(variants[index])) continue;
        run((struct hostile_reader){bytes, count});
    }
}
