/* The codec of the log's entries, and their words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vault/base/audit_entry.h"
#include "vault/base/vault.h"

static size_t encoded(struct audit_entry *entry, uint8_t bytes[1024])
{
	struct cursor cursor = cursor_to_write(bytes, 1024);

	audit_entry_code(&cursor, entry);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	return cursor.at;
}

static void every_entry_comes_back(void **state)
{
	struct audit_entry entry = {.at = -5,
				    .action = 200, /* a newer vault's */
				    .digest_size = 20,
				    .program = "キンコ",
				    .rule = "[vault] users = taro",
				    .mechanism = "rsa-pss"};
	struct audit_entry read = {0};
	uint8_t bytes[1024];
	size_t size = encoded(&entry, bytes);
	struct cursor cursor = cursor_to_read(bytes, size);

	(void)state;
	audit_entry_code(&cursor, &read);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_memory_equal(&read, &entry, sizeof entry);
}

static void one_that_is_cut_anywhere_is_refused(void **state)
{
	struct audit_entry entry = {.digest_size = 20, .program = "kinko"};
	uint8_t bytes[1024];
	size_t size = encoded(&entry, bytes);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		struct audit_entry read = {0};
		struct cursor cursor = cursor_to_read(bytes, cut);
		audit_entry_code(&cursor, &read);
		assert_int_equal(cursor_end(&cursor), ERR_WIRE);
	}
}

static void texts_that_are_too_long_or_no_text_are_refused(void **state)
{
	struct audit_entry entry = {.program = "AAAA"};
	uint8_t bytes[1024];
	size_t size = encoded(&entry, bytes);
	uint8_t *text = memmem(bytes, size, "AAAA", 4);
	static const uint8_t sizes[] = {AUDIT_PROGRAM_MAX + 1, 255};

	(void)state;
	assert_non_null(text);
	text[0] = 0xFF;
	for (unsigned i = 0; i <= COUNT_OF(sizes); i++) {
		struct audit_entry read = {0};
		struct cursor cursor = cursor_to_read(bytes, size);
		audit_entry_code(&cursor, &read);
		assert_int_equal(cursor.bad, ERR_WIRE);
		text[0] = 'A';
		if (i < COUNT_OF(sizes))
			text[-1] = sizes[i];
	}
}

static void a_long_text_is_cut_where_a_character_ends(void **state)
{
	char text[AUDIT_PROGRAM_MAX + 1];
	char long_one[3 * AUDIT_PROGRAM_MAX + 1] = "";

	(void)state;
	for (size_t i = 0; i < AUDIT_PROGRAM_MAX; i++)
		memcpy(long_one + 3 * i, "金", 4);
	audit_entry_set_text(text, AUDIT_PROGRAM_MAX, long_one);
	assert_int_equal(strlen(text), AUDIT_PROGRAM_MAX / 3 * 3);
	audit_entry_set_text(text, AUDIT_PROGRAM_MAX, "kinko");
	assert_string_equal(text, "kinko");
}

static void an_import_is_told_by_its_outcome(void **state)
{
	struct audit_entry entry = {.action = AUDIT_IMPORT, .outcome = 1 + IMPORT_PIN_RESET};

	(void)state;
	assert_string_equal(audit_entry_result_word(&entry), "pin-reset");
	entry.outcome = 0;
	entry.result = ERR_POLICY_DENIED;
	assert_string_equal(audit_entry_result_word(&entry), "policy-denied");
	assert_null(audit_action_word((enum audit_action)99));
	assert_null(audit_fault_word((enum audit_fault_kind)99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_comes_back),
		cmocka_unit_test(one_that_is_cut_anywhere_is_refused),
		cmocka_unit_test(texts_that_are_too_long_or_no_text_are_refused),
		cmocka_unit_test(a_long_text_is_cut_where_a_character_ends),
		cmocka_unit_test(an_import_is_told_by_its_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
