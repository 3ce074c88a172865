/* policy_check.c - kinko policy check FILE: needs no vault. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

enum { FILE_BYTES_MAX = PARSE_FILE_MAX + 1, PROBLEMS_MAX = 50 };

struct problems {
	size_t count;
	struct parse_problem items[PROBLEMS_MAX];
};

/* The words of a file that could not even be read. */
static enum err unreadable(struct run *run, const char *path)
{
	const char *why = strerror(errno);
	AUTO_TEXT safe = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	TRY(utf8_escape(path, &safe));
	TRY(compose(&message, _("The policy file cannot be read: %s (%s)"), safe, why));
	TRY(text_of_advice(ERR_ORIGINAL_UNREADABLE, NULL, &advice));
	return run_in_words(run, ERR_CONFIG, TAKE(message), TAKE(advice));
}

/* One byte more than a policy may have, so that a larger one is seen to be larger. */
static enum err read_file(struct run *run, const char *path, struct bytes *out_bytes)
{
	AUTO_HELD(bytes) bytes = {0};
	FILE *file = fopen(path, "rbe");
	size_t size;
	bool failed;

	if (file == NULL)
		return unreadable(run, path);
	if (bytes_zeroed(FILE_BYTES_MAX, &bytes) != ERR_OK) {
		(void)fclose(file);
		return ERR_MEMORY;
	}
	size = fread(bytes.data, 1, bytes.size, file);
	failed = ferror(file) != 0;
	(void)fclose(file);
	if (failed)
		return unreadable(run, path);
	*out_bytes = bytes;
	out_bytes->size = size;
	bytes = (struct bytes){0};
	return ERR_OK;
}

static enum err lines_json(const struct problems *problems, json_t **out_array)
{
	AUTO_JSON array = NULL;

	TRY(json_array_new(&array));
	for (size_t i = 0; i < problems->count; i++) {
		json_t *object = NULL;
		TRY(json_object_new(&object));
		TRY(json_push(array, object));
		TRY(json_set(object, "line", json_integer(problems->items[i].line)));
		TRY(json_set(object, "reason", json_text(problems->items[i].reason)));
	}
	*out_array = TAKE(array);
	return ERR_OK;
}

static enum err add_line(char **text, const struct parse_problem *problem)
{
	AUTO_TEXT before = *text;
	AUTO_TEXT line = NULL;

	*text = NULL;
	if (problem->line == 0)
		TRY(compose(&line, "%s", problem->reason));
	else
		TRY(compose(&line, _("line %u: %s"), problem->line, problem->reason));
	return compose(text, "%s\n  %s", before, line);
}

/* Every wrong line at once: who corrects the file wants to do it once. */
static enum err is_wrong(struct run *run, const char *path, const struct problems *problems)
{
	AUTO_TEXT safe = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	TRY(utf8_escape(path, &safe));
	TRY(compose(&message, _("The policy file is not right: %s"), safe));
	for (size_t i = 0; i < problems->count; i++)
		TRY(add_line(&message, &problems->items[i]));
	TRY(text_of_advice(ERR_CONFIG, NULL, &advice));
	TRY(lines_json(problems, &run->problems));
	return run_in_words(run, ERR_CONFIG, TAKE(message), TAKE(advice));
}

static enum err is_right(const struct run *run)
{
	AUTO_JSON document = NULL;
	json_t *problems = NULL;

	if (!run->is_json) {
		(void)printf("%s\n", _("The policy file is right."));
		return ERR_OK;
	}
	TRY(json_object_new(&document));
	TRY(json_set(document, "ok", json_boolean(true)));
	TRY(json_array_new(&problems));
	TRY(json_set(document, "problems", problems));
	return json_print(document);
}

enum err command_policy_check(struct run *run)
{
	const char *path = options_argument(&run->options, 0);
	AUTO_HELD(bytes) bytes = {0};
	struct problems problems = {0};
	enum err err;

	TRY(read_file(run, path, &bytes));
	err = policy_check((const char *)bytes.data, bytes.size, problems.items, PROBLEMS_MAX,
			   &problems.count);
	if (err == ERR_CONFIG)
		return is_wrong(run, path, &problems);
	TRY(err);
	return is_right(run);
}
