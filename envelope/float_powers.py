#!/usr/bin/env python3
# Writes float_powers.h: the powers of ten that float.c multiplies by.
#
#     envelope/float_powers.py > envelope/float_powers.h
#
# Each 10^k is scaled by a power of two to 128 bits with the highest bit set and
# rounded up unless exact, so that a product with it is never too small.
#
# SPDX-License-Identifier: Apache-2.0
from fractions import Fraction

FIRST, LAST = -292, 324  # -k over the exponents of float8 (see float.c)


def scaled(k):
    value = Fraction(10) ** k
    shift = 127 - (value.numerator.bit_length() - value.denominator.bit_length())
    for s in (shift - 1, shift, shift + 1):
        product = value * Fraction(2) ** s
        rounded = -(-product.numerator // product.denominator)
        if 1 << 127 <= product < 1 << 128:
            assert rounded < 1 << 128
            return rounded
    raise AssertionError(k)


print("""/*
 * float_powers.h
 *		10^k for float.c, scaled to 128 bits and rounded up.
 *
 * Made by float_powers.py; do not edit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define POWER_FIRST (%d)
#define POWER_LAST %d

static const struct
{
	uint64_t	high;
	uint64_t	low;
}			powers[POWER_LAST - POWER_FIRST + 1] = {""" % (FIRST, LAST))
for k in range(FIRST, LAST + 1):
    value = scaled(k)
    print("\t{UINT64_C(0x%016x), UINT64_C(0x%016x)}%s"
          % (value >> 64, value & (1 << 64) - 1, "," if k < LAST else ""))
print("};")
