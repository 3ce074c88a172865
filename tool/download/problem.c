/* problem.c - see problem.h */
#include "tool/download/problem.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "vault/base/utf8.h"

enum { PROBLEM_BODY_MAX = 16 * 1024, CODE_SIZE = 64, TITLE_SIZE = 200 };

struct problem {
	char code[CODE_SIZE];
	char title[TITLE_SIZE];
};

static const struct meaning {
	long status;
	const char *code;
	enum err err;
} meanings[] = {
	{401, "id-or-pin-wrong", ERR_ID_OR_PIN},
	{403, "id-locked", ERR_ID_LOCKED},
	{409, "digest-differs", ERR_SERVER_OTHER_SAVED},
	{410, "deleted-after-save", ERR_DELETED_AFTER_SAVE},
	{410, "window-expired", ERR_WINDOW_EXPIRED},
};

static void json_end(struct json_t *value)
{
	json_decref(value);
}
OWN_DEFINE(json_t, json_end)

static void take_text(const json_t *body, const char *name, char *out_text, size_t size)
{
	const char *text = json_string_value(json_object_get(body, name));

	if (text != NULL)
		(void)snprintf(out_text, size, "%.*s", (int)utf8_cut(text, size - 1), text);
}

/* Anything but a small, well-formed problem body is no word from this API: empty texts. */
static void read_problem(const struct reply *reply, struct problem *out_problem)
{
	AUTO(json_t) body = NULL;

	*out_problem = (struct problem){.code = ""};
	if (reply->body_size > PROBLEM_BODY_MAX ||
	    !reply_is_type(reply, "application/problem+json"))
		return;
	body = json_loadb((const char *)secret_view(reply->body), reply->body_size,
			  JSON_REJECT_DUPLICATES, NULL);
	take_text(body, "code", out_problem->code, sizeof out_problem->code);
	take_text(body, "title", out_problem->title, sizeof out_problem->title);
}

static enum err with_status(enum err err, const struct reply *reply, const struct problem *problem)
{
	return err_detail(err, "HTTP %ld%s%s", reply->status, problem->title[0] == '\0' ? "" : ", ",
			  problem->title);
}

static enum err meaning_of(const struct reply *reply, const struct problem *problem)
{
	for (size_t i = 0; i < COUNT_OF(meanings); i++)
		if (meanings[i].status == reply->status &&
		    strcmp(meanings[i].code, problem->code) == 0)
			return meanings[i].err;
	return with_status(ERR_SERVER_REPLY, reply, problem);
}

enum err problem_of_reply(const struct reply *reply)
{
	struct problem problem;

	if (reply->status >= 300 && reply->status < 400)
		return ERR_SERVER_REDIRECT;
	read_problem(reply, &problem);
	if (reply->wait_seconds > 0 && problem_passes(reply))
		return err_detail(ERR_SERVER_BUSY, "%ld s", reply->wait_seconds);
	if (reply->status == 429)
		return with_status(ERR_SERVER_BUSY, reply, &problem);
	if (reply->status >= 500)
		return with_status(ERR_SERVER_FAILED, reply, &problem);
	return meaning_of(reply, &problem);
}

bool problem_passes(const struct reply *reply)
{
	return reply->status == 429 || reply->status == 500 || reply->status == 502 ||
	       reply->status == 503 || reply->status == 504;
}
