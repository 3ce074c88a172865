/* download.h - the download server's API (docs/download-api.md), over HTTPS only.
 *
 * Nothing of it is kept on this computer: bytes go from the socket into secret memory. TLS 1.2
 * or later, the CA file of kinko.conf or the system's CAs, no redirects, no .netrc, no proxy from
 * the environment; sizes and times are bounded; each request on a fresh handle.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/base/digest.h"
#include "vault/base/err.h"
#include "vault/base/own.h"
#include "vault/base/secret.h"

enum { DOWNLOAD_TICKET_MAX = 256, DOWNLOAD_ID_MAX = 64 };

/* [server] of kinko.conf. */
struct download_server {
	char *url;     /* https://host[:port][/path], no trailing slash */
	char *ca_file; /* NULL: the system's */
	char *proxy;   /* NULL: none */
};
/* ERR_SERVER_UNSET when there is no file or no url; ERR_CONFIG; ERR_SERVER_URL. A relative ca-file
 * is relative to the folder. */
enum err download_server_load(const char *config_folder,
			      struct download_server **out_server) MUST_CHECK;
void download_server_free(struct download_server *server);
OWN_DEFINE(download_server, download_server_free)

struct download {
	struct secret *original;
	struct digest digest;
	char *ticket;
};
void download_free(struct download *download);
OWN_DEFINE(download, download_free)

/* `total` is 0 while unknown. Returning false cancels: ERR_CANCELLED. */
typedef bool download_progress(uint64_t done, uint64_t total, void *context);

/* Whether a text can be an ID number at all: 1 to 64 of A-Z, a-z, 0-9, "-", "_" and ".". */
bool download_id_is_proper(const char *id);

/* Once per process before the first request. */
enum err download_init(void) MUST_CHECK;

/* POST /v1/originals:retrieve. 5xx and 429 are tried again a bounded number of times, with
 * jitter and Retry-After obeyed up to a limit. */
enum err download_retrieve(const struct download_server *server, const char *id,
			   const struct secret *pin, download_progress *progress, void *context,
			   struct download **out_download) MUST_CHECK;

/* POST /v1/originals:saved. *out_delete_at: until when downloading again works, UTC seconds. */
enum err download_saved(const struct download_server *server, const char *ticket,
			const struct digest *digest, int64_t *out_delete_at) MUST_CHECK;
