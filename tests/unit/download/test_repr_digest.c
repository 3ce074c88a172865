/* The digest that the server promises is read strictly (RFC 9530). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/download/repr_digest.h"

/* SHA-256 of nothing. */
#define EMPTY "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void the_sha256_member_is_read(void **state)
{
	struct digest digest;
	struct digest empty;

	(void)state;
	digest_of("", 0, &empty);
	assert_true(repr_digest_parse("sha-256=:" EMPTY ":", &digest));
	assert_true(digest_equal(&digest, &empty));
}

static void other_algorithms_and_parameters_are_skipped(void **state)
{
	struct digest digest;

	(void)state;
	assert_true(
		repr_digest_parse("sha-512=:AAAA:, sha-256=:" EMPTY ":;x=1, md5=:AA==:", &digest));
	assert_true(repr_digest_parse("a,\tsha-256=:" EMPTY ":", &digest));
}

static void what_is_not_one_whole_digest_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"sha-512=:AAAA:",
		"sha-256",
		"sha-256=",
		"sha-256=::",
		"sha-256=" EMPTY,
		"sha-256=:" EMPTY,
		"sha-256=:" EMPTY ":x",
		"SHA-256=:" EMPTY ":",
		"xsha-256=:" EMPTY ":",
		"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=:", /* bits after the end */
		"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:",
		"sha-256=:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=:", /* another alphabet */
		"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==:",
		"sha-256=:" EMPTY EMPTY ":",
	};
	struct digest digest;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		assert_false(repr_digest_parse(wrong[i], &digest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sha256_member_is_read),
		cmocka_unit_test(other_algorithms_and_parameters_are_skipped),
		cmocka_unit_test(what_is_not_one_whole_digest_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
