/* The audit log while the vault is open: what is read, and what somebody with an editor leaves. */
#include "tests/unit/keeper/given_audit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/keeper/keeper_log.h"

static const struct audit_frame empty = {{0}};

/* --- What was written is read -------------------------------------------------------------------
 */

static bool keep_one(const struct audit_entry *entry, void *context)
{
	*(struct audit_entry *)context = *entry;
	return true;
}

static void an_entry_comes_back_as_it_was_written(void **state)
{
	struct given_audit *given = given_audit();
	struct audit_entry read = {0};
	struct audit_page page;
	struct audit_entry entry = {.at = 1795000000,
				    .uid = 1000,
				    .pid = 4242,
				    .owner = 1001,
				    .action = AUDIT_IMPORT,
				    .result = ERR_POLICY_DENIED,
				    .outcome = 3,
				    .has_certificate = true,
				    .count = 7,
				    .line = 12,
				    .digest_size = AUDIT_DIGEST_MAX};

	(void)state;
	random_fill(entry.certificate.bytes, DIGEST_SIZE);
	random_fill(entry.digest, AUDIT_DIGEST_MAX);
	memset(entry.rule, 'r', AUDIT_RULE_MAX);
	memset(entry.program, 'p', AUDIT_PROGRAM_MAX);
	memset(entry.mechanism, 'm', AUDIT_MECHANISM_MAX);
	assert_int_equal(audit_log_append(given->log, &entry, AUDIT_UNRESERVED), ERR_OK);
	assert_int_equal(audit_log_read(given->log, 0, 100, keep_one, &read, &page), ERR_OK);
	entry.number = 1;
	assert_memory_equal(&read, &entry, sizeof entry);
	assert_int_equal(page.next, 1);
	assert_false(page.has_more);
	given_audit_gone(given);
}

static bool count_one(const struct audit_entry *entry, void *context)
{
	uint64_t *last = context;

	assert_int_equal(entry->number, *last + 1);
	*last = entry->number;
	return true;
}

static void pages_follow_each_other_without_gap_or_repeat(void **state)
{
	struct given_audit *given = given_audit();
	struct audit_page page = {.has_more = true};
	uint64_t last = 0;
	unsigned pages = 0;

	(void)state;
	given->log->file_entries = 16;
	given_audit_entries(given, 100);
	for (; page.has_more; pages++)
		assert_int_equal(audit_log_read(given->log, page.next, 7, count_one, &last, &page),
				 ERR_OK);
	assert_int_equal(last, 100);
	assert_in_range(pages, 14, 16);
	given_audit_gone(given);
}

static void nothing_in_the_file_can_be_read_without_the_key(void **state)
{
	struct given_audit *given = given_audit();
	struct audit_entry entry = {.action = AUDIT_USE};
	struct audit_frame frame;

	(void)state;
	audit_entry_set_text(entry.program, AUDIT_PROGRAM_MAX, "the-only-program-of-this-name");
	assert_int_equal(audit_log_append(given->log, &entry, AUDIT_UNRESERVED), ERR_OK);
	given_audit_read(given, 1, 1, &frame);
	assert_null(memmem(&frame, sizeof frame, "only-program", 12));
	given_audit_gone(given);
}

/* --- Somebody with an editor --------------------------------------------------------------------
 */

static void every_changed_byte_of_an_entry_is_found_with_its_number(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_frame frame;

	(void)state;
	given_audit_read(given, 1, 5, &frame);
	for (size_t i = 0; i < sizeof frame.bytes; i++) {
		frame.bytes[i] ^= 1;
		given_audit_write(given, 1, 5, &frame);
		given_audit_has_fault(given, AUDIT_FAULT_EDITED, 5, 5);
		frame.bytes[i] ^= 1;
	}
	given_audit_write(given, 1, 5, &frame);
	given_audit_is_whole(given, 10);
	given_audit_gone(given);
}

static void a_changed_head_is_found(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_frame frame;

	(void)state;
	given_audit_read(given, 1, 0, &frame);
	frame.bytes[100] ^= 1;
	given_audit_write(given, 1, 0, &frame);
	given_audit_has_fault(given, AUDIT_FAULT_EDITED, 1, 1);
	given_audit_gone(given);
}

static void an_entry_wiped_out_is_found(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	given_audit_write(given, 1, 4, &empty);
	given_audit_has_fault(given, AUDIT_FAULT_EDITED, 4, 4);
	given_audit_gone(given);
}

static void entries_taken_out_are_found(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_frame frame;

	(void)state;
	for (uint64_t i = 4; i <= 8; i++) { /* 6 follows 3 */
		given_audit_read(given, 1, i + 2, &frame);
		given_audit_write(given, 1, i, &frame);
	}
	given_audit_write(given, 1, 9, &empty);
	given_audit_write(given, 1, 10, &empty);
	given_audit_has_fault(given, AUDIT_FAULT_REMOVED, 4, 5);
	given_audit_gone(given);
}

static void two_entries_in_each_others_place_are_found(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_frame a, b;
	struct audit_report report;

	(void)state;
	given_audit_read(given, 1, 5, &a);
	given_audit_read(given, 1, 6, &b);
	given_audit_write(given, 1, 5, &b);
	given_audit_write(given, 1, 6, &a);
	report = given_audit_report(given);
	assert_int_equal(report.fault_count, 2);
	assert_int_equal(report.faults[1].kind, AUDIT_FAULT_MOVED);
	assert_int_equal(report.faults[1].from, 5);
	given_audit_gone(given);
}

