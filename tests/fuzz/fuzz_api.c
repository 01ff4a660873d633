/* The API's requests: a path, a query, a body, each on a line of its own, held against every route; and staff's
 * records. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gateway/api_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_requests(const struct form *query, const cJSON *body)
{
    for (const struct api_route *route = api_routes; route->method; route++) {
        struct buf problems;
        cJSON *told = NULL;
        buf_init(&problems, API_TEXT_MAX);
        buf_addc(&problems, '[');
        size_t before = problems.len;
        struct buf found;
        buf_init(&found, API_TEXT_MAX);
        bool good = api_check_query(query, route->query, &found);
        good = (!route->body || api_check_body(body, route->body, &found)) && good;
        buf_addslice(&problems, buf_slice(&found));
        buf_addc(&problems, ']');
        assert(good == (problems.len == before + 1));
        assert(problems.error || json_parse(buf_slice(&problems), API_TEXT_MAX, &told) == OK);
        cJSON_Delete(told);
        buf_release(&found);
        buf_release(&problems);
    }
}

static void read_records(struct slice text)
{
    char out[STAFF_RECORD], user_name[STAFF_NAME];
    struct staff_user user, user_again;
    struct staff_token token, token_again;
    if (text.len < 300 && staff_user_read(text, &user))
        assert(staff_user_read(staff_user_write(&user, out), &user_again) && user.role == user_again.role);
    if (text.len < 300 && staff_token_read(text, &token))
        assert(staff_token_read(staff_token_write(&token, out), &token_again) &&
               token.expires_ms == token_again.expires_ms);
    assert(!staff_is_operator(SLICE("key"), text, 1, user_name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size}, path, query, parts[API_PATH_PARTS];
    struct form form;
    struct buf allow;
    cJSON *body = NULL;
    struct arena *arena = arena_new(1024 * 1024);
    if (!size || !arena) {
        arena_free(arena);
        return 0;
    }
    read_records(rest);
    buf_init(&allow, 256);
    slice_cut(&rest, '\n', &path);
    if (!slice_cut(&rest, '\n', &query))
        query = SLICE_NONE;
    const struct api_route *route = api_find(SLICE("GET"), path, parts, &allow);
    for (size_t i = 0; route && i < API_PATH_PARTS && parts[i].ptr; i++)
        if (!api_decode(parts[i], arena, &parts[i]))
            break;
    if (!form_parse(query, arena, &form) && !json_parse(rest, API_BODY_MAX, &body))
        check_requests(&form, body);
    cJSON_Delete(body);
    buf_release(&allow);
    arena_free(arena);
    return 0;
}
