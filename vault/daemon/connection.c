/* connection.c - see connection.h */
#include "vault/daemon/connection.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct connections {
	pthread_mutex_t lock;
	uint64_t round; /* numbers are place + round * count_max, so none comes twice */
	size_t count_max;
	size_t used; /* places that were ever taken: the rest need no look */
	struct connection *places[];
};

enum err connection_new(int socket, struct session *session, struct connection **out_connection)
{
	struct connection *connection = calloc(1, sizeof *connection);

	if (connection == NULL) {
		session_free(session);
		(void)close(socket);
		return ERR_MEMORY;
	}
	connection->socket = socket;
	connection->session = session;
	atomic_init(&connection->stall_ends_at, INT64_MAX);
	atomic_init(&connection->holders, 1);
	*out_connection = connection;
	return ERR_OK;
}

void connection_hold(struct connection *connection)
{
	atomic_fetch_add(&connection->holders, 1);
}

void connection_release(struct connection *connection)
{
	if (connection == NULL || atomic_fetch_sub(&connection->holders, 1) != 1)
		return;
	session_free(connection->session);
	(void)close(connection->socket);
	free(connection);
}

enum err connections_new(size_t count_max, struct connections **out_connections)
{
	struct connections *connections =
		calloc(1, sizeof *connections + count_max * sizeof(struct connection *));

	if (connections == NULL)
		return ERR_MEMORY;
	if (pthread_mutex_init(&connections->lock, NULL) != 0) {
		free(connections);
		return ERR_MEMORY;
	}
	connections->count_max = count_max;
	*out_connections = connections;
	return ERR_OK;
}

void connections_free(struct connections *connections)
{
	if (connections == NULL)
		return;
	for (size_t i = 0; i < connections->used; i++)
		connection_release(connections->places[i]);
	(void)pthread_mutex_destroy(&connections->lock);
	free(connections);
}

static bool add(struct connections *connections, struct connection *connection)
{
	size_t place = 0;

	while (place < connections->used && connections->places[place] != NULL)
		place++;
	if (place == connections->count_max)
		return false;
	if (place == connections->used)
		connections->used++;
	connections->places[place] = connection;
	connection->number = ++connections->round * connections->count_max + place;
	connection_hold(connection);
	return true;
}

bool connections_add(struct connections *connections, struct connection *connection)
{
	bool is_added;

	(void)pthread_mutex_lock(&connections->lock);
	is_added = add(connections, connection);
	(void)pthread_mutex_unlock(&connections->lock);
	return is_added;
}

struct connection *connections_find(struct connections *connections, uint64_t number)
{
	struct connection *connection;

	(void)pthread_mutex_lock(&connections->lock);
	connection = connections->places[number % connections->count_max];
	if (connection != NULL && connection->number != number)
		connection = NULL;
	if (connection != NULL)
		connection_hold(connection);
	(void)pthread_mutex_unlock(&connections->lock);
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	struct connection **place;
	bool was_there;

	(void)pthread_mutex_lock(&connections->lock);
	place = &connections->places[connection->number % connections->count_max];
	was_there = *place == connection;
	if (was_there)
		*place = NULL;
	(void)pthread_mutex_unlock(&connections->lock);
	if (was_there)
		connection_release(connection);
}

void connections_each(struct connections *connections, connections_visitor *visit, void *context)
{
	(void)pthread_mutex_lock(&connections->lock);
	for (size_t i = 0; i < connections->used; i++)
		if (connections->places[i] != NULL)
			visit(connections->places[i], context);
	(void)pthread_mutex_unlock(&connections->lock);
}
