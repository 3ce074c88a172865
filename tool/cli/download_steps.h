/* download_steps.h - what `get` and `original get` do alike: from the letter's ID number and PIN to
 * an original that lies in its folder and is proven to be readable there.
 */
#pragma once

#include <stdint.h>

#include "tool/cli/run.h"
#include "tool/cli/target.h"
#include "tool/download/download.h"
#include "vault/base/err.h"
#include "vault/base/secret.h"
#include "vault/opener/job.h"

struct fetched {
	struct download_server *server;
	struct secret *pin;
	struct download *download;
	struct opened *opened; /* of what was read back; without the key */
	char *path;            /* where the original lies */
	int64_t proven_at;
};
void fetched_clear(struct fetched *fetched); /* wipes; accepts a zeroed struct */
OWN_DEFINE_HELD(fetched, fetched_clear)

/* The server of kinko.conf. */
enum err download_find_server(struct fetched *fetched) MUST_CHECK;
/* Asks for what the letter says and downloads; a person may correct a wrong ID or PIN twice. */
enum err download_fetch(struct run *run, struct fetched *fetched) MUST_CHECK;
/* Writes the original, reads it back from the medium and opens what was read. */
enum err download_write_and_prove(struct run *run, const struct target *target,
				  struct fetched *fetched) MUST_CHECK;
/* Tells the server, which deletes its copy later: *out_delete_at. On failure the person is told
 * what is already safe. */
enum err download_confirm_saved(struct run *run, const struct fetched *fetched,
				int64_t *out_delete_at) MUST_CHECK;
/* Until when downloading again works. */
enum err download_print_delete_at(int64_t delete_at) MUST_CHECK;
