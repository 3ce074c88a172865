/* report.c - see report.h */
#include "tool/cli/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tool/cli/json.h"
#include "vault/base/text.h"
#include "vault/base/utf8.h"

static enum err error_document(const struct run *run, enum err err, const char *detail,
			       json_t **out_document)
{
	AUTO_JSON document = NULL;
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;
	json_t *error = NULL;

	TRY(run_words_of(run, err, detail, &message, &advice));
	TRY(json_object_new(&document));
	TRY(json_object_new(&error));
	TRY(json_set(document, "error", error));
	TRY(json_set(error, "code", json_string(err_word(err))));
	TRY(json_set(error, "exit", json_integer(err_exit_code(err))));
	TRY(json_set(error, "message", json_text(message)));
	TRY(json_set(error, "advice", json_text(advice)));
	if (err == ERR_PIN_WRONG && run->tells_tries)
		TRY(json_set(error, "tries_left", json_integer(run->tries_left)));
	if (run->choices != NULL)
		TRY(json_set(error, "choices", json_incref(run->choices)));
	if (run->problems != NULL)
		TRY(json_set(document, "problems", json_incref(run->problems)));
	*out_document = TAKE(document);
	return ERR_OK;
}

static enum err print_document(const struct run *run, enum err err, const char *detail)
{
	AUTO_JSON document = NULL;

	TRY(error_document(run, err, detail, &document));
	return json_print(document);
}

static void print_sentence(const struct run *run, enum err err, const char *detail)
{
	AUTO_TEXT message = NULL;
	AUTO_TEXT advice = NULL;

	if (run_words_of(run, err, detail, &message, &advice) == ERR_OK)
		(void)fprintf(stderr, "%s\n%s%s", message, advice, advice[0] == '\0' ? "" : "\n");
	else
		(void)fprintf(stderr, "%s\n", err_message_id(err));
}

/* For whoever is asked to help: what the failing line noted, where the sentence can only say
 * that something went wrong. */
static void print_note(const struct run *run, enum err err)
{
	AUTO_TEXT safe = NULL;

	if (err_exit_code(err) == 1 && err_note_text()[0] != '\0' &&
	    utf8_escape(err_note_text(), &safe) == ERR_OK)
		run_tell(run, "(%s)\n", safe);
}

static void say_failure(const struct run *run, enum err err)
{
	char detail[512];

	/* Copied: what says the failure may itself use the place of the detail. */
	(void)snprintf(detail, sizeof detail, "%s", err_detail_text());
	print_note(run, err);
	if (!run->is_json || print_document(run, err, detail) != ERR_OK)
		print_sentence(run, err, detail);
}

/* A result that did not arrive is a failure; a reader that left early (head, less) is none. */
static enum err flush_result(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return ERR_OK;
	if (errno == EPIPE)
		return ERR_OK;
	return err_detail(ERR_OUTPUT, "%s", errno == 0 ? "standard output" : strerror(errno));
}

int report_end(struct run *run, enum err err)
{
	enum err flushed;

	if (err != ERR_OK)
		say_failure(run, err);
	flushed = flush_result();
	if (err == ERR_OK && flushed != ERR_OK) {
		print_sentence(run, flushed, err_detail_text());
		err = flushed;
	}
	err_forget();
	return err_exit_code(err == ERR_OK ? run->answer : err);
}
