/* Notices: any JSON over the shipped flow is either refused with a fault, or said to anybody on each channel in one
 * message, within what the channel takes. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "dialog/flow_notice.h"
#include "dialog/state.h"
#include "gateway/notice.h"
#include "tests/unit/languages_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct flows *flows, const char *name, struct faults *faults)
{
    static char bytes[512 * 1024];
    char path[64];
    snprintf(path, sizeof(path), "config/flows/%s.yaml", name);
    FILE *in = fopen(path, "rb");
    if (!in)
        abort();
    size_t len = fread(bytes, 1, sizeof(bytes), in);
    fclose(in);
    if (flows_add(flows, path, (struct slice){bytes, len}, faults))
        abort();
}

static const struct flow *load(void)
{
    struct faults faults;
    struct flows *flows = flows_new();
    if (!flows)
        abort();
    flows_speak(flows, kit_languages());
    faults_init(&faults);
    add(flows, "diagnostico", &faults);
    while (flows_lacks(flows))
        add(flows, flows_lacks(flows), &faults);
    if (flows_finish(flows, &faults))
        abort();
    faults_release(&faults);
    return flows_find(flows, "", "");
}

static void fill(struct state *person, unsigned char how)
{
    state_init(person);
    if (how & 1)
        assert(state_set_fact(person, "activity", SLICE("vendo jugos \xF0\x9F\x8D\x8A y *pan*\nen [Cusco]"), 1));
    if (how & 2)
        assert(state_set_fact(person, "sales", SLICE("500..800/week"), 1));
    if (how & 4)
        assert(state_set_fact(person, "region", SLICE("UNKNOWN"), 1));
}

static void say(const struct notice *notice, const struct channel *channel, struct arena *arena)
{
    struct faults faults;
    faults_init(&faults);
    enum error error = notice_check(notice, channel, &faults);
    assert((error == ERR_VALUE) == (faults.total > 0) && error != ERR_NOMEM);
    for (unsigned char how = 0; !error && how < 8; how++) {
        struct state person;
        struct notice_said said;
        fill(&person, how);
        assert(notice_render(notice, channel, &person, arena, &said) == OK);
        assert(said.message.text.len && utf8_valid(said.message.text));
        assert(utf8_count(said.message.text) <= NOTICE_TEXT_CHARS + 200); /* an accent may become two letters */
        assert(channel->kind != CHANNEL_SMS || said.segments <= sms_policy_segments(&channel->sms));
    }
    assert(notice_advise(notice, channel, &faults) == OK);
    faults_release(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct flow *flow;
    static const struct setting exact[] = {{"sms_text", "exact"}};
    struct channel channels[] = {
        {.name = "sms", .adapter = adapter_named("twilio"), .kind = CHANNEL_SMS},
        {.name = "exact",
         .adapter = adapter_named("twilio"),
         .kind = CHANNEL_SMS,
         .settings = exact,
         .setting_count = 1},
        {.name = "wa", .adapter = adapter_named("whatsapp_cloud"), .kind = CHANNEL_WHATSAPP, .interactive = true}};
    struct faults faults;
    struct notice notice;
    cJSON *json = NULL;
    struct arena *arena = arena_new(64 << 20);
    assert(arena);
    flow = flow ? flow : load();
    faults_init(&faults);
    if (!json_parse((struct slice){(const char *)data, size}, NOTICE_BYTES_MAX, &json)) {
        enum error error = notice_read(json, flow, "Chaski", "Para no recibir: BAJA", arena, &faults, &notice);
        assert((error == ERR_VALUE) == (faults.total > 0));
        for (size_t i = 0; !error && i < sizeof(channels) / sizeof(channels[0]); i++) {
            channels[i].sms = adapter_sms_policy(&channels[i]);
            say(&notice, &channels[i], arena);
        }
    }
    cJSON_Delete(json);
    faults_release(&faults);
    arena_free(arena);
    return 0;
}
