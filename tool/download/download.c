/* download.c - see download.h
 *
 * An answer is believed only when all of it fits together: status, type, announced length,
 * Repr-Digest and a ticket. Whether the original opens with the PIN is decided by its opener.
 */
#include "tool/download/download.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tool/download/exchange.h"
#include "tool/download/limits.h"
#include "tool/download/moment.h"
#include "tool/download/problem.h"
#include "tool/download/repr_digest.h"
#include "tool/download/request_body.h"

enum { SAVED_BODY_MAX = 4096 };

const struct download_limits download_default_limits = {
	.connect_ms = 15000,
	.total_ms = 180000,
	.slow_bytes_per_second = 100,
	.slow_seconds = 20,
	.tries = 4,
	.first_wait_ms = 1000,
	.wait_max_ms = 30000,
};

enum err download_init(void)
{
	return exchange_init();
}

void download_free(struct download *download)
{
	if (download == NULL)
		return;
	secret_free(download->original);
	free(download->ticket);
	free(download);
}

/* A ticket goes into a request as it is: only characters that need no care there. */
static bool is_ticket(const char *ticket)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
	size_t size = strlen(ticket);

	return size > 0 && size <= DOWNLOAD_TICKET_MAX && strspn(ticket, allowed) == size;
}

static enum err check_original(const struct reply *reply, struct digest *out_digest)
{
	struct digest promised;

	TRY(reply_check_form(reply));
	if (!reply_is_type(reply, "application/pkcs12"))
		return err_detail(ERR_SERVER_REPLY, "Content-Type: %s", reply->content_type);
	if (!is_ticket(reply->ticket))
		return err_detail(ERR_SERVER_REPLY, "Kinko-Ticket");
	if (!repr_digest_parse(reply->repr_digest, &promised))
		return err_detail(ERR_SERVER_REPLY, "Repr-Digest");
	if (reply->body_size == 0)
		return ERR_SERVER_SHORT;
	digest_of(secret_view(reply->body), reply->body_size, out_digest);
	return digest_equal(out_digest, &promised) ? ERR_OK : ERR_SERVER_DIGEST;
}

static enum err take_original(const struct reply *reply, struct download **out_download)
{
	AUTO(download) download = calloc(1, sizeof *download);

	if (download == NULL)
		return ERR_MEMORY;
	TRY(check_original(reply, &download->digest));
	download->ticket = strdup(reply->ticket);
	if (download->ticket == NULL)
		return ERR_MEMORY;
	TRY(secret_new(reply->body_size, &download->original));
	memcpy(secret_bytes(download->original), secret_view(reply->body), reply->body_size);
	*out_download = TAKE(download);
	return ERR_OK;
}

enum err download_retrieve_within(const struct download_limits *limits,
				  const struct download_server *server, const char *id,
				  const struct secret *pin, download_progress *progress,
				  void *context, struct download **out_download)
{
	AUTO(secret) body = NULL;
	AUTO(reply) reply = NULL;
	struct exchange_request request = {
		.limits = limits,
		.server = server,
		.path = "/v1/originals:retrieve",
		.accept = "application/pkcs12",
		.progress = progress,
		.context = context,
	};

	TRY(request_body_retrieve(id, pin, &body));
	request.body = body;
	TRY(exchange_patiently(&request, &reply));
	if (reply->status != 200)
		return problem_of_reply(reply);
	return take_original(reply, out_download);
}

static void json_end(struct json_t *value)
{
	json_decref(value);
}
OWN_DEFINE(json_t, json_end)

static enum err read_delete_at(const struct reply *reply, int64_t *out_delete_at)
{
	AUTO(json_t) body = NULL;
	const char *text;

	TRY(reply_check_form(reply));
	if (!reply_is_type(reply, "application/json") || reply->body_size > SAVED_BODY_MAX)
		return err_detail(ERR_SERVER_REPLY, "Content-Type: %s", reply->content_type);
	body = json_loadb((const char *)secret_view(reply->body), reply->body_size,
			  JSON_REJECT_DUPLICATES, NULL);
	text = json_string_value(json_object_get(body, "delete_at"));
	if (text == NULL || !download_moment_parse(text, out_delete_at))
		return err_detail(ERR_SERVER_REPLY, "delete_at");
	return ERR_OK;
}

enum err download_saved_within(const struct download_limits *limits,
			       const struct download_server *server, const char *ticket,
			       const struct digest *digest, int64_t *out_delete_at)
{
	AUTO(secret) body = NULL;
	AUTO(reply) reply = NULL;
	struct exchange_request request = {
		.limits = limits,
		.server = server,
		.path = "/v1/originals:saved",
		.accept = "application/json",
	};

	if (!is_ticket(ticket))
		return err_note(ERR_INTERNAL, "no ticket that a server gave");
	TRY(request_body_saved(ticket, digest, &body));
	request.body = body;
	TRY(exchange_patiently(&request, &reply));
	if (reply->status != 200)
		return problem_of_reply(reply);
	return read_delete_at(reply, out_delete_at);
}

enum err download_retrieve(const struct download_server *server, const char *id,
			   const struct secret *pin, download_progress *progress, void *context,
			   struct download **out_download)
{
	return download_retrieve_within(&download_default_limits, server, id, pin, progress,
					context, out_download);
}

enum err download_saved(const struct download_server *server, const char *ticket,
			const struct digest *digest, int64_t *out_delete_at)
{
	return download_saved_within(&download_default_limits, server, ticket, digest,
				     out_delete_at);
}
