/* main.c - kinko-demo-server: the download server of the demo and the tests.
 *
 * It serves on loopback only, invented people only, and keeps everything in one folder.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/server/api.h"
#include "tests/server/first_start.h"
#include "tests/server/http.h"
#include "tests/server/options.h"
#include "tests/server/original_make.h"
#include "vault/base/file.h"
#include "vault/base/log.h"
#include "vault/base/secret.h"

enum { WAIT_MS = 200 };

/* SIGTERM and SIGINT, as a descriptor that can be read without waiting. A client that goes away
 * is no reason to end (SIGPIPE). */
static enum err open_stop_signals(int *out_fd)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_note(ERR_INTERNAL, "signals cannot be held");
	*out_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return *out_fd >= 0 ? ERR_OK : err_note(ERR_INTERNAL, "signals cannot be read");
}

static bool must_stop(int signals)
{
	struct signalfd_siginfo signal;

	return read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal;
}

static enum err open_ledger(int folder, const char *folder_path, struct ledger **out_ledger)
{
	AUTO_TEXT path = NULL;

	if (asprintf(&path, "%s/server.db", folder_path) < 0) {
		path = NULL;
		return ERR_MEMORY;
	}
	TRY(ledger_open(path, out_ledger));
	return first_start(*out_ledger, folder, time(NULL));
}

static enum err serve(const struct api *api, const struct ledger_identity *identity, uint16_t port,
		      int signals)
{
	AUTO(http) http = NULL;

	TRY(http_start(api, identity, port, &http));
	if (printf("https://localhost:%u\n", (unsigned)http_port(http)) < 0 || fflush(stdout) != 0)
		return err_note(ERR_OUTPUT, "the address could not be printed");
	while (!must_stop(signals)) {
		TRY(http_run(http, WAIT_MS));
		TRY(ledger_sweep(api->ledger, time(NULL), api->window_seconds));
	}
	return ERR_OK;
}

static enum err run(const struct options *options)
{
	AUTO(original_algorithms) algorithms = NULL;
	AUTO(ledger) ledger = NULL;
	AUTO(rate) rate = NULL;
	AUTO_HELD(ledger_identity) identity = {.key_pem = {NULL, 0}};
	AUTO_FD folder = -1;
	AUTO_FD signals = -1;
	struct api api = {
		.delete_after_seconds = options->delete_after_seconds,
		.window_seconds = options->window_seconds,
	};

	(void)umask(077);
	TRY(secret_init());
	TRY(open_stop_signals(&signals));
	TRY(original_algorithms_open(&algorithms));
	TRY(file_make_folder(options->folder, 0700, &folder));
	TRY(open_ledger(folder, options->folder, &ledger));
	TRY(ledger_load_identity(ledger, &identity));
	TRY(rate_new(&rate));
	api.ledger = ledger;
	api.rate = rate;
	return serve(&api, &identity, options->port, signals);
}

int main(int count, char **words)
{
	struct options options;
	enum err err;

	if (count == 2 && strcmp(words[1], "--help") == 0)
		return fputs(options_usage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
	err = options_parse(count, words, &options);
	if (err != ERR_OK) {
		(void)fprintf(stderr, "kinko-demo-server: not understood: %s\n\n%s",
			      err_detail_text(), options_usage);
		return err_exit_code(err);
	}
	err = run(&options);
	if (err != ERR_OK)
		log_error(LOG_ERROR, err_detail_text()[0] == '\0' ? "stopped" : err_detail_text(),
			  err);
	return err_exit_code(err);
}
