/* sign.c - kinko sign FILE...: 電子署名 of PDF documents and of any files.
 *
 * Each file is read once and hashed here; only the digest goes to the vault. A file that cannot
 * be signed does not keep the others from it; a vault or a PIN that cannot be had does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/progress.h"
#include "tool/cli/run.h"
#include "tool/cli/sign_key.h"
#include "tool/cli/sign_result.h"
#include "tool/cli/sign_target.h"
#include "tool/sign/cms_make.h"
#include "tool/sign/sign_pdf.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"
#include "vault/cert/certificate.h"

enum { BAR_FROM = 64 * 1024 * 1024, PAGE_MAX = 1000000, BAR_COLUMNS = 48 };

struct batch {
	struct run *run;
	struct sign_key key;
	struct sign_wish wish;
	char *holder; /* the name in the signature when none was given */
	bool is_cms;
	struct progress progress;
	uint64_t total; /* bytes of all files; 0: no bar */
	uint64_t done;  /* of the files before this one */
	unsigned signed_count;
	json_t *files;
};

static void batch_clear(struct batch *batch)
{
	progress_end(&batch->progress);
	sign_key_close(&batch->key);
	free(batch->holder);
	json_decref(batch->files);
}
OWN_DEFINE_HELD(batch, batch_clear)

static enum err read_options(struct batch *batch);
static enum err name_holder(struct batch *batch);
static void measure(struct batch *batch);
static void hide_bar(struct progress *progress);
static enum err sign_all(struct batch *batch);
static enum err print_document(struct batch *batch);

enum err command_sign(struct run *run)
{
	AUTO_HELD(batch) batch = {.run = run};

	TRY(read_options(&batch));
	TRY(sign_key_open(run, run->options.values[OPTION_CERT], &batch.key));
	TRY(name_holder(&batch));
	TRY(json_array_new(&batch.files));
	batch.progress = (struct progress){.terminal = run->terminal, .interrupt = run->interrupt};
	batch.key.progress = &batch.progress;
	measure(&batch);
	TRY(sign_all(&batch));
	hide_bar(&batch.progress);
	if (run->is_json)
		return print_document(&batch);
	if (run->options.argument_count > 1)
		run_tell(run, _("Signed: %u of %zu files.\n"), batch.signed_count,
			 run->options.argument_count);
	return ERR_OK;
}

/* --- Options ------------------------------------------------------------------------------------
 */

static enum err one_of(const char *option, const char *value, const char *first, const char *second,
		       bool *out_is_second)
{
	*out_is_second = value != NULL && second != NULL && strcmp(value, second) == 0;
	if (value == NULL || strcmp(value, first) == 0 || *out_is_second)
		return ERR_OK;
	return err_detail(ERR_USAGE, "%s %s", option, value);
}

static enum err read_page(const char *text, unsigned *out_page)
{
	char *end = NULL;
	unsigned long page;

	*out_page = SIGN_PAGE_LAST;
	if (text == NULL)
		return ERR_OK;
	page = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || page < 1 || page > PAGE_MAX)
		return err_detail(ERR_USAGE, "--page %s", text);
	*out_page = (unsigned)page;
	return ERR_OK;
}

static enum err refuse(const struct options *options, const enum option *refused, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (options_has(options, refused[i]))
			return err_detail(ERR_USAGE, "%s", option_row(refused[i])->name);
	return ERR_OK;
}

/* What makes no sense together. */
static enum err check_options(const struct run *run, bool is_cms)
{
	static const enum option of_pdf[] = {OPTION_PROFILE, OPTION_VISIBLE, OPTION_PAGE,
					     OPTION_NAME,    OPTION_REASON,  OPTION_LOCATION,
					     OPTION_IN_PLACE};
	static const enum option of_seal[] = {OPTION_PAGE};
	static const enum option of_place[] = {OPTION_OUTPUT};
	const struct options *options = &run->options;
	const char *output = options->values[OPTION_OUTPUT];
	bool to_stream = output != NULL && strcmp(output, "-") == 0;

