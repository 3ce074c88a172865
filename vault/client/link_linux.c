/* link_linux.c - the way to the vault's socket; identity by SO_PEERCRED, see unix(7). */
#include "vault/client/link.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/place.h"
#include "vault/wire/channel.h"

#define SYSTEM_SOCKET "/run/kinko/vault.sock"

enum { SEND_MILLISECONDS = 10 * 1000 };

/* secure_getenv: a program with raised rights is not led to a foreign vault. */
const char *link_socket_path(bool *out_is_named)
{
	const char *named = secure_getenv(PLACE_SOCKET_VARIABLE);

	*out_is_named = named != NULL && named[0] != '\0';
	return *out_is_named ? named : SYSTEM_SOCKET;
}

static bool is_system_user(uid_t uid)
{
	char buffer[4096];
	struct passwd user;
	struct passwd *found = NULL;

	return getpwnam_r(PLACE_USER, &user, buffer, sizeof buffer, &found) == 0 && found != NULL &&
	       user.pw_uid == uid;
}

static enum err identify(int socket, bool is_named)
{
	uid_t server;

	if (!channel_peer_uid(socket, &server))
		return err_note(ERR_SERVER_IDENTITY, "SO_PEERCRED: %s", strerror(errno));
	if (is_system_user(server) || (is_named && server == getuid()))
		return ERR_OK;
	return err_note(ERR_SERVER_IDENTITY, "the server is user %u", (unsigned)server);
}

enum err link_open_socket(int *out_socket)
{
	AUTO_FD socket = -1;
	bool is_named;
	const char *path = link_socket_path(&is_named);

	TRY(channel_connect(path, SEND_MILLISECONDS, &socket));
	TRY(identify(socket, is_named));
	*out_socket = socket;
	socket = -1;
	return ERR_OK;
}
