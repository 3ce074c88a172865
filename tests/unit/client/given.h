/* given.h - where the vault of a test listens, and what every such vault does.
 */
#pragma once

struct given_place {
	char folder[64];
	char path[128];
	int listener; /* bound; nobody listens yet */
};

/* KINKO_SOCKET names it. */
void given_place(struct given_place *out_place);
void given_place_gone(struct given_place *place);

/* The next connection. */
int given_accepted(const struct given_place *place);
/* Says with request id 0 that the vault is busy. */
void given_farewell(int connection);
