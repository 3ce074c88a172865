/* The allocator that libcurl gets behaves like any other, and leaves nothing behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/download/wiping_memory.h"

static void growing_keeps_what_was_there(void **state)
{
	char *text = wiping_strdup("secret");

	(void)state;
	text = wiping_realloc(text, 100000);
	assert_non_null(text);
	assert_string_equal(text, "secret");
	text = wiping_realloc(text, 3);
	assert_non_null(text);
	assert_memory_equal(text, "sec", 3);
	wiping_free(text);
	wiping_free(NULL);
}

static void zeroed_memory_is_zero_and_no_size_overflows(void **state)
{
	char *zeroed = wiping_calloc(16, 16);

	(void)state;
	assert_non_null(zeroed);
	for (size_t i = 0; i < 256; i++)
		assert_int_equal(zeroed[i], 0);
	wiping_free(zeroed);
	assert_null(wiping_calloc(SIZE_MAX / 2, 4));
	assert_null(wiping_malloc(SIZE_MAX - 4));
}

static void every_block_is_aligned_for_anything(void **state)
{
	(void)state;
	for (size_t size = 0; size < 100; size++) {
		void *bytes = wiping_malloc(size);
		assert_non_null(bytes);
		assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
		wiping_free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growing_keeps_what_was_there),
		cmocka_unit_test(zeroed_memory_is_zero_and_no_size_overflows),
		cmocka_unit_test(every_block_is_aligned_for_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
