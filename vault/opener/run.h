/* run.h - has an original opened by kinko-opener. Links no PKCS#12 code.
 *
 * Three pieces: to start the opener, to exchange a job for an answer over its pipes, and, for the
 * front ends, both and the reaping in one.
 */
#pragma once

#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/opener/job.h"

/* Sends the job and reads the answer over pipes that are already there, within OPENER_SECONDS.
 * On ERR_OK the opener answered with success. The opener's own failure comes back as its error
 * with its detail set (err_detail_text). A silent, slow or garbled opener is ERR_OPENER or
 * ERR_ORIGINAL_EXPENSIVE; then the caller must kill it. Does not close the descriptors, but sets
 * them to O_NONBLOCK. An opener that is gone raises no SIGPIPE. Whatever it answers is checked:
 * a key only for OPENER_KEY, a rebuilt file only for OPENER_PIN, a certificate for the others. */
enum err opener_exchange(int to_opener, int from_opener, const struct opener_job *job,
			 struct opened **out_opened) MUST_CHECK;

/* For the front ends: executes the opener as a child with an empty environment and only its
 * pipes, exchanges, kills it if it is late, and reaps it. */
enum err opener_run(const struct opener_job *job, struct opened **out_opened) MUST_CHECK;
/* The same with the program at `path`. */
enum err opener_run_at(const char *path, const struct opener_job *job,
		       struct opened **out_opened) MUST_CHECK;

/* Starts the opener with these ends of its pipes, an empty environment and no other descriptor;
 * they stay the caller's. It takes no signal of a terminal, and its standard error leads nowhere.
 * The caller must reap it. ERR_PROGRAM_MISSING: it cannot be executed. */
enum err opener_start(const char *path, int in, int out, pid_t *out_pid) MUST_CHECK;
