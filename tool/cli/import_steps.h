/* import_steps.h - what `import` and `get` do alike once the original and its PIN are there.
 */
#pragma once

#include "tool/cli/json.h"
#include "tool/cli/run.h"
#include "vault/base/err.h"
#include "vault/client/client.h"

/* Puts it into the vault. Where the vault already had it, the proven original is remembered all
 * the same. */
enum err import_into_vault(struct run *run, const struct client_import *import,
			   const struct digest *file,
			   struct import_commit_reply *out_reply) MUST_CHECK;
/* A renewal of a certificate that is there: a person is asked whether to use it from now on. */
enum err import_ask_to_use(struct run *run, struct import_commit_reply *reply) MUST_CHECK;

/* {"result", "certificate", "warnings"} */
enum err import_document(const struct import_commit_reply *reply, json_t **out_document) MUST_CHECK;
/* One sentence of the result, and the certificate in a few lines. */
enum err import_print(const struct import_commit_reply *reply) MUST_CHECK;
