/* exchange.c - see exchange.h; the options are those of curl_easy_setopt(3).
 *
 * A handle lives for one request. Cookies, HSTS and Alt-Svc are off unless asked for, and are not
 * asked for; curl's verbose mode, which would show the request, is never used.
 */
#include "tool/download/exchange.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "tool/download/curl_failure.h"
#include "tool/download/system_ca.h"
#include "tool/download/wiping_memory.h"
#include "vault/base/text.h"

enum { RECEIVE_SIZE = 16 * 1024 };

struct running {
	const struct exchange_request *request;
	struct reply *reply;
	CURL *handle;
	struct curl_slist *headers;
	char *url;
	const char *ca_file;
	enum err stopped; /* why a callback of ours ended it */
	char text[CURL_ERROR_SIZE];
};

static void running_free(struct running *running)
{
	if (running == NULL)
		return;
	curl_easy_cleanup(running->handle);
	curl_slist_free_all(running->headers);
	reply_free(running->reply);
	free(running->url);
	free(running);
}
OWN_DEFINE(running, running_free)

enum err exchange_init(void)
{
	/* Read by libcurl and OpenSSL themselves, some of them at curl_global_init: a log of the
	 * session keys, other CAs, another configuration, modules to load. */
	static const char *const ignored[] = {
		"SSLKEYLOGFILE", "SSL_CERT_FILE",   "SSL_CERT_DIR",
		"OPENSSL_CONF",  "OPENSSL_MODULES", "OPENSSL_ENGINES",
		"CURL_HOME",     "CURL_CA_BUNDLE",  "CURL_SSL_BACKEND",
	};

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		(void)unsetenv(ignored[i]);
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, wiping_malloc, wiping_free, wiping_realloc,
				    wiping_strdup, wiping_calloc) == CURLE_OK
		       ? ERR_OK
		       : err_note(ERR_INTERNAL, "libcurl did not start");
}

/* curl asks with WRITEFUNCTION and HEADERFUNCTION: anything but `count` stops it. */
static size_t on_header(char *line, size_t size, size_t count, void *context)
{
	struct running *running = context;

	(void)size; /* always 1 */
	running->stopped = reply_take_header(running->reply, line, count);
	return running->stopped == ERR_OK ? count : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct running *running = context;

	(void)size;
	running->stopped = reply_take_body(running->reply, bytes, count);
	return running->stopped == ERR_OK ? count : 0;
}

