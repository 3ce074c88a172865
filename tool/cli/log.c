/* log.c - kinko log [--since WHEN] [--csv] [--verify]: 利用記録 */
#include <inttypes.h>
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/entries.h"
#include "tool/cli/json.h"
#include "tool/cli/log_csv.h"
#include "tool/cli/log_words.h"
#include "tool/cli/moment.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "tool/cli/user.h"
#include "vault/base/text.h"

enum { COLUMNS = 6, ALL_BUT_NUMBER_AND_TIME = ~3U & ((1U << COLUMNS) - 1), DIGITS_SHOWN = 8 };

struct showing {
	const struct entries *entries; /* for the labels */
	struct table *table;
	json_t *array; /* borrowed */
};

/* --- As a table ---------------------------------------------------------------------------------
 */

static enum err add_headings(struct table *table)
{
	const char *const headings[COLUMNS] = {_("No."),    _("When (JST)"),  _("What"),
					       _("Result"), _("Certificate"), _("User (program)")};

	for (size_t i = 0; i < COLUMNS; i++)
		TRY(table_add(table, headings[i]));
	return ERR_OK;
}

static const struct entry *find_known(const struct entries *entries, const struct digest *id)
{
	for (size_t i = 0; i < entries->count; i++)
		if (digest_equal(&entries->items[i].summary.id, id))
			return &entries->items[i];
	return NULL;
}

/* The label, or, of one that is gone or another's, how its fingerprint begins. */
static enum err certificate_in_words(const struct showing *showing, const struct audit_entry *entry,
				     char **out_text)
{
	const struct entry *known = find_known(showing->entries, &entry->certificate);
	char hex[DIGEST_HEX_SIZE];

	if (!entry->has_certificate)
		return compose(out_text, "%s", "");
	if (known != NULL)
		return compose(out_text, "%s", known->label);
	hex_of(entry->certificate.bytes, DIGEST_SIZE, hex);
	return compose(out_text, "%.*s...", DIGITS_SHOWN, hex);
}

/* Who it was is proven; the program is what it calls itself. */
static enum err user_in_words(const struct audit_entry *entry, char **out_text)
{
	AUTO_TEXT user = NULL;

	TRY(user_name_of((uid_t)entry->uid, &user));
	if (entry->program[0] == '\0')
		return compose(out_text, "%s", user);
	return compose(out_text, "%s (%s)", user, entry->program);
}

static enum err add_row(const struct audit_entry *entry, void *context)
{
	struct showing *showing = context;
	AUTO_TEXT number = NULL;
	AUTO_TEXT at = NULL;
	AUTO_TEXT result = NULL;
	AUTO_TEXT certificate = NULL;
	AUTO_TEXT user = NULL;

	TRY(compose(&number, "%" PRIu64, entry->number));
	TRY(moment_minute_briefly(entry->at, &at));
	TRY(log_words_of_result(entry, &result));
	TRY(certificate_in_words(showing, entry, &certificate));
	TRY(user_in_words(entry, &user));
	TRY(table_add(showing->table, number));
	TRY(table_add(showing->table, at));
	TRY(table_add(showing->table, log_words_of_action(entry)));
	TRY(table_add(showing->table, result));
	TRY(table_add(showing->table, certificate));
	return table_add(showing->table, user);
}

static enum err print_table(struct client *client, int64_t since, uint64_t *out_unreadable)
{
	AUTO(entries) entries = NULL;
	AUTO(table) table = NULL;
	struct showing showing = {0};

	TRY(entries_load(client, NULL, &entries));
	TRY(table_new(COLUMNS, &table));
	table_may_cut(table, ALL_BUT_NUMBER_AND_TIME);
	TRY(add_headings(table));
	showing.entries = entries;
	showing.table = table;
	TRY(client_log(client, since, add_row, &showing, out_unreadable));
	return table_print(table, stdout, "", screen_width());
}

/* --- For programs -------------------------------------------------------------------------------
 */

static json_t *json_bytes(const uint8_t *bytes, size_t size)
{
	char hex[2 * AUDIT_DIGEST_MAX + 1];

	if (size == 0)
		return json_null();
	hex_of(bytes, size, hex);
	return json_string(hex);
}

/* What only some entries have comes after what all have. */
static enum err set_more(json_t *object, const struct audit_entry *entry)
{
	if (entry->count > 0)
		TRY(json_set(object, "count", json_integer(entry->count)));
	if (entry->rule[0] == '\0')
		return ERR_OK;
	TRY(json_set(object, "rule", json_text(entry->rule)));
	return json_set(object, "line", json_integer(entry->line));
}

static enum err push_entry(const struct audit_entry *entry, void *context)
{
	struct showing *showing = context;
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(showing->array, object));
	TRY(json_set(object, "number", json_integer((json_int_t)entry->number)));
	TRY(json_set(object, "at", json_moment(entry->at)));
	TRY(json_set(object, "uid", json_integer(entry->uid)));
	TRY(json_set(object, "pid", json_integer(entry->pid)));
	TRY(json_set(object, "program", json_text(entry->program)));
	TRY(json_set(object, "action",
		     json_text(audit_action_word((enum audit_action)entry->action))));
	TRY(json_set(object, "result", json_string(audit_entry_result_word(entry))));
	TRY(json_set(object, "certificate",
		     entry->has_certificate ? json_digest(&entry->certificate) : json_null()));
	TRY(json_set(object, "mechanism", json_text(entry->mechanism)));
	TRY(json_set(object, "digest", json_bytes(entry->digest, entry->digest_size)));
	return set_more(object, entry);
}

