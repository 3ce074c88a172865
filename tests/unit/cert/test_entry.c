/* A certificate as the vault lists it: its state, and its way over the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/cert/given.h"
#include "vault/cert/entry.h"

static struct entry given_entry(void)
{
	AUTO_HELD(bytes) der = given_member_certificate(given_key("RSA"), given_key("P-256"));
	AUTO(certificate) certificate = given_parsed(&der);
	struct entry entry = {
		.label = strdup("司法　太郎 (2031)"),
		.number = 7,
		.is_active = true,
		.tries_left = 5,
		.pin_follows_rule = true,
		.verified_at = 1769871600,
		.where = strdup("金庫USB"),
		.confirmed_at = -1,
	};

	digest_of("original", 8, &entry.original);
	assert_int_equal(summary_of(certificate, &entry.summary), ERR_OK);
	return entry;
}

static void assert_same_entry(const struct entry *a, const struct entry *b)
{
	assert_true(digest_equal(&a->summary.id, &b->summary.id));
	assert_string_equal(a->summary.subject, b->summary.subject);
	assert_string_equal(a->summary.issuer, b->summary.issuer);
	assert_string_equal(a->summary.serial, b->summary.serial);
	assert_string_equal(a->summary.user_id, b->summary.user_id);
	assert_string_equal(a->summary.key, b->summary.key);
	assert_int_equal(a->summary.not_before, b->summary.not_before);
	assert_int_equal(a->summary.not_after, b->summary.not_after);
	assert_string_equal(a->label, b->label);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->is_active, b->is_active);
	assert_int_equal(a->tries_left, b->tries_left);
	assert_int_equal(a->pin_follows_rule, b->pin_follows_rule);
	assert_int_equal(a->verified_at, b->verified_at);
	assert_string_equal(a->where, b->where);
	assert_true(digest_equal(&a->original, &b->original));
	assert_int_equal(a->confirmed_at, b->confirmed_at);
}

static void the_first_state_that_holds_is_the_state(void **state)
{
	struct entry entry = {.tries_left = 1, .summary = {.not_before = 100, .not_after = 200}};

	(void)state;
	assert_string_equal(entry_state_word(entry_state(&entry, 99)), "not-yet-valid");
	assert_string_equal(entry_state_word(entry_state(&entry, 100)), "ready");
	assert_string_equal(entry_state_word(entry_state(&entry, 200)), "ready");
	assert_string_equal(entry_state_word(entry_state(&entry, 201)), "expired");
	entry.tries_left = 0;
	assert_string_equal(entry_state_word(entry_state(&entry, 201)), "locked");
}

static void an_entry_comes_over_the_wire_as_it_was(void **state)
{
	uint8_t packet[4096];
	AUTO_HELD(entry) sent = given_entry();
	AUTO_HELD(entry) received = {0};
	struct cursor writing = cursor_to_write(packet, sizeof packet);
	struct cursor reading;

	(void)state;
	entry_code(&writing, &sent);
	assert_int_equal(cursor_end(&writing), ERR_OK);
	reading = cursor_to_read(packet, writing.at);
	entry_code(&reading, &received);
	assert_int_equal(cursor_end(&reading), ERR_OK);
	assert_same_entry(&sent, &received);
}

static void an_entry_cut_short_anywhere_is_refused(void **state)
{
	uint8_t packet[4096];
	AUTO_HELD(entry) sent = given_entry();
	struct cursor writing = cursor_to_write(packet, sizeof packet);

	(void)state;
	entry_code(&writing, &sent);
	for (size_t size = 0; size < writing.at; size++) {
		AUTO_HELD(entry) received = {0};
		struct cursor reading = cursor_to_read(packet, size);
		entry_code(&reading, &received);
		assert_int_equal(cursor_end(&reading), ERR_WIRE);
	}
}

static void a_copy_is_the_same_and_stands_alone(void **state)
{
	AUTO_HELD(entry) entry = given_entry();
	AUTO_HELD(entry) copy = {0};

	(void)state;
	assert_int_equal(entry_copy(&entry, &copy), ERR_OK);
	assert_same_entry(&entry, &copy);
	assert_ptr_not_equal(entry.label, copy.label);
	assert_ptr_not_equal(entry.summary.subject, copy.summary.subject);
}

static void an_empty_entry_can_be_copied_and_dropped(void **state)
{
	struct entry empty = {0};
	AUTO_HELD(entry) copy = {0};

	(void)state;
	assert_int_equal(entry_copy(&empty, &copy), ERR_OK);
	assert_string_equal(copy.label, "");
	assert_string_equal(copy.summary.user_id, "");
	entry_clear(&empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_state_that_holds_is_the_state),
		cmocka_unit_test(an_entry_comes_over_the_wire_as_it_was),
		cmocka_unit_test(an_entry_cut_short_anywhere_is_refused),
		cmocka_unit_test(a_copy_is_the_same_and_stands_alone),
		cmocka_unit_test(an_empty_entry_can_be_copied_and_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
