/* describe.c - see describe.h */
#include "tool/cli/describe.h"

#include <stdio.h>
#include <time.h>

#include "tool/cli/compose.h"
#include "tool/cli/moment.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

enum err describe_entry(const struct entry *entry, char **out_text)
{
	AUTO_TEXT label = NULL;
	AUTO_TEXT day = NULL;

	TRY(utf8_escape(entry->label, &label));
	TRY(moment_day(entry->summary.not_after, &day));
	return compose(out_text, _("\"%s\" (until %s)"), label, day);
}

const char *describe_state(const struct entry *entry)
{
	switch (entry_state(entry, time(NULL))) {
	case ENTRY_LOCKED:
		return _("locked");
	case ENTRY_EXPIRED:
		return _("expired");
	case ENTRY_NOT_YET_VALID:
		return _("not yet valid");
	case ENTRY_READY:
		break;
	}
	return _("ready");
}

enum err describe_original(const struct entry *entry, char **out_text)
{
	AUTO_TEXT day = NULL;
	AUTO_TEXT where = NULL;

	if (entry->verified_at == 0)
		return compose(out_text, "%s", _("none is known"));
	TRY(moment_day(entry->verified_at, &day));
	if (entry->where == NULL || entry->where[0] == '\0')
		return compose(out_text, _("proven %s"), day);
	TRY(utf8_escape(entry->where, &where));
	return compose(out_text, _("proven %s (%s)"), day, where);
}

enum err describe_original_briefly(const struct entry *entry, char **out_text)
{
	AUTO_TEXT day = NULL;
	AUTO_TEXT where = NULL;

	if (entry->verified_at == 0)
		return compose(out_text, "%s", _("not proven"));
	TRY(moment_day(entry->verified_at, &day));
	if (entry->where == NULL || entry->where[0] == '\0')
		return compose(out_text, "%s", day);
	TRY(utf8_escape(entry->where, &where));
	return compose(out_text, "%s (%s)", day, where);
}

enum err describe_print(const struct entry *entry)
{
	AUTO(table) table = NULL;
	AUTO_TEXT original = NULL;
	AUTO_TEXT until = NULL;

	TRY(moment_day(entry->summary.not_after, &until));
	TRY(describe_original(entry, &original));
	TRY(table_new(2, &table));
	TRY(table_add_pair(table, _("Label"), entry->label));
	TRY(table_add_pair(table, _("Valid until"), until));
	TRY(table_add_pair(table, _("State"), describe_state(entry)));
	TRY(table_add_pair(table, _("Active"),
			   entry->is_active ? _("yes, programs use this one") : _("no")));
	TRY(table_add_pair(table, _("Original"), original));
	return table_print_pairs(table, stdout, "  ", screen_width());
}
