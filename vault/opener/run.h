/* run.h - has an original opened by kinko-opener. Links no PKCS#12 code.
 */
#pragma once

#include "vault/base/err.h"
#include "vault/opener/job.h"

/* Sends the job and reads the answer over pipes that are already there, within OPENER_SECONDS.
 * On ERR_OK the opener answered with success. The opener's own failure comes back as its error
 * with its detail set (err_detail_text). A silent, slow or garbled opener is ERR_OPENER or
 * ERR_ORIGINAL_EXPENSIVE; then the caller must kill it. Does not close the descriptors. */
enum err opener_exchange(int to_opener, int from_opener, const struct opener_job *job,
			 struct opened **out_opened) MUST_CHECK;

/* For the front ends: executes the opener as a child with an empty environment and only its
 * pipes, exchanges, kills it if it is late, and reaps it. */
enum err opener_run(const struct opener_job *job, struct opened **out_opened) MUST_CHECK;
