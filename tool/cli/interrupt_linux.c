/* interrupt_linux.c - see interrupt.h; sigwaitinfo(2), eventfd(2). */
#include "tool/cli/interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"

enum { PATIENCE_SECONDS = 3 };

struct interrupt {
	int event;
	pthread_t watcher;
	sigset_t signals;
	void (*give_up)(void *context);
	void *context;
	atomic_bool is_over; /* the thread is woken to end, not to act */
};

static void *watch(void *context)
{
	struct interrupt *interrupt = context;
	const struct timespec patience = {.tv_sec = PATIENCE_SECONDS};
	const uint64_t once = 1;

	while (sigwaitinfo(&interrupt->signals, NULL) < 0)
		;
	if (atomic_load(&interrupt->is_over))
		return NULL;
	(void)file_write_all(interrupt->event, &once, sizeof once);
	(void)sigtimedwait(&interrupt->signals, NULL, &patience);
	if (atomic_load(&interrupt->is_over))
		return NULL;
	interrupt->give_up(interrupt->context);
	_exit(err_exit_code(ERR_CANCELLED));
}

/* The thread takes no signal itself but the ones it waits for. */
static enum err start_watching(struct interrupt *interrupt)
{
	sigset_t all;
	sigset_t before;
	int failed;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&interrupt->watcher, NULL, watch, interrupt);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed != 0 ? ERR_MEMORY : ERR_OK;
}

enum err interrupt_open(void (*give_up)(void *context), void *context,
			struct interrupt **out_interrupt)
{
	struct interrupt *interrupt = calloc(1, sizeof *interrupt);

	if (interrupt == NULL)
		return ERR_MEMORY;
	*interrupt = (struct interrupt){
		.event = eventfd(0, EFD_CLOEXEC), .give_up = give_up, .context = context};
	(void)sigemptyset(&interrupt->signals);
	(void)sigaddset(&interrupt->signals, SIGINT);
	(void)sigaddset(&interrupt->signals, SIGTERM);
	(void)sigaddset(&interrupt->signals, SIGHUP);
	(void)sigaddset(&interrupt->signals, SIGQUIT); /* else it would leave the terminal silent */
	(void)pthread_sigmask(SIG_BLOCK, &interrupt->signals, NULL);
	if (interrupt->event < 0 || start_watching(interrupt) != ERR_OK) {
		own_close_fd(&interrupt->event);
		free(interrupt);
		return ERR_MEMORY;
	}
	*out_interrupt = interrupt;
	return ERR_OK;
}

int interrupt_fd(const struct interrupt *interrupt)
{
	return interrupt->event;
}

bool interrupt_happened(const struct interrupt *interrupt)
{
	struct pollfd event = {.fd = interrupt->event, .events = POLLIN};

	return poll(&event, 1, 0) == 1;
}

void interrupt_close(struct interrupt *interrupt)
{
	if (interrupt == NULL)
		return;
	atomic_store(&interrupt->is_over, true);
	(void)pthread_kill(interrupt->watcher, SIGTERM);
	(void)pthread_join(interrupt->watcher, NULL);
	own_close_fd(&interrupt->event);
	free(interrupt);
}
