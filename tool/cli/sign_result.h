/* sign_result.h - how each file of a batch fared, for people and for programs. Of sign and of
 * verify.
 */
#pragma once

#include <jansson.h>

#include "tool/cli/run.h"
#include "vault/base/err.h"

/* What went wrong with one file: {"code", "exit", "message", "advice"}; null for ERR_OK. Reads
 * the detail that the failing line left. */
enum err sign_result_error(const struct run *run, enum err err, json_t **out_error) MUST_CHECK;
/* "a.pdf: what happened" and what to do, on standard error. */
void sign_result_tell(const struct run *run, const char *file, enum err err);
/* The first failure of a batch decides how the program ends. */
void sign_result_count(struct run *run, enum err err);