/* Only an original's progress is shown, not an error page's. */
static int on_progress(void *context, curl_off_t total, curl_off_t done, curl_off_t up_total,
		       curl_off_t up_done)
{
	struct running *running = context;
	const struct exchange_request *request = running->request;
	long status = 0;

	(void)up_total;
	(void)up_done;
	if (request->progress == NULL)
		return 0;
	(void)curl_easy_getinfo(running->handle, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		total = done = 0;
	if (request->progress((uint64_t)done, (uint64_t)total, request->context))
		return 0;
	running->stopped = ERR_CANCELLED;
	return 1;
}

/* Whether the server's own certificate names hosts in its subjectAltName. */
static bool names_a_host(const struct curl_certinfo *info)
{
	static const char name[] = "X509v3 Subject Alternative Name:";

	if (info == NULL || info->num_of_certs < 1)
		return false;
	for (const struct curl_slist *line = info->certinfo[0]; line != NULL; line = line->next)
		if (strncmp(line->data, name, sizeof name - 1) == 0)
			return strstr(line->data, "DNS:") != NULL ||
			       strstr(line->data, "IP Address:") != NULL;
	return false;
}

/* Called when the connection stands and nothing was sent yet. Chain and name are verified; but
 * where a certificate has no subjectAltName, curl is content with the CN, which RFC 9110, 4.3.4
 * no longer allows. */
static int before_request(void *context, char *server_address, char *own_address, int server_port,
			  int own_port)
{
	struct running *running = context;
	struct curl_certinfo *info = NULL;

	(void)server_address;
	(void)own_address;
	(void)server_port;
	(void)own_port;
	if (curl_easy_getinfo(running->handle, CURLINFO_CERTINFO, &info) == CURLE_OK &&
	    names_a_host(info))
		return CURL_PREREQFUNC_OK;
	running->stopped = curl_identity_failure(IDENTITY_NO_NAME);
	return CURL_PREREQFUNC_ABORT;
}

static CURLcode set_numbers(struct running *running)
{
	const struct download_limits *limits = running->request->limits;
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_POST, 1},
		{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
		{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
		{CURLOPT_SSL_VERIFYPEER, 1},
		{CURLOPT_SSL_VERIFYHOST, 2},
		{CURLOPT_CERTINFO, 1},
		{CURLOPT_SSL_SESSIONID_CACHE, 0},
		{CURLOPT_FRESH_CONNECT, 1},
		{CURLOPT_FORBID_REUSE, 1},
		{CURLOPT_FOLLOWLOCATION, 0},
		{CURLOPT_MAXREDIRS, 0},
		{CURLOPT_NETRC, CURL_NETRC_IGNORED},
		{CURLOPT_HTTP09_ALLOWED, 0},
		{CURLOPT_HTTP_CONTENT_DECODING, 0},
		{CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
		{CURLOPT_BUFFERSIZE, RECEIVE_SIZE},
		{CURLOPT_MAXFILESIZE, REPLY_BODY_MAX},
		{CURLOPT_CONNECTTIMEOUT_MS, limits->connect_ms},
		{CURLOPT_TIMEOUT_MS, limits->total_ms},
		{CURLOPT_LOW_SPEED_LIMIT, limits->slow_bytes_per_second},
		{CURLOPT_LOW_SPEED_TIME, limits->slow_seconds},
		{CURLOPT_NOPROGRESS, 0},
		{CURLOPT_POSTFIELDSIZE, (long)secret_size(running->request->body)},
	};

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		CURLcode code =
			curl_easy_setopt(running->handle, numbers[i].option, numbers[i].value);
		if (code != CURLE_OK)
			return code;
	}
	return CURLE_OK;
}

static CURLcode set_texts(struct running *running)
{
	const struct download_server *server = running->request->server;
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{CURLOPT_URL, running->url},
		{CURLOPT_PROTOCOLS_STR, "https"},
		{CURLOPT_REDIR_PROTOCOLS_STR, "https"},
		{CURLOPT_CAINFO, running->ca_file},
		{CURLOPT_CAPATH, NULL}, /* else the system's CAs count beside the ca-file */
		{CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=2"},
		/* "" is "none"; unset would be "ask the environment". */
		{CURLOPT_PROXY, server->proxy == NULL ? "" : server->proxy},
		{CURLOPT_NOPROXY, ""},
		{CURLOPT_USERAGENT, "kinko"},
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		CURLcode code = curl_easy_setopt(running->handle, texts[i].option, texts[i].value);
		if (code != CURLE_OK)
			return code;
	}
	return CURLE_OK;
}

static CURLcode set_pointers(struct running *running)
{
	const struct {
		CURLoption option;
		const void *value;
	} pointers[] = {
		{CURLOPT_HTTPHEADER, running->headers},
		{CURLOPT_ERRORBUFFER, running->text},
		{CURLOPT_HEADERDATA, running},
		{CURLOPT_WRITEDATA, running},
		{CURLOPT_XFERINFODATA, running},
		{CURLOPT_PREREQDATA, running},
		/* Sent from where it is; only what is on its way is copied by libcurl. */
		{CURLOPT_POSTFIELDS, secret_view(running->request->body)},
	};

	for (size_t i = 0; i < COUNT_OF(pointers); i++) {
		CURLcode code =
			curl_easy_setopt(running->handle, pointers[i].option, pointers[i].value);
		if (code != CURLE_OK)
			return code;
	}
	return CURLE_OK;
}

static CURLcode set_functions(struct running *running)
{
	CURLcode code = curl_easy_setopt(running->handle, CURLOPT_HEADERFUNCTION, on_header);

	if (code == CURLE_OK)
		code = curl_easy_setopt(running->handle, CURLOPT_WRITEFUNCTION, on_body);
	if (code == CURLE_OK)
		code = curl_easy_setopt(running->handle, CURLOPT_XFERINFOFUNCTION, on_progress);
	if (code == CURLE_OK)
		code = curl_easy_setopt(running->handle, CURLOPT_PREREQFUNCTION, before_request);
	return code;
}

static enum err set_options(struct running *running)
{
	CURLcode code = set_numbers(running);

	if (code == CURLE_OK)
		code = set_texts(running);
	if (code == CURLE_OK)
		code = set_pointers(running);
	if (code == CURLE_OK)
		code = set_functions(running);
	return code == CURLE_OK
		       ? ERR_OK
		       : err_note(ERR_INTERNAL, "curl option: %s", curl_easy_strerror(code));
}

static enum err add_header(struct running *running, const char *line)
{
	struct curl_slist *longer = curl_slist_append(running->headers, line);

	if (longer == NULL)
		return ERR_MEMORY;
	running->headers = longer;
	return ERR_OK;
}

static enum err add_headers(struct running *running)
{
	AUTO_TEXT accept = NULL;

	if (asprintf(&accept, "Accept: %s, application/problem+json", running->request->accept) <
	    0) {
		accept = NULL;
		return ERR_MEMORY;
	}
	TRY(add_header(running, accept));
	TRY(add_header(running, "Content-Type: application/json"));
	TRY(add_header(running, text_is_japanese() ? "Accept-Language: ja, en;q=0.5"
						   : "Accept-Language: en, ja;q=0.5"));
	return add_header(running, "Expect:"); /* without waiting for "100 Continue" */
}

static enum err prepare(const struct exchange_request *request, struct running **out_running)
{
	AUTO(running) running = calloc(1, sizeof *running);

	if (running == NULL)
		return ERR_MEMORY;
	running->request = request;
	running->ca_file =
		request->server->ca_file == NULL ? system_ca_file() : request->server->ca_file;
	if (running->ca_file == NULL)
		return err_detail(ERR_CONFIG, "%s",
				  _("no ca-file is set and this system has none"));
	TRY(reply_new(&running->reply));
	if (asprintf(&running->url, "%s%s", request->server->url, request->path) < 0) {
		running->url = NULL;
		return ERR_MEMORY;
	}
	running->handle = curl_easy_init();
	if (running->handle == NULL)
		return ERR_MEMORY;
	TRY(add_headers(running));
	TRY(set_options(running));
	*out_running = TAKE(running);
	return ERR_OK;
}

static void note_outcome(struct running *running)
{
	curl_off_t wait_seconds = 0;

	(void)curl_easy_getinfo(running->handle, CURLINFO_RESPONSE_CODE, &running->reply->status);
	/* Seconds or a date (RFC 9110, 10.2.3): curl reads both. */
	(void)curl_easy_getinfo(running->handle, CURLINFO_RETRY_AFTER, &wait_seconds);
	running->reply->wait_seconds = (long)wait_seconds;
}

enum err exchange(const struct exchange_request *request, struct reply **out_reply)
{
	AUTO(running) running = NULL;
	CURLcode code;

	TRY(prepare(request, &running));
	code = curl_easy_perform(running->handle);
	if (running->stopped != ERR_OK)
		return running->stopped;
	if (code != CURLE_OK)
		return curl_failure(running->handle, code, running->text, running->ca_file);
	note_outcome(running);
	*out_reply = TAKE(running->reply);
	return ERR_OK;
}
