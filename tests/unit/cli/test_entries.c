/* CERT: an exact label, else a unique beginning of the fingerprint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "given.h"
#include "tool/cli/entries.h"

static const char *const three[][2] = {
	{"YAMADA TARO", "abcd1234"}, {"YAMADA TARO (2036)", "abcd9999"}, {"deadbeef", "0123"}};

static void check_match(const struct entries *entries, const char *cert, size_t index)
{
	const struct entry *entry = NULL;

	assert_int_equal(entries_match(entries, cert, &entry), ERR_OK);
	assert_ptr_equal(entry, &entries->items[index]);
}

static void a_label_must_be_whole(void **state)
{
	AUTO(entries) entries = given_entries(three, COUNT_OF(three));
	const struct entry *entry = NULL;

	(void)state;
	check_match(entries, "YAMADA TARO", 0);
	check_match(entries, "YAMADA TARO (2036)", 1);
	assert_int_equal(entries_match(entries, "YAMADA", &entry), ERR_CERT_NOT_FOUND);
	assert_string_equal(err_detail_text(), "YAMADA");
}

static void four_digits_of_either_case_are_enough(void **state)
{
	AUTO(entries) entries = given_entries(three, COUNT_OF(three));
	const struct entry *entry = NULL;

	(void)state;
	check_match(entries, "0123", 2);
	check_match(entries, "ABCD1", 0);
	assert_int_equal(entries_match(entries, "012", &entry), ERR_CERT_NOT_FOUND);
	assert_int_equal(entries_match(entries, "", &entry), ERR_CERT_NOT_FOUND);
}

static void the_whole_fingerprint_is_a_prefix_too_and_more_is_not(void **state)
{
	AUTO(entries) entries = given_entries(three, COUNT_OF(three));
	const struct entry *entry = NULL;
	char hex[DIGEST_HEX_SIZE + 1];

	(void)state;
	hex_of(entries->items[0].summary.id.bytes, DIGEST_SIZE, hex);
	check_match(entries, hex, 0);
	memcpy(hex + strlen(hex), "0", 2);
	assert_int_equal(entries_match(entries, hex, &entry), ERR_CERT_NOT_FOUND);
}

static void a_label_wins_over_digits(void **state)
{
	static const char *const two[][2] = {{"A", "deadbeef"}, {"deadbeef", "0123"}};
	AUTO(entries) entries = given_entries(two, COUNT_OF(two));

	(void)state;
	check_match(entries, "deadbeef", 1);
}

static void an_ambiguous_beginning_names_the_candidates(void **state)
{
	AUTO(entries) entries = given_entries(three, COUNT_OF(three));
	const struct entry *entry = NULL;

	(void)state;
	assert_int_equal(entries_match(entries, "abcd", &entry), ERR_CERT_AMBIGUOUS);
	assert_non_null(strstr(err_detail_text(), "YAMADA TARO (abcd1234"));
	assert_non_null(strstr(err_detail_text(), "YAMADA TARO (2036) (abcd9999"));
	assert_null(strstr(err_detail_text(), "deadbeef"));
}

static void replace(char **text, const char *by)
{
	free(*text);
	*text = strdup(by);
	assert_non_null(*text);
}

static void a_renewal_is_the_same_person_with_a_later_expiry(void **state)
{
	AUTO(entries) entries = given_entries(three, COUNT_OF(three));
	struct entry *renewal = &entries->items[1];

	(void)state;
	assert_null(entries_renewed_by(entries, renewal)); /* the same expiry */
	renewal->summary.not_after += 1;
	assert_ptr_equal(entries_renewed_by(entries, renewal), &entries->items[0]);
	/* Another user ID, another subject: somebody else. */
	replace(&renewal->summary.user_id, "99");
	replace(&renewal->summary.subject, "CN=SATO");
	assert_null(entries_renewed_by(entries, renewal));
	/* Without a user ID the subject decides. */
	for (size_t i = 0; i < entries->count; i++)
		entries->items[i].summary.user_id[0] = '\0';
	assert_null(entries_renewed_by(entries, renewal));
	replace(&entries->items[2].summary.subject, "CN=SATO");
	assert_ptr_equal(entries_renewed_by(entries, renewal), &entries->items[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_must_be_whole),
		cmocka_unit_test(four_digits_of_either_case_are_enough),
		cmocka_unit_test(the_whole_fingerprint_is_a_prefix_too_and_more_is_not),
		cmocka_unit_test(a_label_wins_over_digits),
		cmocka_unit_test(an_ambiguous_beginning_names_the_candidates),
		cmocka_unit_test(a_renewal_is_the_same_person_with_a_later_expiry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
