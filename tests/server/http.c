/* http.c - see http.h */
#include "tests/server/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <microhttpd.h>
#include <openssl/crypto.h>

#include "vault/base/log.h"

enum { IDLE_SECONDS = 30, CONNECTIONS_MAX = 200, DROPPED_SIZE_MAX = 1024 * 1024 };

static const char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct http {
	const struct api *api;
	struct MHD_Daemon *daemon;
};

/* One request while it arrives. The body may hold a PIN: it is wiped. */
struct arriving {
	size_t size;
	size_t dropped_size;
	char body[API_REQUEST_SIZE_MAX];
};

static int64_t now_on(clockid_t clock, int64_t per_second)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return now.tv_sec * per_second + now.tv_nsec * per_second / 1000000000;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, const struct answer *answer)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		answer->body.size, answer->body.data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	for (size_t i = 0; i < answer->header_count; i++)
		(void)MHD_add_response_header(response, answer->headers[i].name,
					      answer->headers[i].value);
	result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer_request(const struct http *http, struct MHD_Connection *connection,
				      const char *method, const char *path,
				      const struct arriving *arriving)
{
	AUTO_HELD(answer) answer = {.status = 0};
	struct api_request request = {
		.method = method,
		.path = path,
		.content_type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							    MHD_HTTP_HEADER_CONTENT_TYPE),
		.accept_language = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							       MHD_HTTP_HEADER_ACCEPT_LANGUAGE),
		.body = arriving->body,
		.body_size = arriving->size,
		.is_too_large = arriving->dropped_size > 0,
	};
	enum err err = api_answer(http->api, &request, now_on(CLOCK_REALTIME, 1),
				  now_on(CLOCK_BOOTTIME, 1000), &answer);

	if (err != ERR_OK)
		log_error(LOG_ERROR, "request", err);
	return send_answer(connection, &answer);
}

/* What does not fit is dropped and the request refused at its end; an endless one is cut off. */
static enum MHD_Result take_piece(struct arriving *arriving, const char *piece, size_t size)
{
	if (arriving->dropped_size == 0 && size <= sizeof arriving->body - arriving->size) {
		memcpy(arriving->body + arriving->size, piece, size);
		arriving->size += size;
		return MHD_YES;
	}
	arriving->dropped_size += size;
	return arriving->dropped_size <= DROPPED_SIZE_MAX ? MHD_YES : MHD_NO;
}

/* MHD_AccessHandlerCallback: called when the headers are there, for each piece of the body, and
 * at its end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
				  const char *path, const char *method, const char *version,
				  const char *piece, size_t *piece_size, void **request)
{
	const struct http *http = context;
	struct arriving *arriving = *request;
	enum MHD_Result result;

	(void)version;
	if (arriving == NULL) {
		*request = calloc(1, sizeof *arriving);
		return *request == NULL ? MHD_NO : MHD_YES;
	}
	if (*piece_size == 0)
		return answer_request(http, connection, method, path, arriving);
	result = take_piece(arriving, piece, *piece_size);
	*piece_size = 0;
	return result;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode why)
{
	(void)context;
	(void)connection;
	(void)why;
	if (*request != NULL)
		OPENSSL_cleanse(*request, sizeof(struct arriving));
	free(*request);
	*request = NULL;
}

/* A key in PEM and its certificate, handed to the library as texts. */
static struct MHD_Daemon *start_daemon(struct http *http, const struct ledger_identity *identity,
				       const struct sockaddr_in *address)
{
	struct MHD_OptionItem options[] = {
		{MHD_OPTION_SOCK_ADDR, 0, NULL},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, identity->key_pem.data},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, identity->certificate_pem.data},
		{MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL},
		{MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	struct sockaddr_in bound = *address;
	char versions[sizeof tls_versions];

	options[0].ptr_value = &bound;
	memcpy(versions, tls_versions, sizeof versions);
	return MHD_start_daemon(MHD_USE_TLS | MHD_USE_EPOLL, 0, NULL, NULL, on_request, http,
				MHD_OPTION_ARRAY, options, MHD_OPTION_HTTPS_PRIORITIES, versions,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_END);
}

enum err http_start(const struct api *api, const struct ledger_identity *identity, uint16_t port,
		    struct http **out_http)
{
	AUTO(http) http = calloc(1, sizeof *http);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	if (http == NULL)
		return ERR_MEMORY;
	http->api = api;
	errno = 0;
	http->daemon = start_daemon(http, identity, &address);
	if (http->daemon == NULL)
		return err_note(ERR_INTERNAL, "cannot serve HTTPS on port %u: %s", (unsigned)port,
				errno == 0 ? "libmicrohttpd refuses" : strerror(errno));
	*out_http = TAKE(http);
	return ERR_OK;
}

void http_stop(struct http *http)
{
	if (http == NULL)
		return;
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	free(http);
}

uint16_t http_port(const struct http *http)
{
	return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

enum err http_run(struct http *http, int wait_ms)
{
	return MHD_run_wait(http->daemon, wait_ms) == MHD_YES
		       ? ERR_OK
		       : err_note(ERR_INTERNAL, "libmicrohttpd stopped");
}
