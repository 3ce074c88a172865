/* instance.c - see instance.h */
#include "tool/pkcs11/instance.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* The process's own. `gate` is the process whose thread is at `current` now, or 0: a number and
 * not a mutex, because a child must be able to pass a gate that its parent held at fork(). */
static struct {
	_Atomic(pid_t) gate;
	struct instance *current;
} module;

static void pass_gate(void)
{
	const pid_t self = getpid();
	pid_t holder = 0;

	while (!atomic_compare_exchange_weak(&module.gate, &holder, self)) {
		if (holder != self && holder != 0)
			continue; /* a parent's: taken over in the next round */
		holder = 0;
		(void)sched_yield();
	}
}

static void leave_gate(void)
{
	atomic_store(&module.gate, 0);
}

static void instance_free(struct instance *instance)
{
	if (instance == NULL)
		return;
	sessions_free(instance->sessions);
	slots_free(instance->slots);
	(void)pthread_cond_destroy(&instance->over);
	(void)pthread_mutex_destroy(&instance->lock);
	free(instance);
}
OWN_DEFINE(instance, instance_free)

static enum err instance_new(struct instance **out_instance)
{
	AUTO(instance) instance = calloc(1, sizeof *instance);
	pthread_condattr_t attributes;

	if (instance == NULL)
		return ERR_MEMORY;
	instance->process = getpid();
	instance->references = 1;
	(void)pthread_mutex_init(&instance->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&instance->over, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	TRY(slots_new(&instance->slots));
	TRY(sessions_new(&instance->sessions));
	*out_instance = TAKE(instance);
	return ERR_OK;
}

/* Behind the gate. */
static bool is_ready(void)
{
	return module.current != NULL && module.current->process == getpid();
}

CK_RV instance_begin(void)
{
	AUTO(instance) made = NULL;
	struct instance *of_parent = NULL;
	bool was_ready;

	if (instance_new(&made) != ERR_OK)
		return CKR_HOST_MEMORY;
	pass_gate();
	was_ready = is_ready();
	if (!was_ready) {
		of_parent = module.current;
		module.current = TAKE(made);
	}
	leave_gate();
	if (of_parent != NULL)
		slots_abandon(of_parent->slots);
	return was_ready ? CKR_CRYPTOKI_ALREADY_INITIALIZED : CKR_OK;
}

CK_RV instance_end(void)
{
	struct instance *instance = NULL;

	pass_gate();
	if (is_ready())
		instance = TAKE(module.current);
	leave_gate();
	if (instance == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	(void)pthread_mutex_lock(&instance->lock);
	instance->is_over = true;
	(void)pthread_cond_broadcast(&instance->over);
	(void)pthread_mutex_unlock(&instance->lock);
	instance_leave(instance);
	return CKR_OK;
}

struct instance *instance_enter(void)
{
	struct instance *instance = NULL;

	pass_gate();
	if (is_ready()) {
		instance = module.current;
		instance->references++;
	}
	leave_gate();
	return instance;
}

void instance_leave(struct instance *instance)
{
	bool is_last;

	if (instance == NULL)
		return;
	pass_gate();
	is_last = --instance->references == 0;
	leave_gate();
	if (is_last)
		instance_free(instance);
}

bool instance_wait(struct instance *instance, unsigned milliseconds)
{
	struct timespec until;
	bool is_over;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_mutex_lock(&instance->lock);
	while (!instance->is_over &&
	       pthread_cond_timedwait(&instance->over, &instance->lock, &until) == 0) {
	}
	is_over = instance->is_over;
	(void)pthread_mutex_unlock(&instance->lock);
	return is_over;
}
