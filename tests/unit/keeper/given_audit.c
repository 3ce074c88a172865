/* given_audit.c - see given_audit.h */
#include "tests/unit/keeper/given_audit.h"

#include <unistd.h>

struct given_audit *given_audit(void)
{
	struct given_audit *given = calloc(1, sizeof *given);
	AUTO(secret) key = NULL;

	assert_non_null(given);
	given->where = given_place();
	assert_int_equal(secret_new(KEY_SIZE, &key), ERR_OK);
	random_fill(secret_bytes(key), KEY_SIZE);
	assert_int_equal(keys_of(key, &given->keys), ERR_OK);
	given->sealer.keys = given->keys;
	random_fill(given->sealer.vault.bytes, VAULT_ID_SIZE);
	given_audit_opened(given);
	return given;
}

void given_audit_gone(struct given_audit *given)
{
	audit_log_free(given->log);
	keys_free(given->keys);
	given_place_gone(given->where);
	free(given);
}

void given_audit_killed(struct given_audit *given)
{
	audit_log_free(given->log);
	given->log = NULL;
}

static void append(struct given_audit *given, enum audit_action action)
{
	struct audit_entry entry = {.at = 1700000000, .action = (uint8_t)action};

	assert_int_equal(audit_log_append(given->log, &entry, AUDIT_UNRESERVED), ERR_OK);
}

void given_audit_stopped(struct given_audit *given)
{
	append(given, AUDIT_STOP);
	assert_int_equal(audit_log_sync(given->log, &given->durable), ERR_OK);
	given_audit_killed(given);
}

void given_audit_opened(struct given_audit *given)
{
	assert_int_equal(
		audit_log_open(given->where->state, &given->sealer, &given->durable, &given->log),
		ERR_OK);
}

void given_audit_started(struct given_audit *given)
{
	given_audit_opened(given);
	if (audit_log_finding(given->log).action != 0)
		append(given, (enum audit_action)audit_log_finding(given->log).action);
}

void given_audit_entries(struct given_audit *given, size_t count)
{
	for (size_t i = 0; i < count; i++)
		append(given, AUDIT_USE);
}

struct audit_report given_audit_report(struct given_audit *given)
{
	struct audit_report report;

	assert_int_equal(audit_log_report(given->log, &report), ERR_OK);
	return report;
}

void given_audit_is_whole(struct given_audit *given, uint64_t last)
{
	struct audit_report report = given_audit_report(given);

	assert_int_equal(report.fault_count, 0);
	assert_int_equal(report.last, last);
	assert_int_equal(report.count, last + 1 - report.first);
}

void given_audit_has_fault(struct given_audit *given, enum audit_fault_kind kind, uint64_t from,
			   uint64_t to)
{
	struct audit_report report = given_audit_report(given);

	assert_int_equal(report.fault_count, 1);
	assert_string_equal(audit_fault_word((enum audit_fault_kind)report.faults[0].kind),
			    audit_fault_word(kind));
	assert_int_equal(report.faults[0].from, from);
	assert_int_equal(report.faults[0].to, to);
}

int given_audit_file(const struct given_audit *given, uint64_t first)
{
	uint64_t frames;
	int file = -1;

	assert_int_equal(audit_file_open(given->where->state, first, &file, &frames), ERR_OK);
	return file;
}

void given_audit_read(const struct given_audit *given, uint64_t first, uint64_t index,
		      struct audit_frame *out_frame)
{
	int file = given_audit_file(given, first);

	assert_int_equal(audit_file_read(file, index, out_frame), ERR_OK);
	(void)close(file);
}

void given_audit_write(const struct given_audit *given, uint64_t first, uint64_t index,
		       const struct audit_frame *frame)
{
	int file = given_audit_file(given, first);

	assert_int_equal(audit_file_write(file, index, frame), ERR_OK);
	(void)close(file);
}

struct given_audit *given_ten(void)
{
	struct given_audit *given = given_audit();

	given_audit_entries(given, 10);
	return given;
}