static void an_entry_of_another_vault_is_found(void **state)
{
	struct given_audit *given = given_ten();
	struct given_audit *other = given_ten();
	struct audit_frame frame;

	(void)state;
	given_audit_read(other, 1, 5, &frame);
	given_audit_write(given, 1, 5, &frame);
	given_audit_has_fault(given, AUDIT_FAULT_EDITED, 5, 5);
	given_audit_gone(other);
	given_audit_gone(given);
}

/* The log was put back, something else was done, and then part of the first one put back again. */
static void an_entry_of_another_course_of_things_is_found(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_frame frame;

	(void)state;
	given_audit_read(given, 1, 10, &frame);
	given_audit_killed(given);
	given_audit_write(given, 1, 10, &empty);
	given_audit_opened(given);
	given_audit_entries(given, 2);
	given_audit_is_whole(given, 11);
	given_audit_write(given, 1, 10, &frame);
	given_audit_has_fault(given, AUDIT_FAULT_EDITED, 11, 11);
	given_audit_gone(given);
}

static void a_tail_cut_off_under_a_running_vault_is_found(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	for (uint64_t i = 8; i <= 10; i++)
		given_audit_write(given, 1, i, &empty);
	given_audit_has_fault(given, AUDIT_FAULT_CUT, 8, 10);
	given_audit_gone(given);
}

static void a_file_taken_away_is_found(void **state)
{
	struct given_audit *given = given_audit();

	(void)state;
	given->log->file_entries = 4;
	given_audit_entries(given, 14);
	given_audit_is_whole(given, 14);
	audit_file_remove(given->where->state, 5);
	given_audit_has_fault(given, AUDIT_FAULT_REMOVED, 5, 8);
	audit_file_remove(given->where->state, 1);
	given_audit_has_fault(given, AUDIT_FAULT_REMOVED, 1, 8);
	audit_file_remove(given->where->state, 13);
	assert_int_equal(given_audit_report(given).fault_count, 2);
	given_audit_gone(given);
}

/* --- With the vault -----------------------------------------------------------------------------
 */

static void a_change_of_the_vault_remembers_how_far_the_log_goes(void **state)
{
	struct place_for_vault *place = given_place();
	struct keeper *keeper = given_keeper(place);
	struct audit_entry entry = {.action = AUDIT_STOP};
	char path[128];

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(keeper_log_append(keeper, &entry, AUDIT_UNRESERVED), ERR_OK);
	assert_int_equal(keeper_log_settle(keeper), ERR_OK);
	keeper_free(keeper);
	keeper = given_keeper(place);
	assert_int_equal(keeper_log_finding(keeper).action, 0);
	keeper_free(keeper);
	(void)snprintf(path, sizeof path, "%s/state/audit-0000000000000001.log", place->path);
	assert_int_equal(truncate(path, 3 * AUDIT_FRAME_SIZE), 0);
	keeper = given_keeper(place);
	assert_int_equal(keeper_log_finding(keeper).action, AUDIT_LOG_CUT);
	assert_int_equal(keeper_log_finding(keeper).number, 3);
	keeper_free(keeper);
	given_place_gone(place);
}

static bool count_visible(const struct audit_entry *entry, void *context)
{
	*(unsigned *)context |= 1U << entry->number;
	return true;
}

static void everybody_sees_own_acts_and_own_certificates_and_no_more(void **state)
{
	struct place_for_vault *place = given_place();
	struct keeper *keeper = given_keeper(place);
	const struct audit_entry entries[] = {
		{.uid = 1, .owner = 1},
		{.uid = 1, .owner = 2, .has_certificate = true},
		{.uid = 2, .owner = 2, .has_certificate = true},
		{.uid = 1, .owner = 2}, /* no certificate: nobody's but the actor's */
	};
	const unsigned visible[] = {0, 1U << 1 | 1U << 2 | 1U << 4, 1U << 2 | 1U << 3, 0};
	struct audit_page page;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		assert_int_equal(keeper_log_append(keeper, &entries[i], AUDIT_UNRESERVED), ERR_OK);
	for (uid_t uid = 0; uid < 4; uid++) {
		unsigned seen = 0;
		assert_int_equal(keeper_log_read(keeper, uid, 0, count_visible, &seen, &page),
				 ERR_OK);
		assert_int_equal(seen, visible[uid]);
	}
	keeper_free(keeper);
	given_place_gone(place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_comes_back_as_it_was_written),
		cmocka_unit_test(pages_follow_each_other_without_gap_or_repeat),
		cmocka_unit_test(nothing_in_the_file_can_be_read_without_the_key),
		cmocka_unit_test(every_changed_byte_of_an_entry_is_found_with_its_number),
		cmocka_unit_test(a_changed_head_is_found),
		cmocka_unit_test(an_entry_wiped_out_is_found),
		cmocka_unit_test(entries_taken_out_are_found),
		cmocka_unit_test(two_entries_in_each_others_place_are_found),
		cmocka_unit_test(an_entry_of_another_vault_is_found),
		cmocka_unit_test(an_entry_of_another_course_of_things_is_found),
		cmocka_unit_test(a_tail_cut_off_under_a_running_vault_is_found),
		cmocka_unit_test(a_file_taken_away_is_found),
		cmocka_unit_test(a_change_of_the_vault_remembers_how_far_the_log_goes),
		cmocka_unit_test(everybody_sees_own_acts_and_own_certificates_and_no_more),
	};

	given_process();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
