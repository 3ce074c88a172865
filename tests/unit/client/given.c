/* given.c - see given.h */
#include "tests/unit/client/given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "vault/wire/channel.h"
#include "vault/wire/message.h"

enum { PATIENCE = 20000 };

void given_place(struct given_place *out_place)
{
	*out_place = (struct given_place){.folder = "/tmp/kinko-client-XXXXXX"};
	assert_non_null(mkdtemp(out_place->folder));
	(void)snprintf(out_place->path, sizeof out_place->path, "%s/vault.sock", out_place->folder);
	assert_int_equal(channel_bind(out_place->folder, "vault.sock", &out_place->listener),
			 ERR_OK);
	assert_int_equal(setenv("KINKO_SOCKET", out_place->path, 1), 0);
}

void given_place_gone(struct given_place *place)
{
	(void)close(place->listener);
	(void)unlink(place->path);
	(void)rmdir(place->folder);
}

int given_accepted(const struct given_place *place)
{
	int connection = -1;

	for (unsigned i = 0; i < PATIENCE && connection < 0; i++) {
		connection = channel_accept(place->listener, PATIENCE);
		if (connection < 0)
			(void)usleep(1000);
	}
	assert_true(connection >= 0);
	return connection;
}

void given_farewell(int connection)
{
	uint8_t packet[64];
	char detail[] = "";
	struct cursor cursor = cursor_to_write(packet, sizeof packet);
	struct frame frame = {.kind = FRAME_ERROR};
	struct wire_error error = {
		.number = ERR_BUSY, .tries_left = WIRE_NO_TRIES, .detail = detail};

	wire_frame(&cursor, &frame);
	wire_error(&cursor, &error);
	assert_int_equal(cursor_end(&cursor), ERR_OK);
	assert_true(channel_send(connection, packet, cursor.at));
}
