/* Long texts of the catalogue on WhatsApp: the longest that it may have, formatted, are said whole, in bodies that Meta
 * takes, and a format never stands open where a message ends. */
#include "tests/unit/talk.h"

#include "base/utf8.h"
#include "dialog/flow.h"

static const char *const answers[] = {"hola", "si", "vendo abarrotes", "3 años", "1500 al mes", "igual",
                                      "20",   "2",  "no",              "Cusco",  "dinero"};

/* Fills a text with words of four letters to so many characters, behind what it begins with. */
static void fill(char *out, const char *begin, char letter, size_t chars)
{
    size_t len = strlen(begin), more = chars - utf8_count(slice_of(begin));
    memcpy(out, begin, len);
    for (size_t i = 0; i < more; i++)
        out[len + i] = i % 5 == 4 && i + 1 < more ? ' ' : letter;
    out[len + more] = '\0';
}

static void give_longest(struct talk *talk)
{
    static const char *const ids[] = {"uno", "dos", "tres"};
    talk->resources.resource_count = 3;
    for (size_t i = 0; i < 3; i++) {
        struct advice_resource *r = &talk->resources.resources[i];
        memcpy(r->id, ids[i], strlen(ids[i]) + 1);
        fill(r->text, "Año de la Niñez: ", (char)('a' + i), RESOURCE_TEXT_CHARS);
        fill(r->reason, "", (char)('f' + i), RESOURCE_REASON_CHARS);
        fill(r->contact, "", (char)('k' + i), RESOURCE_CONTACT_CHARS);
    }
}

static size_t times(struct slice text, char sign)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == sign;
    return count;
}

static void check_messages(const struct talk *talk)
{
    for (size_t i = 0; i < talk->message_count; i++) {
        const struct message *m = &talk->messages[i];
        size_t most = m->kind == MESSAGE_TEXT ? MESSAGE_TEXT_CHARS : MESSAGE_BODY_CHARS;
        assert_true(utf8_count(m->text) <= most);
        assert_int_equal(times(m->text, '*') % 2, 0);
        assert_int_equal(times(m->text, '_') % 2, 0);
    }
}

/* Tells whether one of the turn's messages has a text whole. */
static bool says(const struct talk *talk, const char *words)
{
    bool found = false;
    for (size_t i = 0; i < talk->message_count; i++) {
        static char text[MESSAGE_TEXT_CHARS * 4];
        snprintf(text, sizeof(text), "%.*s", (int)talk->messages[i].text.len, talk->messages[i].text.ptr);
        found = found || strstr(text, words);
    }
    return found;
}

static void the_longest_are_said_whole(void **state)
{
    struct flows *flows = talk_flows();
    struct talk talk;
    (void)state;
    for (int buttons = 0; buttons < 2; buttons++) {
        talk_begin(&talk, flows);
        talk.channel = (struct channel_traits){.kind = CHANNEL_WHATSAPP, .interactive = buttons};
        give_longest(&talk);
        for (size_t i = 0; i < COUNT(answers); i++) {
            talk_say(&talk, answers[i]);
            check_messages(&talk);
        }
        size_t bodies = talk.message_count;
        for (size_t i = 0; i < 3; i++) {
            const struct advice_resource *r = &talk.resources.resources[i];
            assert_true(says(&talk, r->text + sizeof("Año de la Niñez") - 1)); /* the colon and all behind it */
            assert_true(says(&talk, r->reason));
        }
        assert_true(says(&talk, "*Año de la Niñez*: "));
        assert_true(bodies <= 2);
        talk_say(&talk, "1");
        check_messages(&talk);
        assert_true(says(&talk, talk.resources.resources[0].contact));
        talk_end(&talk);
    }
    flows_free(flows);
}

/* What is too long with the longest values is refused when the flow is read, not cut when it is said. */
static void a_body_that_can_be_too_long_is_refused(void **state)
{
    struct faults faults;
    struct flows *flows = flows_new();
    struct slice whole = talk_read_file(TALK_FLOW);
    struct buf text;
    (void)state;
    faults_init(&faults);
    flows_speak(flows, kit_languages());
    buf_init(&text, TALK_FILE_BYTES);
    const char *from = "*Esto te puede servir:*", *at = strstr(whole.ptr, from);
    assert_non_null(at);
    buf_add(&text, whole.ptr, (size_t)(at - whole.ptr));
    for (size_t i = 0; i < 700; i++)
        buf_addc(&text, 'a');
    buf_adds(&text, at);
    assert_int_equal(flows_add(flows, TALK_FLOW, buf_slice(&text), &faults), OK);
    for (const char *lacks = flows_lacks(flows); lacks; lacks = flows_lacks(flows)) {
        char path[64];
        snprintf(path, sizeof(path), "config/flows/%s.yaml", lacks);
        struct slice part = talk_read_file(path);
        assert_int_equal(flows_add(flows, path, part, &faults), OK);
        mem_free((char *)part.ptr);
    }
    assert_int_not_equal(flows_finish(flows, &faults), OK);
    bool told = false;
    for (size_t i = 0; i < faults.count; i++)
        told = told || strstr(faults.items[i].text, "1024");
    assert_true(told);
    buf_release(&text);
    mem_free((char *)whole.ptr);
    faults_release(&faults);
    flows_free(flows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_are_said_whole),
        cmocka_unit_test(a_body_that_can_be_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
