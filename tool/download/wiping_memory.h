/* wiping_memory.h - the allocator that libcurl gets: what it frees is wiped first.
 *
 * libcurl copies a request (with the PIN) and the pieces of an answer into buffers of its own;
 * that cannot be avoided, but it need not leave them behind on the heap. OpenSSL's own record
 * buffers are not reached by this.
 */
#pragma once

#include <stddef.h>

void *wiping_malloc(size_t size);
void wiping_free(void *bytes);
void *wiping_realloc(void *bytes, size_t size);
char *wiping_strdup(const char *text);
void *wiping_calloc(size_t count, size_t size);
