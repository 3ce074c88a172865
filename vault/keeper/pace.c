/* pace.c - see pace.h */
#include "vault/keeper/pace.h"

#include <stdlib.h>

struct share {
	uid_t uid;
	unsigned taken;   /* not yet given back; 0: this place is free */
	int64_t since_at; /* when the last one was given back, or the first taken */
};

struct pace {
	struct share shares[PACE_USERS];
};

enum err pace_new(struct pace **out_pace)
{
	*out_pace = calloc(1, sizeof **out_pace);
	return *out_pace == NULL ? ERR_MEMORY : ERR_OK;
}

void pace_free(struct pace *pace)
{
	free(pace);
}

/* One is given back for each whole minute. */
static void give_back(struct share *share, int64_t now_seconds)
{
	int64_t minutes = (now_seconds - share->since_at) / PACE_SECONDS;

	if (minutes >= share->taken)
		share->taken = 0;
	else if (minutes > 0)
		share->taken -= (unsigned)minutes;
	if (minutes > 0)
		share->since_at += minutes * PACE_SECONDS;
}

static struct share *find_share(struct pace *pace, uid_t uid, int64_t now_seconds)
{
	struct share *unused = NULL;

	for (size_t i = 0; i < PACE_USERS; i++) {
		struct share *share = &pace->shares[i];

		give_back(share, now_seconds);
		if (share->taken > 0 && share->uid == uid)
			return share;
		if (share->taken == 0 && unused == NULL)
			unused = share;
	}
	if (unused != NULL)
		*unused = (struct share){.uid = uid, .since_at = now_seconds};
	return unused;
}

bool pace_take(struct pace *pace, uid_t uid, int64_t now_seconds)
{
	struct share *share = find_share(pace, uid, now_seconds);

	if (share == NULL || share->taken == PACE_AT_ONCE)
		return false;
	share->taken++;
	return true;
}
