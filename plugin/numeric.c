/*
 * numeric.c
 *		PostgreSQL's numeric as it is stored: taken apart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "numeric.h"

/*
 * numeric's storage (numeric.c, "Interpretation of high bits"): a header of one
 * word when weight and scale are small, else of two, and base-10000 digits.
 */
#define NUMERIC_HEADER_SIGN_MASK	0xC000
#define NUMERIC_HEADER_NEGATIVE		0x4000
#define NUMERIC_HEADER_SHORT		0x8000
#define NUMERIC_HEADER_SPECIAL		0xC000
#define NUMERIC_SPECIAL_MASK		0xF000
#define NUMERIC_SPECIAL_PLUS_INFINITY 0xD000
#define NUMERIC_SPECIAL_MINUS_INFINITY 0xF000
#define NUMERIC_SHORT_NEGATIVE		0x2000
#define NUMERIC_SHORT_SCALE_MASK	0x1F80
#define NUMERIC_SHORT_SCALE_SHIFT	7
#define NUMERIC_SHORT_WEIGHT_SIGN	0x0040
#define NUMERIC_SHORT_WEIGHT_MASK	0x003F
#define NUMERIC_LONG_SCALE_MASK		0x3FFF

void
wf_numeric_unpack(WfSlice bytes, WfNumeric *numeric)
{
	const char *digits;
	uint16		header;

	memcpy(&header, bytes.data, sizeof(header));
	digits = bytes.data + sizeof(header);

	switch (header & NUMERIC_HEADER_SIGN_MASK)
	{
		case NUMERIC_HEADER_SPECIAL:
			switch (header & NUMERIC_SPECIAL_MASK)
			{
				case NUMERIC_SPECIAL_PLUS_INFINITY:
					numeric->sign = WF_NUMERIC_PLUS_INFINITY;
					break;
				case NUMERIC_SPECIAL_MINUS_INFINITY:
					numeric->sign = WF_NUMERIC_MINUS_INFINITY;
					break;
				default:
					numeric->sign = WF_NUMERIC_NAN;
					break;
			}
			numeric->digits = NULL;
			numeric->digit_count = 0;
			numeric->weight = 0;
			numeric->dscale = 0;
			return;
		case NUMERIC_HEADER_SHORT:
			numeric->sign = (header & NUMERIC_SHORT_NEGATIVE) != 0 ?
				WF_NUMERIC_NEGATIVE : WF_NUMERIC_POSITIVE;
			numeric->dscale = (header & NUMERIC_SHORT_SCALE_MASK) >> NUMERIC_SHORT_SCALE_SHIFT;
			numeric->weight = header & NUMERIC_SHORT_WEIGHT_MASK;
			if ((header & NUMERIC_SHORT_WEIGHT_SIGN) != 0)
				numeric->weight -= NUMERIC_SHORT_WEIGHT_MASK + 1;
			break;
		default:
			{
				int16		weight;

				memcpy(&weight, digits, sizeof(weight));
				digits += sizeof(weight);
				numeric->sign = (header & NUMERIC_HEADER_SIGN_MASK) == NUMERIC_HEADER_NEGATIVE ?
					WF_NUMERIC_NEGATIVE : WF_NUMERIC_POSITIVE;
				numeric->dscale = header & NUMERIC_LONG_SCALE_MASK;
				numeric->weight = weight;
				break;
			}
	}

	numeric->digit_count = (int32) ((bytes.data + bytes.length - digits) / sizeof(int16));
	numeric->digits = (const WfNumericDigit *) digits;
}
