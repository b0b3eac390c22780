/* One variant of the kernels between inputs and vectors, and the table of all its functions;
 * included behind body.h.
 *
 * Of some inputs and some blocks of vectors at a time: each number read takes part in several
 * products. The steps for one input and one vector are the same in every such tile. */

#define UNROLLED(name, count) \
    _Pragma("clang loop unroll(full)") for (int name = 0; name < count; name++)
#define EACH_RECORD UNROLLED(record, records)
#define EACH_BLOCK UNROLLED(i, wide)
#define EACH_SUM UNROLLED(i, records * wide)

/* The squared distances of `records` inputs from the vectors of `wide` blocks, which are `step`
 * doubles from one feature to the next. */
INLINE TARGET void VARIANT(distances)(
    const double *from, size_t step, size_t width, const double *x, size_t stride,
    const int records, const int wide, v8 *sums) {
    EACH_SUM sums[i] = (v8){0};
    _Pragma("clang loop unroll(disable)")
    for (size_t feature = 0; feature < width; feature++) {
        v8 there[CKERNELS_GROUP];
        EACH_BLOCK there[i] = VARIANT(load)(from + i * CKERNELS_LANES);
        EACH_RECORD {
            const v8 here = VARIANT(all)(x[record * stride + feature]);
            EACH_BLOCK {
                const v8 difference = here - there[i];
                sums[record * wide + i] += difference * difference;
            }
        }
        /* The same place of the next group: what stands side by side is read in turns. */
        if (wide == 1) __builtin_prefetch(from + step * width);
        from += step;
    }
}

/* Their products. */
INLINE TARGET void VARIANT(dots)(
    const double *from, size_t step, size_t width, const double *x, size_t stride,
    const int records, const int wide, v8 *sums) {
/* Each step rounded as LIBSVM rounds it, so that the products are its own to the last bit. */
#pragma clang fp contract(off)
    EACH_SUM sums[i] = (v8){0};
    _Pragma("clang loop unroll(disable)")
    for (size_t feature = 0; feature < width; feature++) {
        v8 there[CKERNELS_GROUP];
        EACH_BLOCK there[i] = VARIANT(load)(from + i * CKERNELS_LANES);
        EACH_RECORD {
            const v8 here = VARIANT(all)(x[record * stride + feature]);
            EACH_BLOCK sums[record * wide + i] += here * there[i];
        }
        from += step;
    }
}

/* 2^f for |f| <= 1/2: 1 + f q(f), where q is fitted at the Chebyshev nodes and taken as two
 * polynomials of f^2; its error is at most 2e-17 of 2^f. */
INLINE TARGET v8 VARIANT(root_of_two)(v8 f) {
    const v8 square = f * f;
    v8 even = VARIANT(all)(0x1.e9d3fe3952179p-32);
    v8 odd = VARIANT(all)(0x1.e6063f7217bc6p-28);
    even = even * square + VARIANT(all)(0x1.b524fae627834p-24);
    odd = odd * square + VARIANT(all)(0x1.62bfd47773353p-20);
    even = even * square + VARIANT(all)(0x1.ffcbfc670dcd4p-17);
    odd = odd * square + VARIANT(all)(0x1.430913096fd9fp-13);
    even = even * square + VARIANT(all)(0x1.5d87fe78a5276p-10);
    odd = odd * square + VARIANT(all)(0x1.3b2ab6fba1ddap-7);
    even = even * square + VARIANT(all)(0x1.c6b08d704a0c2p-5);
    odd = odd * square + VARIANT(all)(0x1.ebfbdff82c598p-3);
    even = even * square + VARIANT(all)(0x1.62e42fefa39efp-1);
    even = odd * f + even;
    return even * f + VARIANT(all)(1);
}

/* 2^t for any t. */
INLINE TARGET v8 VARIANT(any_power)(v8 t) {
    /* Beyond these bounds the result is 0 or infinite anyway. */
    t = VARIANT(clamp)(t, -1100, 1100);
    const v8 k = VARIANT(whole)(t);
    const v8 y = VARIANT(root_of_two)(t - k);
    /* In two steps, so that neither scale is beyond a double; only the last one rounds. */
    const v8 half = VARIANT(whole)(k * VARIANT(all)(0.5));
    return (y * VARIANT(power_of_two)(half)) * VARIANT(power_of_two)(k - half);
}

