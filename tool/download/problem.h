/* problem.h - what an answer other than 200 means (RFC 9110, 15; RFC 9457).
 */
#pragma once

#include <stdbool.h>

#include "tool/download/reply.h"
#include "vault/base/err.h"

/* Never ERR_OK. A code counts only together with its status. */
enum err problem_of_reply(const struct reply *reply) MUST_CHECK;

/* Asking again after a while may help: 429 and some of 5xx. */
bool problem_passes(const struct reply *reply);
