/* sticks.c - kinko sticks: USBメモリの一覧 */
#include <inttypes.h>
#include <stdio.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "tool/cli/screen.h"
#include "tool/cli/table.h"
#include "usbimport/device.h"
#include "vault/base/text.h"

enum { COLUMNS = 5, NAME = 1 << 0, FOLDER = 1 << 2, MEBI = 1024 * 1024 };

static enum err add_stick(struct table *table, const struct stick *stick)
{
	AUTO_TEXT room = NULL;

	TRY(compose(&room, "%" PRIu64 " / %" PRIu64 " MiB", stick->free_bytes / MEBI,
		    stick->size_bytes / MEBI));
	TRY(table_add(table, stick->name));
	TRY(table_add(table, stick->device));
	TRY(table_add(table, stick->folder == NULL ? _("not opened") : stick->folder));
	TRY(table_add(table, stick->folder == NULL ? "" : room));
	return table_add(table, stick->is_read_only ? _("write-protected") : "");
}

static enum err print_table(const struct sticks *sticks)
{
	AUTO(table) table = NULL;
	const char *const headings[COLUMNS] = {_("Name"), _("Device"), _("Folder"),
					       _("Free / size"), ""};

	if (sticks->count == 0) {
		(void)printf("%s\n", _("There is no USB stick."));
		return ERR_OK;
	}
	TRY(table_new(COLUMNS, &table));
	table_may_cut(table, NAME | FOLDER);
	for (size_t i = 0; i < COLUMNS; i++)
		TRY(table_add(table, headings[i]));
	for (size_t i = 0; i < sticks->count; i++)
		TRY(add_stick(table, &sticks->items[i]));
	return table_print(table, stdout, "", screen_width());
}

static enum err push_stick(json_t *array, const struct stick *stick)
{
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(array, object));
	TRY(json_set(object, "name", json_text(stick->name)));
	TRY(json_set(object, "device", json_text(stick->device)));
	TRY(json_set(object, "folder", json_text(stick->folder)));
	TRY(json_set(object, "read_only", json_boolean(stick->is_read_only)));
	TRY(json_set(object, "size", json_integer((json_int_t)stick->size_bytes)));
	return json_set(object, "free", json_integer((json_int_t)stick->free_bytes));
}

static enum err print_document(const struct sticks *sticks)
{
	AUTO_JSON document = NULL;
	json_t *array = NULL;

	TRY(json_object_new(&document));
	TRY(json_array_new(&array));
	TRY(json_set(document, "sticks", array));
	for (size_t i = 0; i < sticks->count; i++)
		TRY(push_stick(array, &sticks->items[i]));
	return json_print(document);
}

enum err command_sticks(struct run *run)
{
	AUTO(sticks) sticks = NULL;

	TRY(sticks_find(&sticks));
	return run->is_json ? print_document(sticks) : print_table(sticks);
}