/* The same where |t| < 1020: to add to the exponent of the result multiplies it. */
#if EIGHTHS
INLINE TARGET v8 VARIANT(usual_power)(v8 t) {
    /* 2^(n/8), which one instruction picks; less n where the number of eighths is added. */
    const __m512i roots = _mm512_setr_epi64(
        0x3FF0000000000000, 0x3FEF72B83C7D517B, 0x3FEF06FE0A31B715, 0x3FEEBFDAD5362A27,
        0x3FEEA09E667F3BCD, 0x3FEEACE5422AA0DB, 0x3FEEE89F995AD3AD, 0x3FEF5818DCFBA487);
    const v8 large = VARIANT(all)(0x1.8p49);
    const v8 moved = t + large;
    const v8 f = t - (moved - large);
    const i8 root = (i8)_mm512_permutexvar_epi64((__m512i)moved, roots);
    const v8 scale = (v8)(root + ((i8)moved << 49));
    /* 2^f - 1 for |f| <= 1/16 as f q(f), fitted as above; its error is at most 5e-18. */
    const v8 square = f * f;
    v8 even = VARIANT(all)(0x1.ffd1f6633bd3ap-17);
    v8 odd = VARIANT(all)(0x1.430deca12d584p-13);
    even = even * square + VARIANT(all)(0x1.5d87fe72ac65ep-10);
    odd = odd * square + VARIANT(all)(0x1.3b2ab6f1f1910p-7);
    even = even * square + VARIANT(all)(0x1.c6b08d704a11fp-5);
    odd = odd * square + VARIANT(all)(0x1.ebfbdff82c6c5p-3);
    even = even * square + VARIANT(all)(0x1.62e42fefa39efp-1);
    even = odd * f + even;
    return (scale * f) * even + scale;
}
#else
INLINE TARGET v8 VARIANT(usual_power)(v8 t) {
    const v8 large = VARIANT(all)(0x1.8p52);
    const v8 moved = t + large;
    return (v8)((i8)VARIANT(root_of_two)(t - (moved - large)) + ((i8)moved << 52));
}
#endif

/* 2^(factor * distance) of the distances of `blocks` blocks; factor is -gamma log2(e). */
INLINE TARGET void VARIANT(radial)(
    const double *distances, const int blocks, double factor, v8 *t) {
    v8 all = {0};
    UNROLLED(i, blocks) {
        t[i] = VARIANT(load)(distances + i * CKERNELS_LANES) * VARIANT(all)(factor);
        all += t[i];
    }
    /* None is above 0, so that each is above what their sum is; a NaN makes the sum NaN. */
    const i8 usual = all > VARIANT(all)(-1020);
    if (__builtin_expect(factor <= 0 && __builtin_reduce_and(usual) != 0, 1)) {
        UNROLLED(i, blocks) t[i] = VARIANT(usual_power)(t[i]);
    } else {
        for (int i = 0; i < blocks; i++) t[i] = VARIANT(any_power)(t[i]);
    }
}

/* The distances or products of some of the inputs and `wide` blocks. */
INLINE TARGET void VARIANT(tile)(
    const double *from, size_t step, size_t width, const struct ckernels_inputs *inputs,
    size_t first, const int isRadial, const int records, const int wide, double *values,
    size_t values_stride) {
    const double *x = inputs->x + first * inputs->stride;
    v8 sums[CKERNELS_GROUP * CKERNELS_GROUP];
    if (isRadial) {
        VARIANT(distances)(from, step, width, x, inputs->stride, records, wide, sums);
        EACH_RECORD {
            const v8 tail = VARIANT(all)(inputs->tails[first + record]);
            EACH_BLOCK sums[record * wide + i] += tail;
        }
    } else {
        VARIANT(dots)(from, step, width, x, inputs->stride, records, wide, sums);
    }
    EACH_RECORD {
        double *to = values + (first + record) * values_stride;
        EACH_BLOCK VARIANT(store)(to + i * CKERNELS_LANES, sums[record * wide + i]);
    }
}

