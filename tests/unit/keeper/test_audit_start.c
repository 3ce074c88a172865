/* What the next start finds of the audit log: a clean stop, a kill, a power cut, or an editor's
 * work. */
#include "tests/unit/keeper/given_audit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/keeper/keeper_log.h"

static const struct audit_frame empty = {{0}};

static void a_clean_stop_leaves_nothing_to_say(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	given_audit_stopped(given);
	given_audit_opened(given);
	assert_int_equal(audit_log_finding(given->log).action, 0);
	given_audit_entries(given, 1);
	given_audit_is_whole(given, 12);
	given_audit_gone(given);
}

static void a_kill_is_told_after_which_entry(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	given_audit_killed(given);
	given_audit_started(given);
	assert_int_equal(audit_log_finding(given->log).action, AUDIT_UNCLEAN_END);
	assert_int_equal(audit_log_finding(given->log).number, 10);
	assert_int_equal(audit_log_finding(given->log).count, 0);
	given_audit_is_whole(given, 11);
	assert_int_equal(given_audit_report(given).unclean_ends, 1);
	given_audit_gone(given);
}

static void a_torn_frame_is_cut_off_at_every_length(void **state)
{
	(void)state;
	for (size_t size = 0; size < AUDIT_FRAME_SIZE; size += 37) {
		struct given_audit *given = given_ten();
		struct audit_frame frame;
		given_audit_read(given, 1, 10, &frame);
		memset(frame.bytes + size, 0, sizeof frame.bytes - size);
		given_audit_killed(given);
		given_audit_write(given, 1, 10, &frame);
		given_audit_started(given);
		assert_int_equal(audit_log_finding(given->log).action, AUDIT_UNCLEAN_END);
		assert_int_equal(audit_log_finding(given->log).number, 9);
		assert_int_equal(audit_log_finding(given->log).count, size == 0 ? 0 : 1);
		given_audit_is_whole(given, 10);
		given_audit_gone(given);
	}
}

/* The disk may write later pages first. */
static void a_power_cut_may_leave_holes_behind_what_is_durable(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	assert_int_equal(audit_log_sync(given->log, &given->durable), ERR_OK);
	given_audit_entries(given, 5);
	given_audit_killed(given);
	given_audit_write(given, 1, 12, &empty);
	given_audit_started(given);
	assert_int_equal(audit_log_finding(given->log).action, AUDIT_UNCLEAN_END);
	assert_int_equal(audit_log_finding(given->log).number, 11);
	assert_int_equal(audit_log_finding(given->log).count, 4);
	given_audit_is_whole(given, 12);
	given_audit_gone(given);
}

static void a_log_shorter_than_the_manifest_says_is_cut_for_ever(void **state)
{
	(void)state;
	for (uint64_t left = 0; left < 11; left++) {
		struct given_audit *given = given_ten();
		given_audit_stopped(given);
		for (uint64_t i = left + 1; i <= 11; i++)
			given_audit_write(given, 1, i, &empty);
		given_audit_started(given);
		assert_int_equal(audit_log_finding(given->log).action, AUDIT_LOG_CUT);
		assert_int_equal(audit_log_finding(given->log).number, left + 1);
		given_audit_has_fault(given, AUDIT_FAULT_CUT, left + 1, 11);
		given_audit_stopped(given);
		given_audit_started(given);
		assert_int_equal(audit_log_finding(given->log).action, 0);
		given_audit_has_fault(given, AUDIT_FAULT_CUT, left + 1, 11);
		assert_int_equal(given_audit_report(given).last, 13);
		given_audit_gone(given);
	}
}

static void a_log_that_is_gone_is_cut(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	given_audit_stopped(given);
	audit_file_remove(given->where->state, 1);
	given_audit_started(given);
	assert_int_equal(audit_log_finding(given->log).action, AUDIT_LOG_CUT);
	given_audit_has_fault(given, AUDIT_FAULT_CUT, 1, 11);
	given_audit_gone(given);
}

static void an_entry_changed_while_the_vault_was_off_is_found_and_left(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_frame frame, later;

	(void)state;
	given_audit_stopped(given);
	given_audit_read(given, 1, 4, &frame);
	frame.bytes[200] ^= 1;
	given_audit_write(given, 1, 4, &frame);
	given_audit_started(given);
	assert_int_equal(audit_log_finding(given->log).action, AUDIT_LOG_CHANGED);
	assert_int_equal(audit_log_finding(given->log).number, 4);
	given_audit_has_fault(given, AUDIT_FAULT_EDITED, 4, 4);
	given_audit_read(given, 1, 4, &later);
	assert_memory_equal(&frame, &later, sizeof frame);
	given_audit_gone(given);
}

static void a_log_put_back_and_written_on_is_found(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_mark durable;

	(void)state;
	assert_int_equal(audit_log_sync(given->log, &durable), ERR_OK);
	given_audit_killed(given);
	for (uint64_t i = 6; i <= 10; i++)
		given_audit_write(given, 1, i, &empty);
	given_audit_opened(given); /* by a manifest that is older too */
	given_audit_entries(given, 7);
	given_audit_killed(given);
	given->durable = durable;
	given_audit_opened(given);
	assert_int_equal(audit_log_finding(given->log).action, AUDIT_LOG_CHANGED);
	assert_int_equal(audit_log_finding(given->log).number, 10);
	given_audit_gone(given);
}

static void what_is_no_file_of_ours_stops_nothing(void **state)
{
	struct given_audit *given = given_ten();
	char path[128];

	(void)state;
	given_audit_stopped(given);
	(void)snprintf(path, sizeof path, "%s/state/audit-0000000000000001.log",
		       given->where->path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
	given_audit_started(given);
	assert_int_equal(audit_log_finding(given->log).action, AUDIT_LOG_CHANGED);
	given_audit_entries(given, 3);
	assert_true(given_audit_report(given).fault_count > 0);
	given_audit_gone(given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_stop_leaves_nothing_to_say),
		cmocka_unit_test(a_kill_is_told_after_which_entry),
		cmocka_unit_test(a_torn_frame_is_cut_off_at_every_length),
		cmocka_unit_test(a_power_cut_may_leave_holes_behind_what_is_durable),
		cmocka_unit_test(a_log_shorter_than_the_manifest_says_is_cut_for_ever),
		cmocka_unit_test(a_log_that_is_gone_is_cut),
		cmocka_unit_test(an_entry_changed_while_the_vault_was_off_is_found_and_left),
		cmocka_unit_test(a_log_put_back_and_written_on_is_found),
		cmocka_unit_test(what_is_no_file_of_ours_stops_nothing),
	};

	given_process();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
