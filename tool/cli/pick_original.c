/* pick_original.c - see pick_original.h */
#include "tool/cli/pick_original.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tool/cli/compose.h"
#include "tool/cli/describe.h"
#include "tool/cli/json.h"
#include "tool/cli/wait_stick.h"
#include "usbimport/device.h"
#include "usbimport/scan.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

enum { TITLES_READ_MAX = 16 };

/* Everything that was found, in one list. */
struct finds {
	size_t count;
	char **paths;
	struct digest *shown; /* of the file as the list showed it; zero: only its name was */
	char *places;         /* where it was looked for: "KINKO-USB, ..." */
};

static void finds_clear(struct finds *finds)
{
	for (size_t i = 0; i < finds->count; i++)
		free(finds->paths[i]);
	free(finds->paths);
	free(finds->shown);
	free(finds->places);
	*finds = (struct finds){0};
}
OWN_DEFINE_HELD(finds, finds_clear)

static enum err add_path(struct finds *finds, const char *path)
{
	char **paths = realloc(finds->paths, (finds->count + 1) * sizeof *paths);

	if (paths == NULL)
		return ERR_MEMORY;
	finds->paths = paths;
	TRY(compose(&paths[finds->count], "%s", path));
	finds->count++;
	return ERR_OK;
}

static enum err add_place(struct finds *finds, const char *place)
{
	AUTO_TEXT before = finds->places;

	finds->places = NULL;
	return compose(&finds->places, "%s%s%s", before == NULL ? "" : before,
		       before == NULL ? "" : ", ", place);
}

static void tell_skipped(const struct run *run, const struct skipped *skipped)
{
	AUTO_TEXT safe = NULL;

	if (utf8_escape(skipped->path, &safe) == ERR_OK)
		run_tell(run, _("Not used: %s (%s)\n"), safe, _(skipped->why));
}

static enum err search(const struct run *run, const char *folder, const char *place,
		       struct finds *finds)
{
	AUTO(scan) scan = NULL;

	TRY(scan_folder(folder, &scan));
	TRY(add_place(finds, place));
	for (size_t i = 0; i < scan->count; i++)
		TRY(add_path(finds, scan->items[i].path));
	for (size_t i = 0; i < scan->skipped_count; i++)
		tell_skipped(run, &scan->skipped[i]);
	if (scan->is_cut)
		run_tell(run, "%s\n", _("There is very much on it; not all of it was searched."));
	return ERR_OK;
}

static enum err search_sticks(struct run *run, struct finds *finds)
{
	AUTO(sticks) sticks = NULL;

	TRY(wait_stick(run, WAIT_TO_READ, &sticks));
	for (size_t i = 0; i < sticks->count; i++)
		if (sticks->items[i].folder != NULL)
			TRY(search(run, sticks->items[i].folder, sticks->items[i].name, finds));
	return ERR_OK;
}

/* For programs the list stands in the document, too. */
static enum err ask_for_name(struct run *run, const struct finds *finds)
{
	char list[400] = "";

	TRY(json_array_new(&run->choices));
	for (size_t i = 0; i < finds->count; i++) {
		size_t used = strlen(list);
		(void)snprintf(list + used, sizeof list - used, "%s%s", used == 0 ? "" : ", ",
			       finds->paths[i]);
		TRY(json_push(run->choices, json_text(finds->paths[i])));
	}
	return err_detail(ERR_ORIGINAL_NEEDED, "%s", list);
}

/* The file's name, and whose certificate it is when the vault knows the file. */
static enum err title_of(const struct entries *entries, const char *path, char **out_title,
			 struct digest *out_shown)
{
	AUTO(original) original = NULL;
	AUTO_TEXT safe = NULL;
	AUTO_TEXT certificate = NULL;
	const struct entry *entry = NULL;

	TRY(utf8_escape(path, &safe));
	if (entries != NULL && original_read(path, &original) == ERR_OK)
		entry = entries_of_original(entries, &original->digest);
	if (entry == NULL)
		return compose(out_title, "%s", safe);
	*out_shown = original->digest;
	TRY(describe_entry(entry, &certificate));
	return compose(out_title, "%s  %s", safe, certificate);
}

static enum err titles_of(struct run *run, struct finds *finds, char **titles)
{
	AUTO(entries) entries = NULL;
	struct client *client = NULL;

	TRY(run_client(run, &client));
	if (finds->count <= TITLES_READ_MAX)
		TRY(entries_load(client, NULL, &entries));
	for (size_t i = 0; i < finds->count; i++)
		TRY(title_of(entries, finds->paths[i], &titles[i], &finds->shown[i]));
	return ERR_OK;
}

static enum err choose(struct run *run, struct finds *finds, size_t *out_index)
{
	char **titles = calloc(finds->count, sizeof *titles);
	enum err err;

	if (titles == NULL)
		return ERR_MEMORY;
	err = titles_of(run, finds, titles);
	if (err == ERR_OK)
		err = terminal_choose(run->terminal, _("Which original?"), titles, finds->count,
				      out_index);
	for (size_t i = 0; i < finds->count; i++)
		free(titles[i]);
	free(titles);
	return err;
}

/* What was shown is what is used: a file that changed meanwhile is refused. */
static enum err read_shown(const struct finds *finds, size_t index, struct original **out_original)
{
	AUTO(original) original = NULL;
	const struct digest *shown = &finds->shown[index];

	TRY(original_read(finds->paths[index], &original));
	if (!digest_is_zero(shown) && !digest_equal(shown, &original->digest))
		return ERR_ORIGINAL_CHANGED;
	*out_original = TAKE(original);
	return ERR_OK;
}

static enum err pick_one(struct run *run, struct finds *finds, struct original **out_original)
{
	size_t index = 0;

	if (finds->count == 0)
		return err_detail(ERR_ORIGINAL_NONE, "%s", finds->places);
	finds->shown = calloc(finds->count, sizeof *finds->shown);
	if (finds->shown == NULL)
		return ERR_MEMORY;
	if (finds->count > 1) {
		if (run->terminal == NULL)
			return ask_for_name(run, finds);
		TRY(choose(run, finds, &index));
	}
	return read_shown(finds, index, out_original);
}

enum err pick_original(struct run *run, const char *path, struct original **out_original)
{
	AUTO_HELD(finds) finds = {0};
	struct stat status;

	if (path == NULL)
		TRY(search_sticks(run, &finds));
	else if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		TRY(search(run, path, path, &finds));
	else
		return original_read(path, out_original);
	return pick_one(run, &finds, out_original);
}
