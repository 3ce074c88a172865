/* quota.c - see quota.h */
#include "vault/daemon/quota.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct share {
	uid_t uid;
	size_t count; /* 0: this place is free */
};

struct quota {
	pthread_mutex_t lock;
	pthread_cond_t given;
	size_t per_user;
	size_t in_all;
	size_t taken;
	size_t share_count;
	struct share shares[]; /* at most one for each that is taken */
};

enum err quota_new(size_t per_user, size_t in_all, struct quota **out_quota)
{
	struct quota *quota = calloc(1, sizeof *quota + in_all * sizeof(struct share));
	pthread_condattr_t monotonic;

	if (quota == NULL)
		return ERR_MEMORY;
	quota->per_user = per_user;
	quota->in_all = in_all;
	if (pthread_mutex_init(&quota->lock, NULL) != 0 || pthread_condattr_init(&monotonic) != 0 ||
	    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&quota->given, &monotonic) != 0) {
		free(quota);
		return ERR_MEMORY;
	}
	(void)pthread_condattr_destroy(&monotonic);
	*out_quota = quota;
	return ERR_OK;
}

void quota_free(struct quota *quota)
{
	if (quota == NULL)
		return;
	(void)pthread_cond_destroy(&quota->given);
	(void)pthread_mutex_destroy(&quota->lock);
	free(quota);
}

/* The user's share, or a free place for it; NULL when there is neither. */
static struct share *find_share(struct quota *quota, uid_t uid)
{
	struct share *unused = NULL;

	for (size_t i = 0; i < quota->share_count; i++) {
		struct share *share = &quota->shares[i];
		if (share->count > 0 && share->uid == uid)
			return share;
		if (share->count == 0 && unused == NULL)
			unused = share;
	}
	if (unused == NULL && quota->share_count < quota->in_all)
		unused = &quota->shares[quota->share_count++];
	return unused;
}

static bool take(struct quota *quota, uid_t uid)
{
	struct share *share = find_share(quota, uid);

	if (quota->taken == quota->in_all || share == NULL || share->count >= quota->per_user)
		return false;
	share->uid = uid;
	share->count++;
	quota->taken++;
	return true;
}

bool quota_take(struct quota *quota, uid_t uid)
{
	bool is_taken;

	(void)pthread_mutex_lock(&quota->lock);
	is_taken = take(quota, uid);
	(void)pthread_mutex_unlock(&quota->lock);
	return is_taken;
}

static struct timespec moment_after(unsigned milliseconds)
{
	struct timespec moment;

	(void)clock_gettime(CLOCK_MONOTONIC, &moment);
	moment.tv_sec += milliseconds / 1000;
	moment.tv_nsec += (long)(milliseconds % 1000) * 1000000;
	if (moment.tv_nsec >= 1000000000) {
		moment.tv_sec++;
		moment.tv_nsec -= 1000000000;
	}
	return moment;
}

bool quota_wait(struct quota *quota, uid_t uid, unsigned milliseconds)
{
	struct timespec end = moment_after(milliseconds);
	bool is_taken;

	(void)pthread_mutex_lock(&quota->lock);
	while (!(is_taken = take(quota, uid)))
		if (pthread_cond_timedwait(&quota->given, &quota->lock, &end) != 0)
			break;
	(void)pthread_mutex_unlock(&quota->lock);
	return is_taken;
}

void quota_give(struct quota *quota, uid_t uid)
{
	struct share *share;

	(void)pthread_mutex_lock(&quota->lock);
	share = find_share(quota, uid);
	assert(share != NULL && share->count > 0);
	share->count--;
	quota->taken--;
	(void)pthread_cond_broadcast(&quota->given);
	(void)pthread_mutex_unlock(&quota->lock);
}

size_t quota_taken(struct quota *quota, uid_t uid)
{
	struct share *share;
	size_t count;

	(void)pthread_mutex_lock(&quota->lock);
	share = find_share(quota, uid);
	count = share == NULL ? 0 : share->count;
	(void)pthread_mutex_unlock(&quota->lock);
	return count;
}
