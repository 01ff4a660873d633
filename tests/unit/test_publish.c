/* Publishing in the middle of conversations: whatever is changed, no session fails, and declared ways are kept.
 *
 * `test_publish [PROGRAMS [SEED]]` (make publish) publishes so many programs that load, in rounds of 24. */
#include "tests/unit/talk.h"

#include <stdlib.h>

#include "dialog/flow.h"
#include "tests/unit/languages_kit.h"

#define PROGRAMS 24 /* of one round that load, of the edits tried */
#define CONVERSATIONS 1500
#define TURNS 30
#define SEED 0x51ed270b7f4a7c15u
#define EDITED_BYTES (128 * 1024)

static uint64_t seed_now = SEED;
static size_t programs_wanted = PROGRAMS;

static uint64_t any(uint64_t below)
{
    seed_now ^= seed_now >> 12;
    seed_now ^= seed_now << 25;
    seed_now ^= seed_now >> 27;
    return (seed_now * 0x2545f4914f6cdd1du >> 33) % below;
}

/* Changes every place of some words in a text. */
static void replace_all(struct buf *text, const char *from, const char *to)
{
    struct buf out;
    buf_init(&out, EDITED_BYTES);
    const char *at = buf_text(text);
    for (const char *next = strstr(at, from); next; next = strstr(at, from)) {
        buf_add(&out, at, (size_t)(next - at));
        buf_adds(&out, to);
        at = next + strlen(from);
    }
    buf_adds(&out, at);
    buf_clear(text);
    buf_addslice(text, buf_slice(&out));
    buf_release(&out);
}

/* What somebody may do to a flow in an editor. */
static const struct {
    const char *from, *to;
} edits[] = {
    {"  ventas:", "  monto:"},
    {": ventas\n", ": monto\n"},
    {"clientes", "gente"},
    {"resultados", "lista"},
    {"elige_rubro", "rubros"},
    {"  tendencia:\n    ask:", "  tendencia:\n    say:"},
    {"{type: tenure, heard: tiempo, min: -1, max: 1200, usual_min: -1, usual_max: 600}", "{type: text}"},
    {"  trend: {type: trend, names: {up: vendes más, same: vendes igual, down: vendes menos}}",
     "  trend: {type: text}"},
    {"workers", "people"},
    {"consent:", "permiso:"},
    {"consent", "permiso"},
    {"tenure", "antiguedad"},
    {"      - {value: same, title: Vendo igual}\n", ""},
    {"      - {value: RG, title: General}\n", ""},
    {"    letters: true\n", ""},
    {"    known: ask\n", ""},
    {"    aside: true\n", ""},
    {"    quiet: true\n", ""},
    {"tries: 3", "tries: 1"},
    {"version: 1\n", "version: 2\n"},
    {"  remind:", "  recuerda:"},
    {"resume_after: 6h", "resume_after: 1m"},
    {"expire_after: 30d", "expire_after: 1d"},
    {"assume: week", "period: day"},
    {"  region: {type: region, heard: región}", "  region: {type: yesno}"},
    {"uses: [consentimiento, estudio, menu", "uses: [nada, consentimiento, estudio, menu"},
    /* what is asked beside an answer, and wrong answers */
    {"    hears: true\n", ""},
    {"    otherwise: tiempo\n", "    otherwise: despedida\n"},
    {"    otherwise: resume\n", "    otherwise: adios\n"},
    {"    wait: true\n", ""},
    {"  menu: menu\n", "  menu: menu.ayuda\n"},
    {"  otros:\n    - \"^ otro", "  saludo:\n    - \"^ otro"},
    /* buttons: their words, values, order and number */
    {"title: Sí}", "title: Claro}"},
    {"title: Vendo más", "title: Más"},
    {"title: Recomendaciones", "title: Apoyos"},
    {"{value: seguir,", "{value: sigue,"},
    {"{value: cursos,", "{value: talleres,"},
    {"      - {value: yes, title: Sí}\n      - {value: no, title: No}\n",
     "      - {value: no, title: No}\n      - {value: yes, title: Sí}\n"},
    {"      - {value: up, title: Vendo más}\n      - {value: same, title: Vendo igual}\n",
     "      - {value: same, title: Vendo igual}\n      - {value: up, title: Vendo más}\n"},
    {"      - {value: NRUS, title: Nuevo RUS}\n      - {value: RER, title: Especial (RER)}\n",
     "      - {value: RER, title: Especial (RER)}\n      - {value: NRUS, title: Nuevo RUS}\n"},
    {"      - {value: ayuda, title: Ayuda}\n",
     "      - {value: nuevo, title: Novedades}\n      - {value: ayuda, title: Ayuda}\n"},
    {"      - {value: formalise, title: Formalizarme}\n", ""},
    {", follow: true}", "}"},
    /* timers: when, of what, where to, and whether there are any */
    {"    after: 20h\n", "    after: 1m\n"},
    {"    after: 4h\n", "    after: 1m\n"},
    {"    after: 30d\n", "    after: 30d\n    again: true\n"},
    {"    after: 30d\n    from: resultados\n", "    after: 2d\n    from: actividad\n"},
    {"  checkin:\n", "  volver:\n"},
    {"    to: pregunta\n", "    to: menu.opciones\n"},
    {"  expire: {after: 72h, from: answer, end: true}\n", ""},
    {"  expire: {after: 72h, from: answer, end: true}\n", "  expire: {after: 5h, from: answer, end: true}\n"},
    {"  expire: {after: 72h, from: answer, end: true}\n", "  otra: {after: 1h, from: answer, say: Sigo aquí.}\n"},
    {"redial: {after: 10m, to: seguimos}\n", ""},
    {"redial: {after: 10m, to: seguimos}\n", "redial: {after: 1m, to: menu.opciones}\n"},
};

