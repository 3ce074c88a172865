/* turns.c - see turns.h */
#include "vault/keeper/turns.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct turns {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	uint64_t next_ticket;
	struct turn *first; /* all that are taken or waited for */
};

enum err turns_new(struct turns **out_turns)
{
	struct turns *turns = calloc(1, sizeof *turns);

	if (turns == NULL)
		return ERR_MEMORY;
	(void)pthread_mutex_init(&turns->lock, NULL);
	(void)pthread_cond_init(&turns->ended, NULL);
	*out_turns = turns;
	return ERR_OK;
}

void turns_free(struct turns *turns)
{
	if (turns == NULL)
		return;
	(void)pthread_cond_destroy(&turns->ended);
	(void)pthread_mutex_destroy(&turns->lock);
	free(turns);
}

static bool must_wait(const struct turn *turn)
{
	for (const struct turn *other = turn->turns->first; other != NULL; other = other->next)
		if (other->ticket < turn->ticket && other->uid == turn->uid &&
		    digest_equal(&other->id, &turn->id))
			return true;
	return false;
}

void turn_take(struct turns *turns, uid_t uid, const struct digest *id, struct turn *out_turn)
{
	(void)pthread_mutex_lock(&turns->lock);
	*out_turn = (struct turn){turns, uid, *id, turns->next_ticket++, turns->first};
	turns->first = out_turn;
	while (must_wait(out_turn))
		(void)pthread_cond_wait(&turns->ended, &turns->lock);
	(void)pthread_mutex_unlock(&turns->lock);
}

void turn_end(struct turn *turn)
{
	struct turns *turns = turn->turns;
	struct turn **link;

	if (turns == NULL)
		return;
	(void)pthread_mutex_lock(&turns->lock);
	for (link = &turns->first; *link != turn; link = &(*link)->next)
		;
	*link = turn->next;
	(void)pthread_cond_broadcast(&turns->ended);
	(void)pthread_mutex_unlock(&turns->lock);
	turn->turns = NULL;
}
