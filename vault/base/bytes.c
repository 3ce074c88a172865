/* bytes.c - see bytes.h */
#include "vault/base/bytes.h"

#include <stdlib.h>
#include <string.h>

enum err bytes_zeroed(size_t size, struct bytes *out_bytes)
{
	uint8_t *data = NULL;

	if (size > 0) {
		data = calloc(1, size);
		if (data == NULL)
			return ERR_MEMORY;
	}
	*out_bytes = (struct bytes){data, size};
	return ERR_OK;
}

enum err bytes_copy(const void *data, size_t size, struct bytes *out_bytes)
{
	TRY(bytes_zeroed(size, out_bytes));
	if (size > 0)
		memcpy(out_bytes->data, data, size);
	return ERR_OK;
}

bool bytes_equal(const struct bytes *a, const struct bytes *b)
{
	return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

void bytes_clear(struct bytes *bytes)
{
	if (bytes == NULL)
		return;
	free(bytes->data);
	*bytes = (struct bytes){NULL, 0};
}

void bytes_list_clear(struct bytes_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		bytes_clear(&list->items[i]);
	list->count = 0;
}
