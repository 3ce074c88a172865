/* place.c - see place.h */
#include "vault/base/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum err place_of_system(struct place **out_place)
{
	AUTO(place) place = calloc(1, sizeof *place);

	if (place == NULL || asprintf(&place->run, "/run/kinko") < 0 ||
	    asprintf(&place->socket, "/run/kinko/" PLACE_SOCKET) < 0 ||
	    asprintf(&place->state, "/var/lib/kinko") < 0 ||
	    asprintf(&place->anchor, "/var/lib/kinko-anchor") < 0 ||
	    asprintf(&place->config, "/etc/kinko") < 0)
		return ERR_MEMORY;
	*out_place = TAKE(place);
	return ERR_OK;
}

static enum err absolute(const char *folder, char **out_path)
{
	AUTO_TEXT here = NULL;

	if (folder[0] == '/')
		return asprintf(out_path, "%s", folder) < 0 ? ERR_MEMORY : ERR_OK;
	here = getcwd(NULL, 0);
	if (here == NULL)
		return err_detail(ERR_VAULT_FOLDER, "%s", folder);
	return asprintf(out_path, "%s/%s", here, folder) < 0 ? ERR_MEMORY : ERR_OK;
}

enum err place_of_private(const char *folder, struct place **out_place)
{
	AUTO(place) place = calloc(1, sizeof *place);

	if (place == NULL)
		return ERR_MEMORY;
	place->is_private = true;
	TRY(absolute(folder, &place->run));
	if (asprintf(&place->socket, "%s/" PLACE_SOCKET, place->run) < 0 ||
	    asprintf(&place->state, "%s/state", place->run) < 0 ||
	    asprintf(&place->anchor, "%s/anchor", place->run) < 0 ||
	    asprintf(&place->config, "%s", place->run) < 0)
		return ERR_MEMORY;
	*out_place = TAKE(place);
	return ERR_OK;
}

void place_free(struct place *place)
{
	if (place == NULL)
		return;
	free(place->run);
	free(place->socket);
	free(place->state);
	free(place->anchor);
	free(place->config);
	free(place);
}
