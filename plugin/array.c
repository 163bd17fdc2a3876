/*
 * array.c
 *		Arrays as cursors over their own storage.
 *
 * An array may have more elements than there is memory for all of their
 * WfValues, so that elements are made one at a time, as the rendering asks for
 * them, and what they have allocated is given back as it goes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/tupmacs.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "array.h"

StaticAssertDecl(MAXDIM <= WF_ARRAY_DIMENSIONS_MAX, "arrays have more dimensions than WfArray");

/* What so many elements leave behind when they are read is kept, not more. */
#define ELEMENTS_PER_RESET 64

/* An array on its way through WfArray: a cursor over the Datum's own storage. */
typedef struct ArrayCursor
{
	WfArray		array;			/* must be first */
	WfDatumReader *element;
	MemoryContext context;		/* of the elements, one's own in a large array */
	char	   *first_value;
	char	   *next_value;
	const uint8 *null_bitmap;	/* NULL if no element is null */
	int			index;
	int			count;
} ArrayCursor;

static bool
next_element(WfArray *array, WfValue *value)
{
	ArrayCursor *cursor = (ArrayCursor *) array;
	WfDatumReader *element = cursor->element;
	int			index = cursor->index;
	MemoryContext old_context;

	if (index >= cursor->count)
		return false;
	cursor->index++;
	CHECK_FOR_INTERRUPTS();		/* one numeric of full length takes 30 ms */
	if (index > 0 && index % ELEMENTS_PER_RESET == 0)
		MemoryContextReset(cursor->context);

	if (cursor->null_bitmap != NULL &&
		(cursor->null_bitmap[index / BITS_PER_BYTE] & (1 << (index % BITS_PER_BYTE))) == 0)
	{
		value->state = WF_VALUE_NULL;
		return true;
	}

	value->state = WF_VALUE_PRESENT;
	old_context = MemoryContextSwitchTo(cursor->context);
	element->read(element, fetch_att(cursor->next_value, element->by_value, element->length),
				  value);
	MemoryContextSwitchTo(old_context);
	cursor->next_value = att_addlength_pointer(cursor->next_value, element->length,
											   cursor->next_value);
	cursor->next_value = (char *) att_align_nominal(cursor->next_value, element->align);
	return true;
}

static void
rewind_array(WfArray *array)
{
	ArrayCursor *cursor = (ArrayCursor *) array;

	cursor->index = 0;
	cursor->next_value = cursor->first_value;
}

void
wf_array_read(WfDatumReader *reader, Datum datum, WfValue *value)
{
	ArrayType  *array = DatumGetArrayTypeP(wf_datum_follow(datum));
	ArrayCursor *cursor = palloc(sizeof(ArrayCursor));

	cursor->array.dimension_count = ARR_NDIM(array);
	for (int i = 0; i < ARR_NDIM(array); i++)
		cursor->array.dimensions[i] = ARR_DIMS(array)[i];
	cursor->array.next = next_element;
	cursor->array.rewind = rewind_array;
	cursor->array.host = NULL;
	cursor->element = reader->element;
	cursor->first_value = ARR_DATA_PTR(array);
	cursor->null_bitmap = ARR_NULLBITMAP(array);
	cursor->count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	cursor->context = CurrentMemoryContext;
	if (cursor->count > ELEMENTS_PER_RESET)
		cursor->context = AllocSetContextCreate(CurrentMemoryContext, "walferry array elements",
												ALLOCSET_DEFAULT_SIZES);
	rewind_array(&cursor->array);
	value->as.array = &cursor->array;
}