static enum err print_document(struct client *client, int64_t since, uint64_t *out_unreadable)
{
	AUTO_JSON document = NULL;
	struct showing showing = {0};

	TRY(json_object_new(&document));
	TRY(json_array_new(&showing.array));
	TRY(json_set(document, "entries", showing.array));
	TRY(client_log(client, since, push_entry, &showing, out_unreadable));
	return json_print(document);
}

static enum err print_csv_line(const struct audit_entry *entry, void *context)
{
	(void)context;
	return log_csv_entry(entry);
}

/* --- The proof ----------------------------------------------------------------------------------
 */

static enum err verdict_document(const struct audit_report *report, json_t **out_document)
{
	AUTO_JSON document = NULL;
	json_t *log = NULL;
	json_t *faults = NULL;

	TRY(json_object_new(&document));
	TRY(json_object_new(&log));
	TRY(json_set(document, "log", log));
	TRY(json_set(log, "intact", json_boolean(report->fault_count == 0)));
	TRY(json_set(log, "first", json_integer((json_int_t)report->first)));
	TRY(json_set(log, "last", json_integer((json_int_t)report->last)));
	TRY(json_set(log, "count", json_integer((json_int_t)report->count)));
	TRY(json_set(log, "unclean_ends", json_integer(report->unclean_ends)));
	TRY(json_array_new(&faults));
	TRY(json_set(log, "faults", faults));
	for (size_t i = 0; i < report->fault_count; i++) {
		const struct audit_fault *fault = &report->faults[i];
		const char *kind = audit_fault_word((enum audit_fault_kind)fault->kind);
		json_t *object = NULL;
		TRY(json_object_new(&object));
		TRY(json_push(faults, object));
		TRY(json_set(object, "kind", json_text(kind)));
		TRY(json_set(object, "from", json_integer((json_int_t)fault->from)));
		TRY(json_set(object, "to", json_integer((json_int_t)fault->to)));
	}
	TRY(json_set(log, "more_faults", json_boolean(report->has_more_faults)));
	*out_document = TAKE(document);
	return ERR_OK;
}

static enum err print_verdict(const struct audit_report *report)
{
	if (report->fault_count == 0)
		(void)printf(_("The log is whole: %" PRIu64 " entries, none changed, removed or "
			       "moved.\n"),
			     report->count);
	else
		(void)printf("%s\n", _("The log is NOT what the vault has written:"));
	for (size_t i = 0; i < report->fault_count; i++) {
		AUTO_TEXT fault = NULL;
		TRY(log_words_of_fault(&report->faults[i], &fault));
		(void)printf("  %s\n", fault);
	}
	if (report->has_more_faults)
		(void)printf("  %s\n", _("(and more)"));
	if (report->first > 1)
		(void)printf(
			_("Entries before number %" PRIu64 " were dropped because of their age.\n"),
			report->first);
	if (report->unclean_ends > 0)
		(void)printf(_("Times that the vault was cut off (power failure, crash): %u\n"),
			     (unsigned)report->unclean_ends);
	return ERR_OK;
}

static enum err verify(struct run *run, struct client *client)
{
	struct audit_report report = {0};
	AUTO_JSON document = NULL;

	TRY(client_log_verify(client, &report));
	if (report.fault_count > 0)
		run->answer = ERR_LOG_CHANGED;
	if (!run->is_json)
		return print_verdict(&report);
	TRY(verdict_document(&report, &document));
	return json_print(document);
}

/* --- The command --------------------------------------------------------------------------------
 */

static enum err find_since(const struct options *options, int64_t *out_since)
{
	const char *text = options->values[OPTION_SINCE];

	*out_since = 0;
	if (text == NULL || moment_parse(text, out_since))
		return ERR_OK;
	return err_detail(ERR_USAGE, "--since %s", text);
}

static enum err show(struct run *run, struct client *client, int64_t since,
		     uint64_t *out_unreadable)
{
	if (run->is_json)
		return print_document(client, since, out_unreadable);
	if (!options_has(&run->options, OPTION_CSV))
		return print_table(client, since, out_unreadable);
	log_csv_heading();
	return client_log(client, since, print_csv_line, NULL, out_unreadable);
}

static enum err check_options(const struct run *run)
{
	const struct options *options = &run->options;
	bool verifies = options_has(options, OPTION_VERIFY);

	if (options_has(options, OPTION_CSV) && (run->is_json || verifies))
		return err_detail(ERR_USAGE, "--csv");
	if (options_has(options, OPTION_SINCE) && verifies)
		return err_detail(ERR_USAGE, "--since");
	return ERR_OK;
}

enum err command_log(struct run *run)
{
	struct client *client = NULL;
	uint64_t unreadable = 0;
	int64_t since = 0;

	TRY(check_options(run));
	TRY(find_since(&run->options, &since));
	TRY(run_client(run, &client));
	if (options_has(&run->options, OPTION_VERIFY))
		return verify(run, client);
	TRY(show(run, client, since, &unreadable));
	if (unreadable > 0)
		run_tell(run, "%s\n",
			 _("Some entries of the log are not as they were written; please see: "
			   "kinko log --verify"));
	return ERR_OK;
}