/* The values of all inputs and of `blocks` blocks that stand together. */
INLINE TARGET void VARIANT(strip)(
    const double *from, const int blocks, size_t width, const struct ckernels_inputs *inputs,
    const int isRadial, double *values, size_t values_stride) {
    const size_t step = blocks * CKERNELS_LANES;
    const int four = blocks < FOUR_WIDE ? blocks : FOUR_WIDE;
    const int two = blocks < TWO_WIDE ? blocks : TWO_WIDE;
    const int one = blocks < ONE_WIDE ? blocks : ONE_WIDE;
    size_t first = 0;
#define TILES(records, wide) \
    for (int block = 0; block < blocks; block += wide) { \
        VARIANT(tile)( \
            from + block * CKERNELS_LANES, step, width, inputs, first, isRadial, records, wide, \
            values + block * CKERNELS_LANES, values_stride); \
    }
    for (; first + 4 <= inputs->count; first += 4) TILES(4, four)
    if (first + 2 <= inputs->count) {
        TILES(2, two)
        first += 2;
    }
    if (first < inputs->count) TILES(1, one)
#undef TILES
}

/* Makes kernel values of all distances of a strip, behind the last of them: powers wait for their
 * own steps for long, and there are many to take in the meantime. */
INLINE TARGET void VARIANT(powers_of_strip)(
    const int blocks, size_t count, double factor, double *values, size_t values_stride) {
    for (size_t record = 0; record < count; record++) {
        double *own = values + record * values_stride;
        v8 t[CKERNELS_GROUP];
        VARIANT(radial)(own, blocks, factor, t);
        UNROLLED(i, blocks) VARIANT(store)(own + i * CKERNELS_LANES, t[i]);
    }
}

/* The kinds of strips as functions of their own: each keeps its sums in registers. */
#define STRIP(name, blocks, isRadial) \
    __attribute__((noinline)) TARGET static void VARIANT(name)( \
        const double *from, size_t width, const struct ckernels_inputs *inputs, double factor, \
        double *values, size_t values_stride) { \
        VARIANT(strip)(from, blocks, width, inputs, isRadial, values, values_stride); \
        if (isRadial) { \
            VARIANT(powers_of_strip)(blocks, inputs->count, factor, values, values_stride); \
        } \
    }
STRIP(radial_group, CKERNELS_GROUP, 1)
STRIP(radial_block, 1, 1)
STRIP(product_group, CKERNELS_GROUP, 0)
STRIP(product_block, 1, 0)
#undef STRIP

static const double VARIANT(log2_e) = 0x1.71547652b82fep0;

TARGET static void VARIANT(rbf)(
    const double *vectors, size_t blocks, size_t width, const struct ckernels_inputs *inputs,
    double gamma, double *values) {
    const double factor = -gamma * VARIANT(log2_e);
    const size_t size = width * CKERNELS_LANES, stride = blocks * CKERNELS_LANES;
    size_t block = 0;
    for (; block + CKERNELS_GROUP <= blocks; block += CKERNELS_GROUP) {
        VARIANT(radial_group)(
            vectors + block * size, width, inputs, factor, values + block * CKERNELS_LANES, stride);
    }
    for (; block < blocks; block++) {
        VARIANT(radial_block)(
            vectors + block * size, width, inputs, factor, values + block * CKERNELS_LANES, stride);
    }
}

TARGET static void VARIANT(products)(
    const double *vectors, size_t blocks, size_t width, const struct ckernels_inputs *inputs,
    double *values) {
    const size_t size = width * CKERNELS_LANES, stride = blocks * CKERNELS_LANES;
    size_t block = 0;
    for (; block + CKERNELS_GROUP <= blocks; block += CKERNELS_GROUP) {
        VARIANT(product_group)(
            vectors + block * size, width, inputs, 0, values + block * CKERNELS_LANES, stride);
    }
    for (; block < blocks; block++) {
        VARIANT(product_block)(
            vectors + block * size, width, inputs, 0, values + block * CKERNELS_LANES, stride);
    }
}

/* The room of one input in `rbf_sums`. */
#define ROOM (CKERNELS_GROUP * CKERNELS_LANES)

