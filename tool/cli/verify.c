/* verify.c - kinko verify FILE...: 署名の検証. Needs no vault and tells nobody.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tool/cli/command.h"
#include "tool/cli/compose.h"
#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "tool/cli/sign_result.h"
#include "tool/cli/verify_words.h"
#include "tool/sign/input.h"
#include "tool/sign/sign_pdf.h"
#include "tool/sign/trust.h"
#include "tool/sign/verify.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

#define CMS_ENDING ".p7s"

struct verifying {
	struct run *run;
	struct trust *trust;
	json_t *files;
	bool has_unknown; /* a valid signature whose issuer nobody here knows */
};

static void verifying_clear(struct verifying *verifying)
{
	trust_close(verifying->trust);
	json_decref(verifying->files);
}
OWN_DEFINE_HELD(verifying, verifying_clear)

static enum err verify_file(struct verifying *verifying, const char *file);
static enum err print_document(struct verifying *verifying);

/* What 「情報不足のため」 means, once. */
static void explain_unknown(const struct run *run)
{
	run_tell(run, "%s\n",
		 _("A certificate that cannot be verified for lack of information is usual: its "
		   "issuer is not in this computer's list. Whether the content is what was signed "
		   "does not depend on it. With the issuer's certificate: kinko verify --ca FILE"));
}

enum err command_verify(struct run *run)
{
	const struct options *options = &run->options;
	AUTO_HELD(verifying) verifying = {.run = run};

	if (options_has(options, OPTION_CONTENT) && options->argument_count > 1)
		return err_detail(ERR_USAGE, "--content");
	TRY(trust_open(options->values[OPTION_CA], &verifying.trust));
	TRY(json_array_new(&verifying.files));
	for (size_t i = 0; i < options->argument_count; i++) {
		TRY(run_go_on(run));
		TRY(verify_file(&verifying, options->arguments[i]));
	}
	if (verifying.has_unknown)
		explain_unknown(run);
	return run->is_json ? print_document(&verifying) : ERR_OK;
}

/* --- One file -----------------------------------------------------------------------------------
 */

static bool go_on(uint64_t done, void *context)
{
	const struct run *run = context;

	(void)done;
	return run_go_on(run) == ERR_OK;
}

/* "a.pdf.p7s" signs "a.pdf". */
static enum err content_name(const struct run *run, const char *file, char **out_name)
{
	const char *named = run->options.values[OPTION_CONTENT];
	size_t end_size = strlen(CMS_ENDING);
	size_t size = strlen(file);

	if (named != NULL)
		return compose(out_name, "%s", named);
	if (size <= end_size || strcasecmp(file + size - end_size, CMS_ENDING) != 0)
		return err_detail(ERR_ARGUMENT_MISSING, "--content FILE");
	return compose(out_name, "%.*s", (int)(size - end_size), file);
}

static enum err verify_detached(struct verifying *verifying, const char *file,
				const struct bytes *cms, struct signature_reports **out_reports)
{
	AUTO_HELD(input) content = {0};
	AUTO_TEXT name = NULL;

	TRY(content_name(verifying->run, file, &name));
	TRY(input_open(name, &content));
	return verify_cms(cms, &content, go_on, verifying->run, verifying->trust, out_reports);
}

static enum err verify_bytes(struct verifying *verifying, const char *file,
			     const struct bytes *bytes, bool *out_is_pdf,
			     struct signature_reports **out_reports)
{
	bool holds_content = false;

	*out_is_pdf = verify_is_pdf(bytes->data, bytes->size);
	if (*out_is_pdf)
		return verify_pdf(bytes->data, bytes->size, verifying->trust, out_reports);
	if (verify_cms_holds_content(bytes, &holds_content) != ERR_OK)
		return ERR_SIGNATURE_NONE;
	if (!holds_content)
		return verify_detached(verifying, file, bytes, out_reports);
	return verify_cms(bytes, NULL, go_on, verifying->run, verifying->trust, out_reports);
}

static enum err read_reports(struct verifying *verifying, const char *file, bool *out_is_pdf,
			     struct signature_reports **out_reports)
{
	AUTO_HELD(bytes) bytes = {0};
	AUTO_HELD(input) input = {0};

