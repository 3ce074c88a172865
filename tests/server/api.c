/* api.c - see api.h
 *
 * The life of a letter
 *
 *   state      retrieve        saved                       left by
 *   waiting    200, ticket     200, starts the clock       saved; end of the window
 *   saved      200, ticket     200, same moment as before  the end of that time
 *   deleted    410             200 if it was saved         -
 *
 * A try is counted before the PIN is looked at and taken back after success; IDs that no letter
 * has are counted, hashed and locked like the others, so that nobody learns which exist.
 */
#include "tests/server/api.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "tests/server/pin_hash.h"

struct call {
	const struct api *api;
	enum language language;
	int64_t now;
	int64_t now_ms;
};

typedef enum err handler_fn(const struct call *call, json_t *body, struct answer *out_answer);
static handler_fn retrieve, saved;

static const struct route {
	const char *path;
	handler_fn *handler;
} routes[] = {
	{"/v1/originals:retrieve", retrieve},
	{"/v1/originals:saved", saved},
};

static enum err problem(const struct call *call, enum problem what, struct answer *out_answer)
{
	return answer_problem(what, call->language, out_answer);
}

static void json_end(struct json_t *value)
{
	json_decref(value);
}
OWN_DEFINE(json_t, json_end)

static const struct route *find_route(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(routes); i++)
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	return NULL;
}

static bool is_json(const char *content_type)
{
	static const char json[] = "application/json";
	size_t size = sizeof json - 1;

	return content_type != NULL && strncasecmp(content_type, json, size) == 0 &&
	       (content_type[size] == '\0' || content_type[size] == ';' ||
		content_type[size] == ' ');
}

static enum err dispatch(const struct call *call, const struct api_request *request,
			 struct answer *out_answer)
{
	const struct route *route = find_route(request->path);
	AUTO(json_t) body = NULL;

	if (route == NULL)
		return problem(call, PROBLEM_NOT_FOUND, out_answer);
	if (strcmp(request->method, "POST") != 0)
		return problem(call, PROBLEM_METHOD, out_answer);
	if (request->is_too_large)
		return problem(call, PROBLEM_TOO_LARGE, out_answer);
	if (!is_json(request->content_type))
		return problem(call, PROBLEM_MEDIA_TYPE, out_answer);
	body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body))
		return problem(call, PROBLEM_BAD_REQUEST, out_answer);
	TRY(ledger_sweep(call->api->ledger, call->now, call->api->window_seconds));
	return route->handler(call, body, out_answer);
}

enum err api_answer(const struct api *api, const struct api_request *request, int64_t now,
		    int64_t now_ms, struct answer *out_answer)
{
	const struct call call = {api, language_of(request->accept_language), now, now_ms};
	enum err err = dispatch(&call, request, out_answer);

	if (err != ERR_OK && problem(&call, PROBLEM_INTERNAL, out_answer) != ERR_OK)
		answer_begin(out_answer, 500, "text/plain"); /* no memory even for words */
	return err;
}

/* A member of the body that is a text of at most size_max bytes, else NULL. */
static const char *text_in(const json_t *body, const char *name, size_t size_max)
{
	const json_t *value = json_object_get(body, name);
	size_t size = json_string_length(value);

	return size == 0 || size > size_max ? NULL : json_string_value(value);
}

/* The hash is computed also for an ID that no letter has: both take the same time. */
static enum err check_pin(const struct letter *letter, bool is_known, const char *pin,
			  bool *out_is_right)
{
	uint8_t hash[LEDGER_HASH_SIZE];

	TRY(pin_hash(pin, letter->salt, hash));
	*out_is_right = CRYPTO_memcmp(hash, letter->pin_hash, sizeof hash) == 0 && is_known;
	OPENSSL_cleanse(hash, sizeof hash);
	return ERR_OK;
}

enum proof { PROOF_RIGHT, PROOF_WRONG, PROOF_LOCKED };

static enum err prove(const struct call *call, const char *id, const char *pin,
		      struct letter *out_letter, enum proof *out_proof)
{
	struct ledger *ledger = call->api->ledger;
	unsigned tries = 0;
	bool is_right = false;
	enum err found;

	TRY(ledger_tries(ledger, id, &tries));
	*out_proof = tries >= API_WRONG_PINS_MAX ? PROOF_LOCKED : PROOF_WRONG;
	if (*out_proof == PROOF_LOCKED)
		return ERR_OK;
	TRY(ledger_count_try(ledger, id, call->now, &tries));
	found = ledger_find(ledger, id, out_letter);
	if (found != ERR_OK && found != ERR_NOT_FOUND)
		return found;
	TRY(check_pin(out_letter, found == ERR_OK, pin, &is_right));
	if (!is_right)
		return ERR_OK;
	*out_proof = PROOF_RIGHT;
	return ledger_forget_tries(ledger, id);
}