/* Adds what the vectors of a whole group weigh, as `sum` does of as many values. */
__attribute__((noinline)) TARGET static void VARIANT(weigh_group)(
    const double *from, size_t width, const struct ckernels_inputs *inputs, double factor,
    const double *coefficients, v8 (*parts)[CKERNELS_GROUP]) {
    double distances[CKERNELS_INPUTS * ROOM];
    VARIANT(strip)(from, CKERNELS_GROUP, width, inputs, 1, distances, ROOM);
    for (size_t record = 0; record < inputs->count; record++) {
        v8 t[CKERNELS_GROUP];
        VARIANT(radial)(distances + record * ROOM, CKERNELS_GROUP, factor, t);
        EACH parts[record][i] += VARIANT(load)(coefficients + i * CKERNELS_LANES) * t[i];
    }
}

TARGET static void VARIANT(rbf_sums)(
    const double *vectors, size_t count, size_t width, const struct ckernels_inputs *inputs,
    double gamma, const double *coefficients, double *sums) {
    const double factor = -gamma * VARIANT(log2_e);
    v8 parts[CKERNELS_INPUTS][CKERNELS_GROUP];
    for (size_t i = 0; i < inputs->count; i++) __builtin_memset(parts[i], 0, sizeof parts[i]);
    const double *from = vectors;
    size_t at = 0;
    for (; at + ROOM <= count; at += ROOM) {
        VARIANT(weigh_group)(from, width, inputs, factor, coefficients + at, parts);
        from += width * ROOM;
    }
    /* What is left may be a group whose last block is filled up; else blocks that stand alone. */
    double values[CKERNELS_INPUTS * ROOM];
    const size_t left = count - at;
    if (left > (CKERNELS_GROUP - 1) * CKERNELS_LANES) {
        VARIANT(radial_group)(from, width, inputs, factor, values, ROOM);
    } else {
        for (size_t done = 0; done < left; done += CKERNELS_LANES) {
            VARIANT(radial_block)(from + done * width, width, inputs, factor, values + done, ROOM);
        }
    }
    for (size_t i = 0; i < inputs->count; i++) {
        const double *weights = coefficients + at, *own = values + i * ROOM;
        size_t done = 0;
        for (; done + CKERNELS_LANES <= left; done += CKERNELS_LANES) {
            parts[i][0] += VARIANT(load)(weights + done) * VARIANT(load)(own + done);
        }
        double result = VARIANT(total)(parts[i]);
        for (; done < left; done++) result += weights[done] * own[done];
        sums[i] = result;
    }
}

#undef ROOM

INLINE TARGET void VARIANT(ordered)(
    const double *coefficients, size_t count, const double *values, size_t values_stride,
    const int inputs, double *sums, size_t sums_stride) {
#pragma clang fp contract(off)
    double own[4];
    for (int i = 0; i < inputs; i++) own[i] = sums[i * sums_stride];
    for (size_t at = 0; at < count; at++) {
        const double coefficient = coefficients[at];
        for (int i = 0; i < inputs; i++) own[i] += coefficient * values[i * values_stride + at];
    }
    for (int i = 0; i < inputs; i++) sums[i * sums_stride] = own[i];
}

TARGET static void VARIANT(ordered_sums)(
    const double *coefficients, size_t count, const double *values, size_t values_stride,
    size_t inputs, double *sums, size_t sums_stride) {
    size_t first = 0;
    for (; first + 4 <= inputs; first += 4) {
        VARIANT(ordered)(
            coefficients, count, values + first * values_stride, values_stride, 4,
            sums + first * sums_stride, sums_stride);
    }
    for (; first < inputs; first++) {
        VARIANT(ordered)(
            coefficients, count, values + first * values_stride, values_stride, 1,
            sums + first * sums_stride, sums_stride);
    }
}

#undef EACH
#undef EACH_SUM
#undef EACH_BLOCK
#undef EACH_RECORD
#undef UNROLLED

static const struct kernels VARIANT(kernels) = {
    VARIANT(rbf), VARIANT(rbf_sums), VARIANT(products), VARIANT(exponentials), VARIANT(tangents),
    VARIANT(powers), VARIANT(sum), VARIANT(ordered_sums),
};

#undef TARGET
#undef FOUR_WIDE
#undef TWO_WIDE
#undef ONE_WIDE
#undef EIGHTHS
#undef VARIANT