	if (is_cms)
		TRY(refuse(options, of_pdf, COUNT_OF(of_pdf)));
	if (!options_has(options, OPTION_VISIBLE))
		TRY(refuse(options, of_seal, COUNT_OF(of_seal)));
	if (options_has(options, OPTION_IN_PLACE) || options->argument_count > 1)
		TRY(refuse(options, of_place, COUNT_OF(of_place)));
	/* A document and a result cannot share the stream; bytes of a file are not for a screen. */
	if (to_stream && (run->is_json || isatty(STDOUT_FILENO)))
		return err_detail(ERR_USAGE, "-o -");
	return ERR_OK;
}

static const char *text_or_none(const struct options *options, enum option option)
{
	const char *text = options->values[option];

	return text == NULL ? "" : text;
}

static enum err read_options(struct batch *batch)
{
	const struct options *options = &batch->run->options;
	struct sign_wish *wish = &batch->wish;
	bool is_pdf = false;

	TRY(one_of("--format", options->values[OPTION_FORMAT], "cms", "pdf", &is_pdf));
	batch->is_cms = options_has(options, OPTION_FORMAT) && !is_pdf;
	TRY(check_options(batch->run, batch->is_cms));
	TRY(one_of("--profile", options->values[OPTION_PROFILE], "pades-b-b", NULL, &is_pdf));
	wish->is_pades = options_has(options, OPTION_PROFILE);
	wish->is_visible = options_has(options, OPTION_VISIBLE);
	TRY(read_page(options->values[OPTION_PAGE], &wish->page));
	wish->name = text_or_none(options, OPTION_NAME);
	wish->reason = text_or_none(options, OPTION_REASON);
	wish->location = text_or_none(options, OPTION_LOCATION);
	TRY(sign_check_text(wish->name));
	TRY(sign_check_text(wish->reason));
	return sign_check_text(wish->location);
}

/* The signer's name is that of the certificate, unless one was given. */
static enum err name_holder(struct batch *batch)
{
	const struct bytes *der = &batch->key.show.certificate;
	AUTO(certificate) certificate = NULL;

	TRY(certificate_parse(der->data, der->size, &certificate));
	TRY(certificate_subject_short(certificate, &batch->holder));
	if (batch->wish.name[0] == '\0' && sign_check_text(batch->holder) == ERR_OK)
		batch->wish.name = batch->holder;
	return ERR_OK;
}

/* A bar is for those who wait: for many files, or for large ones. */
static void measure(struct batch *batch)
{
	const struct options *options = &batch->run->options;
	uint64_t total = 0;

	for (size_t i = 0; i < options->argument_count; i++) {
		struct stat status;
		if (stat(options->arguments[i], &status) == 0 && S_ISREG(status.st_mode))
			total += (uint64_t)status.st_size;
	}
	if (options->argument_count > 1 || total >= BAR_FROM)
		batch->total = total;
}

/* --- One file -----------------------------------------------------------------------------------
 */

static bool show_progress(uint64_t done, void *context)
{
	struct batch *batch = context;

	return progress_show(batch->done + done, batch->total, &batch->progress);
}

static enum err sign_as_cms(struct batch *batch, const struct input *input,
			    const struct sign_target *target)
{
	const struct signer signer = sign_key_signer(&batch->key);
	const struct cms_wish wish = {.at = time(NULL)};
	AUTO_HELD(bytes) digest = {0};
	AUTO_HELD(bytes) cms = {0};
	enum sign_scheme scheme;
	enum sign_hash hash;

	TRY(signer_scheme(signer.key_kind, &scheme, &hash));
	TRY(input_hash(input, hash, show_progress, batch, &digest));
	TRY(cms_make(&signer, &wish, &digest, &cms));
	return sign_target_write(target, input, &cms, 1);
}

