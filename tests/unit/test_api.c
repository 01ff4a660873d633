/* What the API makes of paths, queries and bodies, and the document that tells of it. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/mem.h"
#include "gateway/api_parts.h"

static struct buf problems, allow;
static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    buf_init(&problems, API_TEXT_MAX);
    buf_init(&allow, 256);
    arena = arena_new(1024 * 1024);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    buf_release(&problems);
    buf_release(&allow);
    arena_free(arena);
    return 0;
}

static const struct api_route *route_of(const char *id)
{
    const struct api_route *route = api_routes;
    while (route->method && strcmp(route->id, id) != 0)
        route++;
    return route;
}

static void paths_lead_to_routes(void **state)
{
    static const struct {
        const char *method, *path, *id, *first, *allow;
    } rows[] = {
        {"GET", "/users", "listUsers", NULL, ""},
        {"GET", "/users/ana", "showUser", "ana", ""},
        {"DELETE", "/users/ana/tokens/0f", "revokeToken", "ana", ""},
        {"PUT", "/users/ana", NULL, NULL, "GET, PATCH"},
        {"GET", "/users/", NULL, NULL, ""},
        {"GET", "/users/ana/", NULL, NULL, ""},
        {"GET", "/users/ana/b", NULL, NULL, ""},
        {"GET", "//users", NULL, NULL, ""},
        {"GET", "/", NULL, NULL, ""},
        {"GET", "", NULL, NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice path[API_PATH_PARTS];
        buf_clear(&allow);
        const struct api_route *route = api_find(slice_of(rows[i].method), slice_of(rows[i].path), path, &allow);
        if (!rows[i].id) {
            assert_null(route);
            assert_string_equal(buf_text(&allow), rows[i].allow);
            continue;
        }
        assert_string_equal(route->id, rows[i].id);
        if (rows[i].first)
            assert_true(slice_is(path[0], rows[i].first));
    }
}

static void parts_are_decoded_once(void **state)
{
    struct slice out;
    (void)state;
    assert_true(api_decode(SLICE("%2B51987654321"), arena, &out) && slice_is(out, "+51987654321"));
    assert_true(api_decode(SLICE("+51"), arena, &out) && slice_is(out, "+51"));
    assert_true(api_decode(SLICE("%2541"), arena, &out) && slice_is(out, "%41"));
    assert_false(api_decode(SLICE("%"), arena, &out));
    assert_false(api_decode(SLICE("%4"), arena, &out));
    assert_false(api_decode(SLICE("%zz"), arena, &out));
    assert_false(api_decode(SLICE("%00"), arena, &out));
    assert_false(api_decode(SLICE("%0A"), arena, &out));
    assert_false(api_decode(SLICE("%ff"), arena, &out));
}

static void bodies_are_held_against_their_shape(void **state)
{
    static const struct {
        const char *id, *body, *field, *rule; /* NULL: it is good */
    } rows[] = {
        {"createUser", "{\"name\":\"ana\",\"role\":\"viewer\"}", NULL, NULL},
        {"createUser", "[]", "", "must be a JSON object"},
        {"createUser", "{\"name\":\"ana\"}", "role", "must be given"},
        {"createUser", "{\"name\":1,\"role\":\"viewer\"}", "name", "must be a text"},
        {"createUser", "{\"name\":\"\",\"role\":\"viewer\"}", "name", "at least 1 characters"},
        {"createUser", "{\"name\":\"ana\",\"role\":\"root\"}", "role", "one of viewer, sender"},
        {"createUser", "{\"name\":\"ana\",\"role\":\"viewer\",\"pasword\":\"x\"}", "pasword", "did you mean password?"},
        {"createUser", "{\"name\":\"ana\",\"role\":\"viewer\",\"password\":\"short\"}", "password", "at least 12"},
        {"createToken", "{\"label\":\"x\",\"days\":90}", NULL, NULL},
        {"createToken", "{\"label\":\"x\",\"days\":0}", "days", "from 1 to 366"},
        {"createToken", "{\"label\":\"x\",\"days\":367}", "days", "from 1 to 366"},
        {"createToken", "{\"label\":\"x\",\"days\":1.5}", "days", "whole number"},
        {"createToken", "{\"label\":\"x\",\"days\":\"9\"}", "days", "whole number"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *body = NULL;
        char wanted[80];
        buf_clear(&problems);
        assert_int_equal(json_parse(slice_of(rows[i].body), API_BODY_MAX, &body), OK);
        bool good = api_check_body(body, route_of(rows[i].id)->body, &problems);
        cJSON_Delete(body);
        assert_int_equal(good, !rows[i].rule);
        if (good)
            continue;
        snprintf(wanted, sizeof(wanted), "{\"field\":\"%s\",\"rule\":\"", rows[i].field);
        if (!strstr(buf_text(&problems), wanted) || !strstr(buf_text(&problems), rows[i].rule))
            fail_msg("row %zu: %s", i, buf_text(&problems));
    }
}

