/* parcel.h - a word and some descriptors, from one process of ours to another: how the daemon
 * and its starter talk. Never used with a client.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PARCEL_PASSED_MAX = 2 };

struct parcel {
	int32_t word; /* to the starter: 0; back: 0 or an errno */
	int count;
	int passed[PARCEL_PASSED_MAX];
};

bool parcel_send(int socket, const struct parcel *parcel);
/* Waits for one. False: the other side is gone, or what came is no parcel. */
bool parcel_receive(int socket, struct parcel *out_parcel);
/* Closes what is in it. */
void parcel_close(struct parcel *parcel);
