/*
 * append_rows.c
 *		libFuzzer target: any bytes as an answer of AppendRows.
 *
 * Reading never goes beyond the bytes, what is told points into them, and the
 * number of refused rows stays within its array.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "shipper/bigquery/append_rows.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(WfSlice slice, const uint8_t *data, size_t size)
{
	const char *start = (const char *) data;

	if (slice.length > 0 && (slice.data < start || slice.data + slice.length > start + size))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static AppendRowsResponse response;

	if (append_rows_read(wf_slice((const char *) data, size), &response))
	{
		check_slice(response.error_message, data, size);
		check_slice(response.refused_message, data, size);
		if (response.refused_count < 0 || response.refused_count > SINK_REFUSED_MAX)
			abort();
		for (int i = 0; i < response.refused_count; i++)
		{
			if (response.refused[i] < 0)
				abort();
		}
	}
	return 0;
}
