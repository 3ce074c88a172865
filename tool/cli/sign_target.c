/* sign_target.c - see sign_target.h */
#include "tool/cli/sign_target.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "tool/cli/compose.h"
#include "tool/sign/output.h"

enum { READ_AND_WRITE = 0666 };

/* "a.pdf" -> "a-signed.pdf", "A.PDF" -> "A-signed.PDF", "a" -> "a-signed.pdf" */
static enum err signed_name(const char *file, char **out_path)
{
	static const char end[] = ".pdf";
	size_t end_size = sizeof end - 1;
	size_t size = strlen(file);
	bool has_end = size > end_size && strcasecmp(file + size - end_size, end) == 0;
	const char *ending = has_end ? file + size - end_size : end;

	return compose(out_path, "%.*s-signed%s", (int)(has_end ? size - end_size : size), file,
		       ending);
}

/* What a link leads to is what is replaced, not the link. */
static enum err real_name(const char *file, char **out_path)
{
	*out_path = realpath(file, NULL);
	return *out_path != NULL ? ERR_OK : err_detail(ERR_NOT_FOUND, "%s", file);
}

enum err sign_target_of(const struct options *options, const char *file, bool is_cms,
			struct sign_target *out_target)
{
	const char *named = options->values[OPTION_OUTPUT];
	AUTO_HELD(sign_target) target = {.may_replace = options_has(options, OPTION_FORCE)};

	if (options_has(options, OPTION_IN_PLACE)) {
		target.may_replace = true;
		target.keeps_owner = true;
		TRY(real_name(file, &target.path));
	} else if (named != NULL && strcmp(named, "-") != 0) {
		TRY(compose(&target.path, "%s", named));
	} else if (named == NULL && is_cms) {
		TRY(compose(&target.path, "%s.p7s", file));
	} else if (named == NULL) {
		TRY(signed_name(file, &target.path));
	}
	if (target.path != NULL && !target.may_replace && output_exists(target.path))
		return err_detail(ERR_OUTPUT_EXISTS, "%s", target.path);
	*out_target = target;
	target = (struct sign_target){0};
	return ERR_OK;
}

enum err sign_target_write(const struct sign_target *target, const struct input *input,
			   const struct bytes *pieces, size_t piece_count)
{
	const struct output output = {
		.path = target->path,
		.may_replace = target->may_replace,
		.mode = input->mode & (target->keeps_owner ? 07777 : READ_AND_WRITE),
		.has_owner = target->keeps_owner,
		.owner = input->owner,
		.group = input->group,
	};

	if (target->path == NULL)
		return output_write_fd(STDOUT_FILENO, pieces, piece_count);
	return output_write(&output, pieces, piece_count);
}

void sign_target_clear(struct sign_target *target)
{
	free(target->path);
	*target = (struct sign_target){0};
}