static enum err sign_as_pdf(struct batch *batch, const struct input *input,
			    const struct sign_target *target)
{
	const struct signer signer = sign_key_signer(&batch->key);
	AUTO_HELD(bytes) file = {0};
	AUTO_HELD(bytes) increment = {0};

	TRY(sign_check_size(input->size));
	TRY(input_read(input, (size_t)input->size, &file));
	batch->wish.at = time(NULL);
	TRY(sign_pdf(file.data, file.size, &batch->wish, &signer, &increment));
	const struct bytes pieces[] = {file, increment};
	return sign_target_write(target, input, pieces, COUNT_OF(pieces));
}

static enum err sign_opened(struct batch *batch, const char *file, const struct input *input,
			    char **out_output)
{
	AUTO_HELD(sign_target) target = {0};

	TRY(sign_target_of(&batch->run->options, file, batch->is_cms, &target));
	if (batch->is_cms)
		TRY(sign_as_cms(batch, input, &target));
	else
		TRY(sign_as_pdf(batch, input, &target));
	*out_output = TAKE(target.path);
	return ERR_OK;
}

static enum err sign_one(struct batch *batch, const char *file, char **out_output)
{
	AUTO_HELD(input) input = {0};
	enum err err;

	TRY(run_go_on(batch->run));
	TRY(input_open(file, &input));
	err = sign_opened(batch, file, &input, out_output);
	batch->done += input.size; /* also one that failed is behind us */
	return err;
}

/* --- All files ----------------------------------------------------------------------------------
 */

static enum err push_result(struct batch *batch, const char *file, const char *output, enum err err)
{
	json_t *object = NULL;
	json_t *error = NULL;

	TRY(sign_result_error(batch->run, err, &error));
	TRY(json_object_new(&object));
	TRY(json_push(batch->files, object));
	TRY(json_set(object, "file", json_text(file)));
	TRY(json_set(object, "error", error));
	return json_set(object, "output", json_text(output));
}

/* Its line is for what comes next. */
static void hide_bar(struct progress *progress)
{
	if (progress->percent != 0)
		terminal_say(progress->terminal, "\r%*s\r", BAR_COLUMNS, "");
	progress->percent = 0;
}

static enum err tell_result(struct batch *batch, const char *file, const char *output, enum err err)
{
	AUTO_TEXT safe = NULL;

	hide_bar(&batch->progress);
	if (err != ERR_OK) {
		sign_result_tell(batch->run, file, err);
		return ERR_OK;
	}
	if (output == NULL)
		return ERR_OK;
	TRY(utf8_escape(output, &safe));
	(void)printf(_("Signed: %s\n"), safe);
	(void)fflush(stdout);
	return ERR_OK;
}

/* Nothing was signed, and nothing can be: one failure, not one a file. */
static bool ends_all(const struct batch *batch)
{
	return batch->key.failure != ERR_OK && !batch->key.has_signed;
}

static enum err sign_all(struct batch *batch)
{
	const struct options *options = &batch->run->options;
	enum err err = ERR_OK;

	for (size_t i = 0; i < options->argument_count; i++) {
		const char *file = options->arguments[i];
		AUTO_TEXT output = NULL;

		/* After a failure of the vault the remaining files share it. */
		if (batch->key.failure == ERR_OK && err != ERR_CANCELLED)
			err = sign_one(batch, file, &output);
		if (ends_all(batch) || (err == ERR_CANCELLED && !batch->key.has_signed))
			return err;
		if (err == ERR_OK)
			batch->signed_count++;
		sign_result_count(batch->run, err);
		if (batch->run->is_json)
			TRY(push_result(batch, file, output, err));
		else
			TRY(tell_result(batch, file, output, err));
		if (batch->total > 0)
			(void)progress_show(batch->done, batch->total, &batch->progress);
	}
	return ERR_OK;
}

static enum err print_document(struct batch *batch)
{
	AUTO_JSON document = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "files", json_incref(batch->files)));
	return json_print(document);
}
