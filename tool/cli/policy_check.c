/* policy_check.c - kinko policy check FILE: needs no vault. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "tool/cli/command.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "vault/base/text.h"

enum { FILE_BYTES_MAX = PARSE_FILE_MAX + 1 };

/* One byte more than a policy may have, so that a larger one is seen to be larger. */
static enum err read_file(const char *path, struct bytes *out_bytes)
{
	AUTO_HELD(bytes) bytes = {0};
	FILE *file = fopen(path, "rbe");
	size_t size;
	bool failed;

	if (file == NULL)
		return err_detail(ERR_CONFIG, "%s: %s", path, strerror(errno));
	if (bytes_zeroed(FILE_BYTES_MAX, &bytes) != ERR_OK) {
		(void)fclose(file);
		return ERR_MEMORY;
	}
	size = fread(bytes.data, 1, bytes.size, file);
	failed = ferror(file) != 0;
	(void)fclose(file);
	if (failed)
		return err_detail(ERR_CONFIG, "%s: %s", path, strerror(errno));
	*out_bytes = bytes;
	out_bytes->size = size;
	bytes = (struct bytes){0};
	return ERR_OK;
}

/* The same document for a right and a wrong file; a wrong one is also the failure. */
static enum err print_document(const struct parse_problem *problem, bool is_right)
{
	AUTO_JSON document = NULL;
	json_t *problems = NULL;
	json_t *object = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "ok", json_boolean(is_right)));
	TRY(json_array_new(&problems));
	TRY(json_set(document, "problems", problems));
	if (!is_right) {
		TRY(json_object_new(&object));
		TRY(json_push(problems, object));
		TRY(json_set(object, "line", json_integer(problem->line)));
		TRY(json_set(object, "reason", json_text(problem->reason)));
	}
	return json_print(document);
}

enum err command_policy_check(struct run *run)
{
	AUTO_HELD(bytes) bytes = {0};
	AUTO(policy) policy = NULL;
	struct parse_problem problem = {0};
	enum err err;

	TRY(read_file(options_argument(&run->options, 0), &bytes));
	err = policy_parse((const char *)bytes.data, bytes.size, &policy, &problem);
	if (err != ERR_OK && err != ERR_CONFIG)
		return err;
	if (run->is_json) {
		run->answer = err;
		return print_document(&problem, err == ERR_OK);
	}
	if (err == ERR_OK)
		(void)printf("%s\n", _("The policy file is right."));
	return err;
}
