/* starter.h - the process that executes kinko-opener for the daemon.
 *
 * It is forked before the daemon has read any secret, so that a program executed from it
 * inherits none: neither memory nor descriptors. The daemon makes the pipes and passes the
 * opener's ends; no original, PIN or key crosses the starter. It ends when the daemon does.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct starter;

struct starter_settings {
	const char *program; /* full path of kinko-opener */
	bool drops;          /* from root to this user */
	uid_t uid;
	gid_t gid;
};

/* Forks: call it early, with one thread and without secrets. It has given up what it does not need
 * before this returns; ERR_INTERNAL where it could not. */
enum err starter_new(const struct starter_settings *settings,
		     struct starter **out_starter) MUST_CHECK;
/* Its end, and with it that of the process. */
void starter_free(struct starter *starter);
OWN_DEFINE(starter, starter_free)
/* Hangs up when the process is gone: without it the daemon cannot go on. */
int starter_socket(const struct starter *starter);

/* A running opener: its pipes and a handle to end it by. */
struct started {
	int to_opener;
	int from_opener;
	int process;
};

/* ERR_OPENER. May be called by several threads; they wait for each other. */
enum err starter_start(struct starter *starter, struct started *out_started) MUST_CHECK;
/* Kills whatever is left of it and closes all. */
void started_end(struct started *started);
OWN_DEFINE_HELD(started, started_end)