static void a_flood_of_faults_is_cut_and_stays_json(void **state)
{
    cJSON *body = cJSON_CreateObject(), *told = NULL;
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "unknown\\\"%u", i);
        cJSON_AddNumberToObject(body, name, i);
    }
    assert_false(api_check_body(body, route_of("createUser")->body, &problems));
    cJSON_Delete(body);
    assert_true(problems.len < 20000);
    struct buf list;
    buf_init(&list, API_TEXT_MAX);
    buf_addf(&list, "[%s]", buf_text(&problems));
    assert_int_equal(json_parse(buf_slice(&list), API_TEXT_MAX, &told), OK);
    cJSON_Delete(told);
    buf_release(&list);
}

static void queries_are_held_against_their_fields(void **state)
{
    static const struct {
        const char *query;
        bool good;
    } rows[] = {{"", true},         {"limit=200", true},   {"limit=1&cursor=ana", true},
                {"limit=0", false}, {"limit=201", false},  {"limit=x", false},
                {"limt=3", false},  {"cursor=%FF", false}, {"%FF=1", false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct form query;
        buf_clear(&problems);
        assert_int_equal(form_parse(slice_of(rows[i].query), arena, &query), OK);
        if (api_check_query(&query, route_of("listUsers")->query, &problems) != rows[i].good)
            fail_msg("row %zu: %s", i, buf_text(&problems));
    }
}

/* Each route is in the document, with its roles; that it is a good one, @redocly/cli tells (make
 * openapi). */
static void the_document_tells_of_each_route(void **state)
{
    cJSON *document = NULL;
    struct buf text;
    (void)state;
    buf_init(&text, API_TEXT_MAX);
    api_put_openapi(&text);
    assert_int_equal(text.error, OK);
    assert_int_equal(json_parse(buf_slice(&text), API_TEXT_MAX, &document), OK);
    for (const struct api_route *route = api_routes; route->method; route++) {
        char method[8] = {0};
        for (size_t i = 0; route->method[i]; i++)
            method[i] = (char)(route->method[i] | ' ');
        const cJSON *path = json_object(json_object(document, "paths"), route->path);
        const cJSON *operation = json_object(path, method);
        assert_true(slice_is(json_string(operation, "operationId"), route->id));
        int roles = 0;
        for (unsigned i = 0; role_names[i]; i++)
            roles += (route->roles >> i) & 1;
        assert_int_equal(cJSON_GetArraySize(json_array(operation, "x-roles")), roles);
    }
    cJSON_Delete(document);
    buf_release(&text);
}

static void versions_are_of_records(void **state)
{
    char one[DIGEST_TEXT + 2], two[DIGEST_TEXT + 2];
    (void)state;
    api_etag(SLICE("admin 1 active -"), one);
    api_etag(SLICE("admin 1 revoked -"), two);
    assert_string_not_equal(one, two);
    assert_int_equal(strlen(one), DIGEST_TEXT + 1);
    assert_true(one[0] == '"' && one[DIGEST_TEXT] == '"');
}

static void missing_memory_is_told(void **state)
{
    struct slice out;
    struct buf small;
    struct arena *none = arena_new(4);
    (void)state;
    assert_false(api_decode(SLICE("a longer part"), none, &out));
    arena_free(none);
    for (long n = 0; n < 3; n++) {
        buf_init(&small, API_TEXT_MAX);
        mem_fail_after(n);
        api_put_openapi(&small);
        mem_fail_after(-1);
        assert_int_equal(small.error, ERR_NOMEM);
        buf_release(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths_lead_to_routes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_are_decoded_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_are_held_against_their_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_faults_is_cut_and_stays_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(queries_are_held_against_their_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_document_tells_of_each_route, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_are_of_records, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_memory_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