static enum err send_original(const struct call *call, const struct letter *letter,
			      struct answer *out_answer)
{
	unsigned char base64[64];

	answer_begin(out_answer, 200, "application/pkcs12");
	TRY(ledger_load_original(call->api->ledger, letter->id, &out_answer->body));
	(void)EVP_EncodeBlock(base64, letter->digest.bytes, DIGEST_SIZE);
	answer_add_header(out_answer, "Repr-Digest", "sha-256=:%s:", (const char *)base64);
	answer_add_header(out_answer, "Kinko-Ticket", "%s", letter->ticket);
	return ERR_OK;
}

static enum err answer_letter(const struct call *call, const struct letter *letter,
			      struct answer *out_answer)
{
	switch (letter->ending) {
	case ENDING_DELETED_AFTER_SAVE:
		return problem(call, PROBLEM_DELETED_AFTER_SAVE, out_answer);
	case ENDING_WINDOW_EXPIRED:
		return problem(call, PROBLEM_WINDOW_EXPIRED, out_answer);
	case ENDING_NONE:
		break;
	}
	return send_original(call, letter, out_answer);
}

static enum err ask_to_wait(const struct call *call, unsigned seconds, struct answer *out_answer)
{
	TRY(problem(call, PROBLEM_TOO_MANY_REQUESTS, out_answer));
	answer_add_header(out_answer, "Retry-After", "%u", seconds);
	return ERR_OK;
}

static enum err retrieve(const struct call *call, json_t *body, struct answer *out_answer)
{
	const char *id = text_in(body, "id", LEDGER_ID_MAX);
	const char *pin = text_in(body, "pin", 255);
	struct letter letter = {.id = ""};
	enum proof proof = PROOF_WRONG;
	unsigned wait;

	if (id == NULL || pin == NULL)
		return problem(call, PROBLEM_BAD_REQUEST, out_answer);
	wait = rate_ask(call->api->rate, id, call->now_ms);
	if (wait != 0)
		return ask_to_wait(call, wait, out_answer);
	TRY(prove(call, id, pin, &letter, &proof));
	switch (proof) {
	case PROOF_LOCKED:
		return problem(call, PROBLEM_ID_LOCKED, out_answer);
	case PROOF_WRONG:
		return problem(call, PROBLEM_ID_OR_PIN, out_answer);
	case PROOF_RIGHT:
		break;
	}
	return answer_letter(call, &letter, out_answer);
}

/* RFC 3339 in UTC. */
static void moment_text(int64_t at, char out_text[32])
{
	time_t moment = (time_t)at;
	struct tm parts;

	(void)gmtime_r(&moment, &parts);
	(void)strftime(out_text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static enum err answer_moment(int64_t at, struct answer *out_answer)
{
	char text[32];

	moment_text(at, text);
	answer_begin(out_answer, 200, "application/json");
	return answer_set_json(out_answer, "{\"delete_at\":\"%s\"}\n", text);
}

/* The ticket was handed out against ID and PIN, so it proves both. */
static enum err saved(const struct call *call, json_t *body, struct answer *out_answer)
{
	const char *ticket = text_in(body, "ticket", LEDGER_TICKET_SIZE);
	const char *hex = text_in(body, "sha256", DIGEST_HEX_SIZE);
	struct ledger *ledger = call->api->ledger;
	struct digest digest;
	struct letter letter;
	enum err found;
	unsigned wait;

	if (ticket == NULL || hex == NULL || !hex_parse(hex, digest.bytes, DIGEST_SIZE))
		return problem(call, PROBLEM_BAD_REQUEST, out_answer);
	wait = rate_ask(call->api->rate, ticket, call->now_ms);
	if (wait != 0)
		return ask_to_wait(call, wait, out_answer);
	found = ledger_find_ticket(ledger, ticket, &letter);
	if (found == ERR_NOT_FOUND)
		return problem(call, PROBLEM_TICKET_UNKNOWN, out_answer);
	TRY(found);
	if (!digest_equal(&digest, &letter.digest))
		return problem(call, PROBLEM_DIGEST_DIFFERS, out_answer);
	if (letter.ending == ENDING_WINDOW_EXPIRED)
		return problem(call, PROBLEM_WINDOW_EXPIRED, out_answer);
	if (letter.delete_at != 0)
		return answer_moment(letter.delete_at, out_answer);
	TRY(ledger_set_delete_at(ledger, letter.id, call->now + call->api->delete_after_seconds));
	return answer_moment(call->now + call->api->delete_after_seconds, out_answer);
}
