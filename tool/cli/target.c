/* target.c - see target.h */
#include "tool/cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/local_policy.h"
#include "tool/cli/wait_stick.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

void target_free(struct target *target)
{
	if (target == NULL)
		return;
	free(target->folder);
	free(target->stick);
	stick_free(target->device);
	free(target);
}

static enum err target_new(const char *folder, const char *stick, struct target **out_target)
{
	AUTO(target) target = calloc(1, sizeof *target);

	if (target == NULL)
		return ERR_MEMORY;
	TRY(compose(&target->folder, "%s", folder));
	TRY(compose(&target->stick, "%s", stick));
	TRY(original_can_write(folder, ORIGINAL_SIZE_MAX));
	*out_target = TAKE(target);
	return ERR_OK;
}

enum err target_of_folder(const char *folder, struct target **out_target)
{
	AUTO(stick) stick = NULL;
	enum err err = stick_of_path(folder, &stick);

	if (err == ERR_OK)
		return target_new(folder, stick->name, out_target);
	if (err != ERR_STICK_NOT_A_STICK)
		return err;
	err_forget();
	return target_new(folder, "", out_target);
}

/* The stick stays with the target, so that nothing is written to its folder once it is gone. */
static enum err of_stick(struct stick **stick, struct target **out_target)
{
	TRY(wait_stick_check(*stick, WAIT_TO_WRITE));
	TRY(target_new((*stick)->folder, (*stick)->name, out_target));
	(*out_target)->device = TAKE(*stick);
	return ERR_OK;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum err no_stick(struct run *run, const char *folder)
{
	AUTO_TEXT advice = NULL;

	TRY(compose(
		&advice, "%s",
		_("Please name a USB stick, or a folder on one; kinko sticks lists them. Without "
		  "--stick, kinko get finds the stick itself.")));
	(void)err_detail(ERR_STICK_NOT_A_STICK, "%s", folder);
	return run_in_words(run, ERR_STICK_NOT_A_STICK, NULL, TAKE(advice));
}

/* A folder that is on no stick may play one only under normal-folder. */
static enum err of_folder(struct run *run, const char *folder, struct target **out_target)
{
	AUTO(stick) stick = NULL;
	enum policy_usage usage;
	enum err err = stick_of_path(folder, &stick);

	if (err == ERR_OK)
		return of_stick(&stick, out_target);
	if (err != ERR_STICK_NOT_A_STICK)
		return err;
	TRY(local_policy_usage(&usage));
	if (usage != USAGE_NORMAL_FOLDER)
		return no_stick(run, folder);
	err_forget();
	return target_new(folder, "", out_target);
}

static enum err of_name(struct run *run, const char *name, struct target **out_target)
{
	AUTO(stick) stick = NULL;

	if (is_folder(name))
		return of_folder(run, name, out_target);
	TRY(stick_of_name(name, &stick));
	return of_stick(&stick, out_target);
}

static enum err add_choice(struct run *run, const struct stick *stick)
{
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(run->choices, object));
	TRY(json_set(object, "name", json_text(stick->name)));
	TRY(json_set(object, "device", json_text(stick->device)));
	return json_set(object, "folder", json_text(stick->folder));
}

/* "KINKO-USB (/media/x), OFFICE (/media/y)" of those that can be written to; for programs the list
 * stands in the document, too. */
static enum err several(struct run *run, const struct sticks *sticks)
{
	char list[400] = "";

	TRY(json_array_new(&run->choices));
	for (size_t i = 0; i < sticks->count; i++) {
		const struct stick *stick = &sticks->items[i];
		size_t used = strlen(list);
		if (wait_stick_check(stick, WAIT_TO_WRITE) != ERR_OK)
			continue;
		(void)snprintf(list + used, sizeof list - used, "%s%s (%s)", used == 0 ? "" : ", ",
			       stick->name, stick->folder);
		TRY(add_choice(run, stick));
	}
	return err_detail(ERR_STICK_SEVERAL, "%s", list);
}

static enum err choose(struct run *run, const struct sticks *sticks, char **titles,
		       const struct stick **out_stick)
{
	size_t index = 0;

	for (size_t i = 0; i < sticks->count; i++) {
		AUTO_TEXT name = NULL;
		TRY(utf8_escape(sticks->items[i].name, &name));
		TRY(compose(&titles[i], "%s (%s)", name, sticks->items[i].device));
	}
	TRY(terminal_choose(run->terminal, _("Which USB stick?"), titles, sticks->count, &index));
	*out_stick = &sticks->items[index];
	return ERR_OK;
}

static enum err choose_stick(struct run *run, const struct sticks *sticks,
			     const struct stick **out_stick)
{
	char **titles = calloc(sticks->count, sizeof *titles);
	enum err err = titles == NULL ? ERR_MEMORY : choose(run, sticks, titles, out_stick);

	for (size_t i = 0; titles != NULL && i < sticks->count; i++)
		free(titles[i]);
	free(titles);
	return err;
}

static size_t count_usable(const struct sticks *sticks, const struct stick **out_last)
{
	size_t count = 0;

	for (size_t i = 0; i < sticks->count; i++) {
		if (wait_stick_check(&sticks->items[i], WAIT_TO_WRITE) != ERR_OK)
			continue;
		*out_last = &sticks->items[i];
		count++;
	}
	return count;
}

enum err target_for_get(struct run *run, const char *stick, struct target **out_target)
{
	AUTO(sticks) sticks = NULL;
	AUTO(stick) own = NULL;
	const struct stick *chosen = NULL;

	if (stick != NULL)
		return of_name(run, stick, out_target);
	TRY(wait_stick(run, WAIT_TO_WRITE, &sticks));
	if (count_usable(sticks, &chosen) > 1) {
		if (run->terminal == NULL)
			return several(run, sticks);
		TRY(choose_stick(run, sticks, &chosen));
	}
	TRY(stick_of_path(chosen->folder, &own));
	return of_stick(&own, out_target);
}