/* Takes a whole state away, and leads all that led to it somewhere else. */
static void remove_state(struct buf *text, const char *name, const char *instead)
{
    char head[64], from[64], to[64];
    snprintf(head, sizeof(head), "\n  %s:\n", name);
    const char *at = strstr(buf_text(text), head), *end = at ? strstr(at + 1, "\n\n") : NULL;
    if (!end)
        return;
    struct buf out;
    buf_init(&out, EDITED_BYTES);
    buf_add(&out, buf_text(text), (size_t)(at - buf_text(text)));
    buf_adds(&out, end);
    buf_clear(text);
    buf_addslice(text, buf_slice(&out));
    buf_release(&out);
    snprintf(from, sizeof(from), "to: %s", name);
    snprintf(to, sizeof(to), "to: %s", instead);
    replace_all(text, from, to);
    snprintf(from, sizeof(from), ": %s\n", name);
    snprintf(to, sizeof(to), ": %s\n", instead);
    replace_all(text, from, to);
    snprintf(from, sizeof(from), "- %s\n", name);
    snprintf(to, sizeof(to), "- %s\n", instead);
    replace_all(text, from, to);
}

static const char *const files[] = {"diagnostico", "consentimiento", "estudio",    "menu",
                                    "misdatos",    "capacitaciones", "seguimiento"};
static const struct {
    const char *name, *instead;
} removals[] = {{"equipo", "ruc"},
                {"clientes", "equipo"},
                {"util", "avisos"},
                {"region", "meta"},
                {"ruc", "region"},
                {"meta", "perfil"},
                {"otra_vez", "tiempo"},
                {"regimen", "region"},
                {"avisos", "fin_x"},
                {"que_dato", "borrar_todo"},
                {"confirma_rubro", "elige_rubro"}};

