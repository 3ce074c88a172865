/* list.c - kinko list [--user NAME]: 一覧表示 */
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/describe.h"
#include "tool/cli/json.h"
#include "tool/cli/moment.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "tool/cli/user.h"
#include "vault/base/text.h"

enum { COLUMNS = 6, LABEL = 1 << 1, ORIGINAL = 1 << 5 };

static enum err add_headings(struct table *table)
{
	const char *const headings[COLUMNS] = {"",         _("Label"),     _("Valid until"),
					       _("State"), _("PIN tries"), _("Original proven")};

	for (size_t i = 0; i < COLUMNS; i++)
		TRY(table_add(table, headings[i]));
	return ERR_OK;
}

static enum err add_entry(struct table *table, const struct entry *entry)
{
	AUTO_TEXT until = NULL;
	AUTO_TEXT tries = NULL;
	AUTO_TEXT original = NULL;

	TRY(moment_day(entry->summary.not_after, &until));
	if (!entry_is_limited(entry))
		TRY(compose(&tries, _("%u left"), (unsigned)entry->tries_left));
	TRY(describe_original_briefly(entry, &original));
	TRY(table_add(table, entry->is_active ? _("active") : ""));
	TRY(table_add(table, entry->label));
	TRY(table_add(table, until));
	TRY(table_add(table, describe_state(entry)));
	TRY(table_add(table, tries));
	return table_add(table, original);
}

/* Who looks for another user can do nothing about it. */
static const char *nothing_in_words(bool is_other)
{
	return is_other ? _("This user has no certificate in the vault.")
			: _("There is no certificate in the vault. Please get one with: "
			    "kinko get, or kinko import");
}

static enum err print_table(const struct entries *entries, bool is_other)
{
	AUTO(table) table = NULL;

	if (entries->count == 0) {
		(void)printf("%s\n", nothing_in_words(is_other));
		return ERR_OK;
	}
	TRY(table_new(COLUMNS, &table));
	table_may_cut(table, LABEL | ORIGINAL);
	TRY(add_headings(table));
	for (size_t i = 0; i < entries->count; i++)
		TRY(add_entry(table, &entries->items[i]));
	return table_print(table, stdout, "", screen_width());
}

static enum err print_document(const struct entries *entries)
{
	AUTO_JSON document = NULL;
	json_t *array = NULL;

	TRY(json_object_new(&document));
	TRY(json_array_new(&array));
	TRY(json_set(document, "certificates", array));
	for (size_t i = 0; i < entries->count; i++) {
		json_t *certificate = NULL;
		TRY(json_of_entry(&entries->items[i], &certificate));
		TRY(json_push(array, certificate));
	}
	return json_print(document);
}

enum err command_list(struct run *run)
{
	AUTO(entries) entries = NULL;
	struct client *client = NULL;
	uid_t owner = 0;
	bool is_other = false;

	TRY(user_of_option(&run->options, &owner, &is_other));
	TRY(run_client(run, &client));
	TRY(entries_load(client, is_other ? &owner : NULL, &entries));
	return run->is_json ? print_document(entries) : print_table(entries, is_other);
}
