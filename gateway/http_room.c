#include "gateway/http_parts.h"

#include "gateway/metrics.h"

static enum rank rank_of(const struct connection *connection)
{
    static const enum rank ranks[PHASES] = {
        [FRESH] = RANK_IDLE,   [IDLE] = RANK_IDLE,      [READY] = RANK_NONE,
        [READING] = RANK_HEAD, [HANDLING] = RANK_NONE,  [WRITING] = RANK_NONE,
        [LEAVING] = RANK_NONE, [LINGERING] = RANK_TOLD, [DOOMED] = RANK_NONE,
    };
    enum rank rank = ranks[connection->phase];
    return rank == RANK_HEAD && connection->route ? RANK_BODY : rank;
}

void room_leave(struct connection *connection)
{
    if (connection->rank == RANK_NONE)
        return;
    struct rank_queue *queue = &connection->server->ranks[connection->rank];
    *(connection->older ? &connection->older->newer : &queue->oldest) = connection->newer;
    *(connection->newer ? &connection->newer->older : &queue->newest) = connection->older;
    connection->older = connection->newer = NULL;
    connection->rank = RANK_NONE;
}

void room_queue(struct connection *connection)
{
    struct http_server *server = connection->server;
    enum rank rank = rank_of(connection);
    if (rank == connection->rank)
        return;
    room_leave(connection);
    if (rank != RANK_NONE) {
        struct rank_queue *queue = &server->ranks[rank];
        connection->older = queue->newest;
        *(queue->newest ? &queue->newest->newer : &queue->oldest) = connection;
        queue->newest = connection;
        connection->rank = rank;
    }
    if (server->connection_count >= server->room && !server->ending)
        server_set_accepting(server);
}

bool room_can_be_made(const struct http_server *server)
{
    for (int rank = 0; rank < RANKS; rank++)
        if (server->ranks[rank].oldest)
            return true;
    return false;
}

bool room_make(struct http_server *server)
{
    for (int rank = 0; rank < RANKS; rank++) {
        if (server->ranks[rank].oldest) {
            metric_add(METRIC_HTTP_CROWDED, NULL, NULL, 1);
            connection_free(server->ranks[rank].oldest);
            return true;
        }
    }
    return false;
}