/* Adds the shipped program with these edits. */
static enum error add_edited(struct flows *flows, const size_t *chosen, size_t count, int removal,
                             struct faults *faults)
{
    enum error error = OK;
    for (size_t f = 0; f < COUNT(files) && !error; f++) {
        char path[64];
        struct buf text;
        snprintf(path, sizeof(path), "config/flows/%s.yaml", files[f]);
        struct slice whole = talk_read_file(path);
        buf_init(&text, EDITED_BYTES);
        buf_addslice(&text, whole);
        mem_free((char *)whole.ptr);
        for (size_t i = 0; i < count; i++)
            replace_all(&text, edits[chosen[i]].from, edits[chosen[i]].to);
        if (removal >= 0)
            remove_state(&text, removals[removal].name, removals[removal].instead);
        error = flows_add(flows, path, buf_slice(&text), faults);
        buf_release(&text);
    }
    return error ? error : flows_link(flows, faults);
}

/* Makes a program that loads, with the one as it was beside it in some; NULL when the edits are refused, as publishing
 * them would be. */
static struct flows *publish(void)
{
    size_t chosen[3], none[1] = {0}, count = any(4);
    struct faults faults;
    struct flows *flows = flows_new();
    flows_speak(flows, kit_languages());
    for (size_t i = 0; i < count; i++)
        chosen[i] = any(COUNT(edits));
    int removal = (int)any(2 * COUNT(removals)) - (int)COUNT(removals);
    faults_init(&faults);
    enum error error = add_edited(flows, chosen, count, removal, &faults);
    if (!error && any(3) == 0 && strcmp(flows->items[0]->version, "2") == 0)
        error = add_edited(flows, none, 0, -1, &faults);
    error = error ? error : flows_finish(flows, &faults);
    faults_release(&faults);
    if (!error)
        return flows;
    flows_free(flows);
    return NULL;
}

/* clang-format off */
static const char *const words[] = {
    "hola", "si", "no", "1", "2", "3", "4", "5", "9", "a", "F", "menu", "ayuda", "atras", "baja", "alta", "mis datos",
    "borrar", "corregir", "vendo abarrotes", "2 años", "1500 al mes", "80", "yo solo", "no sé", "cusco", "20", "seguir",
    "prefiero no decirlo", "igual", "suben",
};
/* clang-format on */

static const char *const keys[] = {"comercio", "restaurante", "otros"};

static void think_of_advice(struct talk *talk)
{
    talk->industry.sure = any(2);
    talk->industry.label_count = any(4);
    talk->resources.resource_count = any(4);
    for (size_t i = 0; i < COUNT(keys); i++) {
        state_keep(slice_of(keys[i]), talk->industry.labels[i].key, ADVICE_KEY);
        state_keep(slice_of(keys[i]), talk->industry.labels[i].name, ADVICE_KEY);
        state_keep(slice_of(keys[i]), talk->resources.resources[i].id, ADVICE_KEY);
        state_keep(slice_of(keys[i]), talk->resources.resources[i].text, ADVICE_TEXT);
        state_keep(slice_of(keys[i]), talk->resources.resources[i].contact, ADVICE_TEXT);
    }
}

/* Whoever is not out, and waits for no staff, is answered, and stands at a question that is there or between
 * sessions. */
static void check_stands(const struct talk *talk, const struct state *before, bool spoke)
{
    const struct flow *flow = flows_find(talk->flows, talk->state.flow, talk->state.version);
    int at = talk->state.at[0] ? flow_state_index(flow, slice_of(talk->state.at)) : FLOW_NONE;
    bool waits = at != FLOW_NONE && flow->states[at].hands_over && talk->state.ticket.holds;
    if (talk->state.at[0] && !waits && (at == FLOW_NONE || !flow->states[at].ask))
        fail_msg("a session stands at '%s', which is no question", talk->state.at);
    if (spoke && !before->opted_out && !before->ticket.holds && talk->message_count == 0)
        fail_msg("no answer at '%s', from '%s'", talk->state.at, before->at);
}

