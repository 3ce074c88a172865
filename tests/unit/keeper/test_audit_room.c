/* Room for the audit log: new files, old ones that go, and a disk that is full. */
#include "tests/unit/keeper/given_audit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/keeper/keeper_log.h"

static void a_new_file_goes_on_with_the_chain_and_old_ones_go(void **state)
{
	struct given_audit *given = given_audit();
	struct audit_files files = {0};

	(void)state;
	given->log->file_entries = 10;
	given->log->files_kept = 4;
	for (uint64_t last = 1; last <= 95; last++) {
		given_audit_entries(given, 1);
		given_audit_is_whole(given, last);
	}
	assert_int_equal(audit_files_list(given->where->state, &files), ERR_OK);
	assert_int_equal(files.count, 4);
	assert_int_equal(files.firsts[0], 61);
	assert_int_equal(given_audit_report(given).first, 61);
	given_audit_stopped(given);
	given_audit_opened(given);
	assert_int_equal(audit_log_finding(given->log).action, 0);
	given_audit_is_whole(given, 96);
	audit_file_remove(given->where->state, 61); /* not by age */
	given_audit_has_fault(given, AUDIT_FAULT_REMOVED, 61, 70);
	given_audit_gone(given);
}

static uint64_t allocated(const struct given_audit *given)
{
	struct stat status;
	int file = given_audit_file(given, 1);

	assert_int_equal(fstat(file, &status), 0);
	(void)close(file);
	return (uint64_t)status.st_blocks * 512;
}

static void four_mebibytes_are_always_ahead(void **state)
{
	struct given_audit *given = given_audit();

	(void)state;
	for (uint64_t entries = 1; entries < 6000; entries += 997) {
		given_audit_entries(given, 997);
		assert_int_equal(audit_log_tend(given->log), ERR_OK);
		assert_true(allocated(given) >= entries * AUDIT_FRAME_SIZE + 4 * 1024 * 1024);
	}
	given_audit_gone(given);
}

/* A limit on the size of files stands for a disk that is full. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_is_served_from_the_room_ahead_and_then_refused(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_entry entry = {.action = AUDIT_SIGN};
	uint64_t served = 0;

	(void)state;
	limit_files((rlim_t)given->log->room * AUDIT_FRAME_SIZE);
	assert_int_equal(audit_log_tend(given->log), ERR_OK);
	assert_true(audit_log_is_short(given->log));
	while (audit_log_append(given->log, &entry, AUDIT_UNRESERVED) == ERR_OK)
		served++;
	assert_true(served * AUDIT_FRAME_SIZE > 4 * 1024 * 1024 - 16 * AUDIT_FRAME_SIZE);
	assert_int_equal(audit_log_reserve(given->log), ERR_LOG_FULL);
	given_audit_is_whole(given, 10 + served);
	limit_files(RLIM_INFINITY);
	given_audit_entries(given, 1);
	assert_false(audit_log_is_short(given->log));
	given_audit_is_whole(given, 11 + served);
	given_audit_gone(given);
}

static void a_reserved_place_is_nobody_elses(void **state)
{
	struct given_audit *given = given_ten();
	struct audit_entry entry = {.action = AUDIT_SIGN};

	(void)state;
	assert_int_equal(audit_log_reserve(given->log), ERR_OK);
	limit_files((rlim_t)given->log->room * AUDIT_FRAME_SIZE);
	while (audit_log_append(given->log, &entry, AUDIT_UNRESERVED) == ERR_OK)
		continue;
	assert_int_equal(audit_log_append(given->log, &entry, AUDIT_RESERVED), ERR_OK);
	assert_int_equal(audit_log_append(given->log, &entry, AUDIT_UNRESERVED), ERR_LOG_FULL);
	limit_files(RLIM_INFINITY);
	given_audit_gone(given);
}

static void no_new_file_can_be_had_then_the_old_one_goes_on(void **state)
{
	struct given_audit *given = given_ten();

	(void)state;
	given->log->file_entries = 12;
	limit_files((rlim_t)AUDIT_AHEAD_FRAMES * AUDIT_FRAME_SIZE); /* a new one is larger */
	given_audit_entries(given, 20);
	assert_true(audit_log_is_short(given->log));
	limit_files(RLIM_INFINITY);
	given_audit_is_whole(given, 30);
	given_audit_gone(given);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file_goes_on_with_the_chain_and_old_ones_go),
		cmocka_unit_test(four_mebibytes_are_always_ahead),
		cmocka_unit_test(a_full_disk_is_served_from_the_room_ahead_and_then_refused),
		cmocka_unit_test(a_reserved_place_is_nobody_elses),
		cmocka_unit_test(no_new_file_can_be_had_then_the_old_one_goes_on),
	};

	given_process();
	(void)signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
