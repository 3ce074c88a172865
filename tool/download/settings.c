/* settings.c - [server] of kinko.conf.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "policy/parse.h"
#include "tool/download/download.h"
#include "vault/base/file.h"
#include "vault/base/place.h"
#include "vault/base/text.h"

static void url_end(struct Curl_URL *url)
{
	curl_url_cleanup(url);
}
OWN_DEFINE(Curl_URL, url_end)

static bool url_has(struct Curl_URL *url, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static bool url_scheme_is(struct Curl_URL *url, const char *scheme)
{
	char *text = NULL;
	bool is = curl_url_get(url, CURLUPART_SCHEME, &text, 0) == CURLUE_OK &&
		  strcmp(text, scheme) == 0;

	curl_free(text);
	return is;
}

/* An address with a host and nothing that a secret or a request of its own could hide in. */
static struct Curl_URL *plain_url(const char *text)
{
	AUTO(Curl_URL) url = curl_url();

	/* curl forgives a slash too many and takes the path for the host. */
	if (url == NULL || strpbrk(text, " \t\\") != NULL || strstr(text, ":///") != NULL ||
	    curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
	    !url_has(url, CURLUPART_HOST) || url_has(url, CURLUPART_USER) ||
	    url_has(url, CURLUPART_PASSWORD) || url_has(url, CURLUPART_QUERY) ||
	    url_has(url, CURLUPART_FRAGMENT))
		return NULL;
	return TAKE(url);
}

static bool is_server_url(const char *text)
{
	AUTO(Curl_URL) url = plain_url(text);

	return url != NULL && url_scheme_is(url, "https");
}

/* The proxy only carries the encrypted connection: http means CONNECT here. */
static bool is_proxy_url(const char *text)
{
	AUTO(Curl_URL) url = strstr(text, "://") == NULL ? NULL : plain_url(text);

	return url != NULL && (url_scheme_is(url, "http") || url_scheme_is(url, "socks5h"));
}

struct found {
	struct download_server *server;
	bool no_memory;
};

static char **place_of(const struct parse_setting *setting, struct download_server *server)
{
	if (strcmp(setting->section, "server") != 0 || setting->section_name[0] != '\0')
		return NULL;
	if (strcmp(setting->key, "url") == 0)
		return &server->url;
	if (strcmp(setting->key, "ca-file") == 0)
		return &server->ca_file;
	return strcmp(setting->key, "proxy") == 0 ? &server->proxy : NULL;
}

/* An empty value is as good as no line. */
static const char *on_setting(const struct parse_setting *setting, void *context)
{
	struct found *found = context;
	char **place = place_of(setting, found->server);

	if (place == NULL)
		return N_("unknown key");
	if (place == &found->server->proxy && setting->value[0] != '\0' &&
	    !is_proxy_url(setting->value))
		return N_("a proxy is http://host:port or socks5h://host:port");
	if (setting->value[0] == '\0' || *place != NULL)
		return NULL;
	*place = strdup(setting->value);
	found->no_memory = found->no_memory || *place == NULL;
	return NULL;
}

static enum err parse_settings(const struct bytes *text, struct download_server *server)
{
	struct parse_problem problem;
	struct found found = {server, false};
	enum err err =
		parse_text((const char *)text->data, text->size, on_setting, &found, &problem);

	if (err == ERR_CONFIG) /* several files could be meant: say which */
		return err_detail(ERR_CONFIG, "%s: %s", PLACE_SETTINGS, err_detail_text());
	TRY(err);
	return found.no_memory ? ERR_MEMORY : ERR_OK;
}

static void cut_slashes(char *url)
{
	size_t size = strlen(url);

	while (size > 0 && url[size - 1] == '/')
		url[--size] = '\0';
}

/* Relative to the folder of kinko.conf, wherever the program was started. */
static enum err make_absolute(const char *folder, char **path)
{
	char *whole = NULL;

	if (*path == NULL || **path == '/')
		return ERR_OK;
	if (asprintf(&whole, "%s/%s", folder, *path) < 0)
		return ERR_MEMORY;
	free(*path);
	*path = whole;
	return ERR_OK;
}

static enum err read_settings(const char *folder, struct bytes *out_text)
{
	AUTO_FD fd = -1;
	enum file_answer answer = FILE_ABSENT;

	if (access(folder, F_OK) != 0 && errno == ENOENT)
		return ERR_SERVER_UNSET;
	TRY(file_open_folder(folder, &fd));
	TRY(file_read(fd, PLACE_SETTINGS, PARSE_FILE_MAX, &answer, out_text));
	return answer == FILE_ABSENT ? ERR_SERVER_UNSET : ERR_OK;
}

enum err download_server_load(const char *config_folder, struct download_server **out_server)
{
	AUTO_HELD(bytes) text = {NULL, 0};
	AUTO(download_server) server = calloc(1, sizeof *server);

	if (server == NULL)
		return ERR_MEMORY;
	TRY(read_settings(config_folder, &text));
	TRY(parse_settings(&text, server));
	if (server->url == NULL)
		return ERR_SERVER_UNSET;
	if (!is_server_url(server->url))
		return err_detail(ERR_SERVER_URL, "%s", server->url);
	cut_slashes(server->url);
	TRY(make_absolute(config_folder, &server->ca_file));
	*out_server = TAKE(server);
	return ERR_OK;
}

void download_server_free(struct download_server *server)
{
	if (server == NULL)
		return;
	free(server->url);
	free(server->ca_file);
	free(server->proxy);
	free(server);
}