/* What came of it. */
struct published {
    size_t programs, refused, moves, conversations, presses, fired;
};

/* A button that was shown: of the last turn, or of long before. */
struct shown {
    char id[128], title[64];
};

/* Keeps one of the buttons that the last turn showed, in some turns: those of before are pressed too. */
static void keep_button(const struct talk *talk, struct shown *shown)
{
    if (talk->message_count == 0 || (shown->id[0] && any(3) == 0))
        return;
    const struct message *last = &talk->messages[talk->message_count - 1];
    if (last->option_count == 0)
        return;
    const struct message_option *option = &last->options[any(last->option_count)];
    state_keep(option->id, shown->id, sizeof(shown->id));
    state_keep(option->title, shown->title, sizeof(shown->title));
}

/* Does what a person may do, or time. Returns whether it was the person. */
static bool act(struct talk *talk, struct shown *shown, struct published *total)
{
    struct event event = {.from = SLICE("+51987654321"), .id = SLICE("e1")};
    size_t kind = any(8);
    char fired[DIALOG_NAME];
    if (kind == 0 && shown->id[0] && talk->channel.kind == CHANNEL_WHATSAPP) {
        event.kind = EVENT_CHOICE;
        event.text = slice_of(shown->title);
        event.payload = slice_of(shown->id);
        talk_turn(talk, &event);
        total->presses++;
        return true;
    }
    if (kind == 1 && talk_fire(talk, talk->now_ms + (int64_t)any(40) * 24 * 3600 * 1000, fired)) {
        total->fired++;
        return false;
    }
    if (kind == 2 && talk->channel.kind == CHANNEL_USSD) {
        event.kind = EVENT_BEGIN;
        talk_turn(talk, &event);
        return true;
    }
    talk_say(talk, words[any(COUNT(words))]);
    return true;
}

/* Publishes some programs in the middle of conversations, the shipped one among them. */
static void publish_round(struct published *total)
{
    struct flows *programs[PROGRAMS] = {talk_flows()};
    size_t count = 1, moves = 0;
    static struct state before;
    static struct talk talk;
    static struct shown shown;
    while (count < PROGRAMS) {
        programs[count] = publish();
        total->refused += !programs[count];
        count += programs[count] != NULL;
    }
    for (size_t i = 0; i < CONVERSATIONS; i++) {
        talk_begin(&talk, programs[any(count)]);
        talk.repeat_every = 64;
        talk.channel.kind = (enum channel_kind)any(3);
        talk.channel.page_units = 182;
        talk.channel.interactive = any(2);
        talk.follows = any(2);
        shown.id[0] = '\0';
        for (size_t turn = 0; turn < TURNS; turn++) {
            think_of_advice(&talk);
            if (any(4) == 0) {
                talk.flows = programs[any(count)];
                moves++;
            }
            before = talk.state;
            talk.now_ms += (int64_t)any(3) * 3600 * 1000;
            keep_button(&talk, &shown);
            bool spoke = act(&talk, &shown, total);
            check_stands(&talk, &before, spoke);
        }
        talk_end(&talk);
    }
    total->moves += moves;
    total->programs += count;
    total->conversations += CONVERSATIONS;
    for (size_t i = 0; i < count; i++)
        flows_free(programs[i]);
}

/* An edit of words that are no longer there would publish the same program again. */
static void every_edit_changes_something(void **state)
{
    bool bites[COUNT(edits)] = {false};
    (void)state;
    for (size_t f = 0; f < COUNT(files); f++) {
        char path[64];
        snprintf(path, sizeof(path), "config/flows/%s.yaml", files[f]);
        struct slice whole = talk_read_file(path);
        for (size_t i = 0; i < COUNT(edits); i++)
            bites[i] = bites[i] || strstr(whole.ptr, edits[i].from);
        mem_free((char *)whole.ptr);
    }
    for (size_t i = 0; i < COUNT(edits); i++)
        if (!bites[i])
            fail_msg("'%s' is in no flow", edits[i].from);
}

