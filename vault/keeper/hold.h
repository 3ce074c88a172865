/* hold.h - a lock that is given back at the end of the scope.
 *
 *   AUTO_HELD(hold) hold = hold_take(&keeper->changing);
 */
#pragma once

#include <pthread.h>
#include <stddef.h>

#include "vault/base/own.h"

struct hold {
	pthread_mutex_t *mutex;
	pthread_rwlock_t *rwlock;
};

static inline struct hold hold_take(pthread_mutex_t *mutex)
{
	(void)pthread_mutex_lock(mutex);
	return (struct hold){.mutex = mutex};
}

static inline struct hold hold_to_read(pthread_rwlock_t *rwlock)
{
	(void)pthread_rwlock_rdlock(rwlock);
	return (struct hold){.rwlock = rwlock};
}

static inline struct hold hold_to_write(pthread_rwlock_t *rwlock)
{
	(void)pthread_rwlock_wrlock(rwlock);
	return (struct hold){.rwlock = rwlock};
}

static inline void hold_end(struct hold *hold)
{
	if (hold->mutex != NULL)
		(void)pthread_mutex_unlock(hold->mutex);
	if (hold->rwlock != NULL)
		(void)pthread_rwlock_unlock(hold->rwlock);
	*hold = (struct hold){NULL, NULL};
}
OWN_DEFINE_HELD(hold, hold_end)
