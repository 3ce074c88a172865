/* open.h - the whole of what kinko-opener does, between the job and the answer.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/opener/job.h"
#include "vault/opener/library.h"

/* On failure the detail is set (err_detail_text) and there is no answer. Only a job with
 * OPENER_KEY gives an answer with a key. */
enum err open_original(const struct opener_job *job, const struct library *library,
		       struct opened **out_opened) MUST_CHECK;