static void no_session_fails(void **state)
{
    (void)state;
    struct published total = {0};
    while (total.programs < programs_wanted)
        publish_round(&total);
    printf("published %zu times in %zu conversations, %zu programs, %zu edits refused; %zu buttons pressed, %zu timers "
           "fired: no session failed\n",
           total.moves, total.conversations, total.programs, total.refused, total.presses, total.fired);
    assert_true(total.presses > 0 && total.fired > 0);
}

static const char head[] = "flow: corto\n"
                           "languages: [es]\n"
                           "returning: fin\n"
                           "texts: {opted_out: x, opted_in: x, opted_help: x, not_words: x, resumed: x, switched: x,\n"
                           "  greeted: x, thanked: x, nothing_back: x, language: x, old_button: x, closed: Fin,\n"
                           "  confirm: '{{doubt}}?', 'yes': x, 'no': y, period: x, day: x, week: x, month: x,\n"
                           "  year: x, list_button: x}\n"
                           "commands: {menu: lado, help: lado, mydata: lado, rectify: lado, erase: lado, agent: lado}\n"
                           "slots: {rubro: {type: text}, gente: {type: %s}}\n"
                           "version: %d\n"
                           "%s"
                           "start: %s\n"
                           "states:\n"
                           "  lado: {aside: true, say: Lado, next: resume}\n"
                           "  fin: {say: Adiós, end: true}\n"
                           "  %s: {ask: '¿Qué %d?', slot: rubro, retry: [x], otherwise: fin, next: %s}\n"
                           "  %s: {ask: '¿Cuánta %d?', slot: gente, retry: [x], otherwise: fin, next: fin}\n";

/* Writes a version with its two questions' names, the second slot's type and its migration. */
static struct slice version(char *out, size_t size, int number, const char *one, const char *two, const char *type,
                            const char *migrate)
{
    int len = snprintf(out, size, head, type, number, migrate, one, one, number, two, two, number);
    assert_true(len > 0 && (size_t)len < size);
    return slice_of(out);
}

static const struct {
    const char *name, *one, *two, *type, *migrate, *words; /* in the fault; NULL: none */
} migrations[] = {
    {"whole", "que", "cuanta", "workers", "migrate: [{from: 1, states: {uno: que, dos: cuanta}}]\n", NULL},
    {"names kept need no line", "uno", "cuanta", "workers", "migrate: [{from: 1, states: {dos: cuanta}}]\n", NULL},
    {"a type that changed", "uno", "dos", "yesno", "migrate: [{from: 1}]\n", "name it in `drop`"},
    {"a type that changed, dropped", "uno", "dos", "yesno", "migrate: [{from: 1, drop: [gente]}]\n", NULL},
    {"a question without a way", "que", "dos", "workers", "migrate: [{from: 1}]\n", "who wait at question uno"},
    {"an old state that was none", "uno", "dos", "workers", "migrate: [{from: 1, states: {tres: dos}}]\n",
     "version 1 has no state 'tres'"},
    {"a new state that is none", "que", "dos", "workers", "migrate: [{from: 1, states: {uno: quee}}]\n",
     "did you mean 'que'?"},
    {"a state that does not ask", "que", "dos", "workers", "migrate: [{from: 1, states: {uno: fin}}]\n",
     "nobody can wait at state fin"},
    {"from a later version", "uno", "dos", "workers", "migrate: [{from: 2}]\n", "a version before this one"},
    {"twice from the same", "uno", "dos", "workers", "migrate: [{from: 1}, {from: 1}]\n", "has a migration already"},
    {"no list", "uno", "dos", "workers", "migrate: {from: 1}\n", "must be a list"},
    {"unknown key", "uno", "dos", "workers", "migrate: [{from: 1, stats: {}}]\n", "did you mean 'states'?"},
};

