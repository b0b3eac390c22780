/* One variant of the functions of numbers; included once for each, with VARIANT(name) and TARGET
 * defined.
 *
 * Vectors of 8 doubles are what AVX-512 has; for the others the compiler splits them. */

INLINE TARGET v8 VARIANT(load)(const double *from) {
    v8 value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}

INLINE TARGET void VARIANT(store)(double *to, v8 value) {
    __builtin_memcpy(to, &value, sizeof value);
}

INLINE TARGET v8 VARIANT(all)(double value) {
    return (v8){value, value, value, value, value, value, value, value};
}

/* Where `mask` is all ones, `one`, else `other`. */
INLINE TARGET v8 VARIANT(choose)(i8 mask, v8 one, v8 other) {
    return (v8)(((i8)one & mask) | ((i8)other & ~mask));
}

/* Within the bounds; NaN stays what it is, because it compares as false. */
INLINE TARGET v8 VARIANT(clamp)(v8 x, double low, double high) {
    x = VARIANT(choose)(x < VARIANT(all)(low), VARIANT(all)(low), x);
    return VARIANT(choose)(x > VARIANT(all)(high), VARIANT(all)(high), x);
}

/* The nearest whole number of |x| < 2^51: where doubles are that large, they have no fraction. */
INLINE TARGET v8 VARIANT(whole)(v8 x) {
    const v8 large = VARIANT(all)(0x1.8p52);
    return (x + large) - large;
}

/* 2 to the power of a whole number between -1022 and 1023. */
INLINE TARGET v8 VARIANT(power_of_two)(v8 k) {
    const v8 large = VARIANT(all)(0x1.8p52 + 1023);
    return (v8)((i8)(k + large) << 52);
}

/* e^r - 1 for |r| <= ln 2 / 2: r + r^2 q(r), where q is fitted at the Chebyshev nodes; its error
 * is at most 1.6e-17 of e^r. */
INLINE TARGET v8 VARIANT(small_exponential)(v8 r) {
    v8 q = VARIANT(all)(0x1.af38a0d2d9620p-26);
    q = q * r + VARIANT(all)(0x1.28917e2c43a66p-22);
    q = q * r + VARIANT(all)(0x1.71de0db21e27fp-19);
    q = q * r + VARIANT(all)(0x1.a019b9133a48ap-16);
    q = q * r + VARIANT(all)(0x1.a01a01a7c327ap-13);
    q = q * r + VARIANT(all)(0x1.6c16c1788a49bp-10);
    q = q * r + VARIANT(all)(0x1.11111111109b4p-7);
    q = q * r + VARIANT(all)(0x1.5555555553d67p-5);
    q = q * r + VARIANT(all)(0x1.5555555555556p-3);
    q = q * r + VARIANT(all)(0x1.0000000000001p-1);
    return (q * r) * r + r;
}

/* x - k ln 2, with ln 2 in two parts: multiples of the first are exact. */
INLINE TARGET v8 VARIANT(reduced)(v8 x, v8 k) {
    const v8 high = x - k * VARIANT(all)(0x1.62e42fee00000p-1);
    return high - k * VARIANT(all)(0x1.a39ef35793c76p-33);
}

INLINE TARGET v8 VARIANT(exponential)(v8 x) {
    /* Beyond these bounds the result is 0 or infinite anyway. */
    x = VARIANT(clamp)(x, -750, 750);
    const v8 k = VARIANT(whole)(x * VARIANT(all)(0x1.71547652b82fep0));
    const v8 y = VARIANT(all)(1) + VARIANT(small_exponential)(VARIANT(reduced)(x, k));
    /* In two steps, so that neither scale is beyond a double; only the last one rounds. */
    const v8 half = VARIANT(whole)(k * VARIANT(all)(0.5));
    return (y * VARIANT(power_of_two)(half)) * VARIANT(power_of_two)(k - half);
}

INLINE TARGET v8 VARIANT(tangent)(v8 z) {
    const i8 sign = (i8)z & (i8)VARIANT(all)(-0.0);
    /* tanh 22 is 1 less 1.6e-19. */
    const v8 x = VARIANT(clamp)((v8)((i8)z ^ sign), 0, 22) * VARIANT(all)(2);
    const v8 k = VARIANT(whole)(x * VARIANT(all)(0x1.71547652b82fep0));
    const v8 scale = VARIANT(power_of_two)(k);
    const v8 less_one = scale * VARIANT(small_exponential)(VARIANT(reduced)(x, k))
        + (scale - VARIANT(all)(1));
    return (v8)((i8)(less_one / (less_one + VARIANT(all)(2))) | sign);
}

/* As many independent sums as an addition takes cycles. */
#define EACH for (int i = 0; i < CKERNELS_GROUP; i++)

TARGET static void VARIANT(exponentials)(double *values, size_t count, double gamma) {
    for (size_t at = 0; at < count; at += CKERNELS_LANES) {
        const v8 value = VARIANT(load)(values + at);
        VARIANT(store)(values + at, VARIANT(exponential)(VARIANT(all)(-gamma) * value));
    }
}

TARGET static void VARIANT(tangents)(double *values, size_t count, double gamma, double coef0) {
    for (size_t at = 0; at < count; at += CKERNELS_LANES) {
        const v8 value = VARIANT(load)(values + at) * VARIANT(all)(gamma) + VARIANT(all)(coef0);
        VARIANT(store)(values + at, VARIANT(tangent)(value));
    }
}

TARGET static void VARIANT(powers)(
    double *values, size_t count, double gamma, double coef0, int degree) {
#pragma clang fp contract(off)
    for (size_t at = 0; at < count; at += CKERNELS_LANES) {
        v8 base = VARIANT(load)(values + at) * VARIANT(all)(gamma) + VARIANT(all)(coef0);
        v8 result = VARIANT(all)(1);
        for (int left = degree; left > 0; left /= 2) {
            if (left % 2 == 1) result *= base;
            base *= base;
        }
        VARIANT(store)(values + at, result);
    }
}

/* The four sums as one. */
INLINE TARGET double VARIANT(total)(const v8 *sums) {
    const v8 all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    const double result = (all[0] + all[1]) + (all[2] + all[3]);
    return result + ((all[4] + all[5]) + (all[6] + all[7]));
}

TARGET static double VARIANT(sum)(const double *one, const double *other, size_t count) {
    v8 sums[CKERNELS_GROUP] = {{0}, {0}, {0}, {0}};
    size_t at = 0;
    for (; at + CKERNELS_GROUP * CKERNELS_LANES <= count; at += CKERNELS_GROUP * CKERNELS_LANES) {
        EACH sums[i] += VARIANT(load)(one + at + i * CKERNELS_LANES)
            * VARIANT(load)(other + at + i * CKERNELS_LANES);
    }
    for (; at + CKERNELS_LANES <= count; at += CKERNELS_LANES) {
        sums[0] += VARIANT(load)(one + at) * VARIANT(load)(other + at);
    }
    double result = VARIANT(total)(sums);
    for (; at < count; at++) result += one[at] * other[at];
    return result;
}