	TRY(input_open(file, &input));
	TRY(sign_check_size(input.size));
	TRY(input_read(&input, (size_t)input.size, &bytes));
	TRY(verify_bytes(verifying, file, &bytes, out_is_pdf, out_reports));
	if ((*out_reports)->count == 0)
		return ERR_SIGNATURE_NONE;
	for (size_t i = 0; i < (*out_reports)->count; i++)
		if ((*out_reports)->items[i].fault != FAULT_NONE)
			return ERR_SIGNATURE_INVALID;
	return ERR_OK;
}

/* --- For programs -------------------------------------------------------------------------------
 */

static const char *since_word(enum signature_since since)
{
	return since == SINCE_SIGNATURES ? "signatures" : "other";
}

static enum err push_signature(json_t *array, const struct signature_report *report)
{
	bool is_valid = report->fault == FAULT_NONE;
	json_t *object = NULL;

	TRY(json_object_new(&object));
	TRY(json_push(array, object));
	TRY(json_set(object, "kind", json_text(report->is_timestamp ? "timestamp" : "signature")));
	TRY(json_set(object, "signer", json_text(report->signer)));
	TRY(json_set(object, "signed_at", json_moment(report->signed_at)));
	TRY(json_set(object, "covers_all", json_boolean(report->covers_all)));
	TRY(json_set(object, "valid", json_boolean(is_valid)));
	TRY(json_set(object, "chain_known", json_boolean(report->chain_known)));
	TRY(json_set(object, "in_time", json_boolean(report->is_in_time)));
	TRY(json_set(object, "reason",
		     is_valid ? json_null() : json_text(signature_fault_word(report->fault))));
	return json_set(object, "changed_since",
			is_valid && report->since != SINCE_NOTHING
				? json_text(since_word(report->since))
				: json_null());
}

static enum err push_file(struct verifying *verifying, const char *file,
			  const struct signature_reports *reports, enum err err)
{
	json_t *object = NULL;
	json_t *array = NULL;
	json_t *error = NULL;

	TRY(sign_result_error(verifying->run, err, &error));
	TRY(json_object_new(&object));
	TRY(json_push(verifying->files, object));
	TRY(json_set(object, "file", json_text(file)));
	TRY(json_set(object, "error", error));
	TRY(json_array_new(&array));
	TRY(json_set(object, "signatures", array));
	for (size_t i = 0; reports != NULL && i < reports->count; i++)
		TRY(push_signature(array, &reports->items[i]));
	return ERR_OK;
}

static enum err print_document(struct verifying *verifying)
{
	AUTO_JSON document = NULL;

	TRY(json_object_new(&document));
	TRY(json_set(document, "files", json_incref(verifying->files)));
	return json_print(document);
}

/* --- For people ---------------------------------------------------------------------------------
 */

static enum err print_file(struct verifying *verifying, const char *file, bool is_pdf,
			   const struct signature_reports *reports)
{
	AUTO_TEXT safe = NULL;

	TRY(utf8_escape(file, &safe));
	(void)printf(_("%s (signatures: %zu)\n"), safe, reports->count);
	for (size_t i = 0; i < reports->count; i++) {
		const struct signature_report *report = &reports->items[i];
		TRY(verify_words_print(report, i + 1, is_pdf));
		if (report->fault == FAULT_NONE && report->is_in_time && !report->chain_known)
			verifying->has_unknown = true;
	}
	(void)fflush(stdout);
	return ERR_OK;
}

static enum err verify_file(struct verifying *verifying, const char *file)
{
	AUTO(signature_reports) reports = NULL;
	bool is_pdf = false;
	enum err err = read_reports(verifying, file, &is_pdf, &reports);

	if (err == ERR_MEMORY || err == ERR_CANCELLED)
		return err;
	sign_result_count(verifying->run, err);
	if (verifying->run->is_json)
		return push_file(verifying, file, reports, err);
	if (err != ERR_OK)
		sign_result_tell(verifying->run, file, err);
	return reports != NULL && reports->count > 0 ? print_file(verifying, file, is_pdf, reports)
						     : ERR_OK;
}