static void migrations_are_checked_against_the_old_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(migrations); i++) {
        char text[2048];
        struct faults faults;
        struct flows *flows = flows_new();
        flows_speak(flows, kit_languages());
        faults_init(&faults);
        assert_int_equal(
            flows_add(flows, "1.yaml", version(text, sizeof(text), 1, "uno", "dos", "workers", ""), &faults), OK);
        enum error error = flows_add(flows, "2.yaml",
                                     version(text, sizeof(text), 2, migrations[i].one, migrations[i].two,
                                             migrations[i].type, migrations[i].migrate),
                                     &faults);
        error = error ? error : flows_finish(flows, &faults);
        bool told = faults.count > 0 && migrations[i].words && strstr(faults.items[0].text, migrations[i].words);
        if ((error == OK) != (migrations[i].words == NULL) || (error && !told)) {
            faults_print(&faults, stdout);
            fail_msg("%s: %s", migrations[i].name, error_text(error));
        }
        flows_free(flows);
        faults_release(&faults);
    }
}

/* Loads version 1 (if `old`) and version 2 of the small flow. */
static struct flows *two_versions(bool old, const char *one, const char *two, const char *migrate)
{
    char text[2048];
    struct faults faults;
    struct flows *flows = flows_new();
    flows_speak(flows, kit_languages());
    faults_init(&faults);
    if (old)
        assert_int_equal(
            flows_add(flows, "1.yaml", version(text, sizeof(text), 1, "uno", "dos", "workers", ""), &faults), OK);
    if (one)
        assert_int_equal(
            flows_add(flows, "2.yaml", version(text, sizeof(text), 2, one, two, "workers", migrate), &faults), OK);
    assert_int_equal(flows_finish(flows, &faults), OK);
    faults_release(&faults);
    return flows;
}

static void a_session_ends_on_its_version_or_moves(void **state)
{
    static const struct {
        bool old;
        const char *one, *two, *migrate;
        const char *then; /* what "pan" at version 1's first question brings */
    } rows[] = {
        {true, "uno", "dos", "", "¿Cuánta 1?"}, /* ends on its own */
        {true, "que", "cuanta", "migrate: [{from: 1, states: {uno: que, dos: cuanta}}]\n", "¿Cuánta 2?"}, /* moves */
        {false, "que", "cuanta", "migrate: [{from: 1, states: {uno: que, dos: cuanta}}]\n", "¿Cuánta 2?"},
        {false, "uno", "dos", "", "¿Cuánta 2?"}, /* the same names */
        {false, "que", "cuanta", "", "¿Qué 2?"}, /* the nearest safe place: asks, and takes nothing for an answer */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct flows *before = two_versions(true, NULL, NULL, NULL);
        struct flows *after = two_versions(rows[i].old, rows[i].one, rows[i].two, rows[i].migrate);
        struct talk talk;
        talk_begin(&talk, before);
        talk.channel.kind = CHANNEL_WHATSAPP;
        talk_say(&talk, "hola");
        talk.flows = after;
        talk_say(&talk, "pan");
        assert_int_equal(talk.message_count, 1);
        if (!slice_is(talk.messages[0].text, rows[i].then))
            fail_msg("row %zu: %.*s", i, (int)talk.messages[0].text.len, talk.messages[0].text.ptr);
        talk_end(&talk);
        flows_free(before);
        flows_free(after);
    }
}

int main(int argc, char **argv)
{
    programs_wanted = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : programs_wanted;
    seed_now = argc > 2 ? SEED ^ strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15u : seed_now;
    seed_now = seed_now ? seed_now : SEED; /* of nothing would come nothing */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_edit_changes_something),
        cmocka_unit_test(no_session_fails),
        cmocka_unit_test(migrations_are_checked_against_the_old_version),
        cmocka_unit_test(a_session_ends_on_its_version_or_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
