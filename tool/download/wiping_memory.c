/* wiping_memory.c - see wiping_memory.h */
#include "tool/download/wiping_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/secret.h"

/* In front of the bytes, as wide as the strictest alignment. */
union head {
	size_t size;
	max_align_t align;
};

static union head *head_of(void *bytes)
{
	return (union head *)bytes - 1;
}

void *wiping_malloc(size_t size)
{
	union head *head = size > SIZE_MAX - sizeof *head ? NULL : malloc(sizeof *head + size);

	if (head == NULL)
		return NULL;
	head->size = size;
	return head + 1;
}

void wiping_free(void *bytes)
{
	if (bytes == NULL)
		return;
	secret_wipe(bytes, head_of(bytes)->size);
	free(head_of(bytes));
}

void *wiping_realloc(void *bytes, size_t size)
{
	void *larger = wiping_malloc(size);

	if (larger == NULL || bytes == NULL)
		return larger;
	memcpy(larger, bytes, head_of(bytes)->size < size ? head_of(bytes)->size : size);
	wiping_free(bytes);
	return larger;
}

char *wiping_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = wiping_malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

void *wiping_calloc(size_t count, size_t size)
{
	void *bytes = size != 0 && count > SIZE_MAX / size ? NULL : wiping_malloc(count * size);

	if (bytes != NULL)
		memset(bytes, 0, count * size);
	return bytes;
}
