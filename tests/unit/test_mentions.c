/* Mentions: an id that the catalogue has not, and a contact that the words do not say, are told where the id stands. */
#include "tests/unit/shipped_world.h"

#include <stdio.h>
#include <string.h>

#include "gateway/mentions.h"
#include "tests/unit/talk.h"

static const char *const files[] = {"diagnostico", "consentimiento", "estudio",    "menu",
                                    "misdatos",    "capacitaciones", "seguimiento"};

static const struct {
    const char *from, *to; /* the change, in whichever file has it */
    const char *words;     /* of the fault; NULL: none comes */
    const char *file;
} rows[] = {
    {"mentions: [becas-romero,", "mentions: [becas-romero,", NULL, NULL},
    {"mentions: [becas-romero,", "mentions: [becas-romera,", "no resource 'becas-romera'", "capacitaciones"},
    {"mentions: [linea-111]", "mentions: [linea-112]", "no resource 'linea-112'", "diagnostico"},
    {"precios y caja: cofide.com.pe", "precios y caja: cofide.pe", "'cofide.com.pe', and no text", "capacitaciones"},
    /* one kind of channel is enough */
    {"al 105, 1818, cel. 942841978. No", "al 105, 1818, cel. 942841979. No", "'cel. 942841978'", "diagnostico"},
    {"mentions: [linea-111]", "mentions: linea-111", "must list ids", "diagnostico"},
};

/* Loads what ships with one change, and checks it. Returns whether the change was found in some file. */
static bool check_changed(const char *from, const char *to, struct faults *faults)
{
    struct flows *changed = flows_new();
    bool found = false;
    assert_non_null(changed);
    for (size_t i = 0; i < COUNT(files); i++) {
        char path[64];
        snprintf(path, sizeof(path), "config/flows/%s.yaml", files[i]);
        struct slice text = talk_read_file(path), rest = text;
        size_t at = 0;
        struct buf whole;
        buf_init(&whole, 1 << 20);
        while (at + strlen(from) <= rest.len && memcmp(rest.ptr + at, from, strlen(from)) != 0)
            at++;
        bool here = at + strlen(from) <= rest.len;
        buf_addslice(&whole, slice_part(text, 0, here ? at : text.len));
        if (here) {
            buf_adds(&whole, to);
            buf_addslice(&whole, slice_part(text, at + strlen(from), text.len));
        }
        found = found || here;
        if (flows_add(changed, path, buf_slice(&whole), faults))
            assert_true(faults->total > 0);
        buf_release(&whole);
        mem_free((char *)text.ptr);
    }
    if (flows_finish(changed, faults) == OK)
        mentions_check(changed->items[0], world->mind.engine, faults);
    flows_free(changed);
    return found;
}

static void differences_are_told_where_the_id_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct faults faults;
        faults_init(&faults);
        assert_true(check_changed(rows[i].from, rows[i].to, &faults));
        if (!rows[i].words) {
            assert_int_equal(faults.total, 0);
            faults_release(&faults);
            continue;
        }
        if (faults.total != 1 || !strstr(faults.items[0].text, rows[i].words))
            fail_msg("row %zu: %zu faults, '%s'", i, faults.total, faults.count ? faults.items[0].text : "");
        assert_non_null(strstr(faults.items[0].file, rows[i].file));
        assert_true(faults.items[0].line > 0 && faults.items[0].column > 0);
        faults_release(&faults);
    }
}

static void without_memory_a_fault_says_so(void **state)
{
    struct faults faults;
    const struct flow *flow = world->mind.flows->items[0];
    (void)state;
    faults_init(&faults);
    mem_fail_after(0);
    mentions_check(flow, world->mind.engine, &faults);
    mem_fail_after(-1);
    assert_true(faults.total > 0);
    faults_release(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_told_where_the_id_stands),
        cmocka_unit_test(without_memory_a_fault_says_so),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
