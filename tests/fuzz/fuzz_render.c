/* What a turn says, on any channel: the first five bytes choose the channel, its policy, its page, and what the other
 * lines are: a text, or an option of the text before. Whatever is rendered is UTF-8 and within the channel's limits,
 * and so is every page that is turned to. */
#include <assert.h>
#include <string.h>

#include "base/sms.h"
#include "base/utf8.h"
#include "dialog/dialog.h"
#include "dialog/state.h"

#define TURNS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct channel_traits channel_of(const uint8_t *how)
{
    static const enum channel_kind kinds[] = {CHANNEL_SMS, CHANNEL_USSD, CHANNEL_WHATSAPP};
    return (struct channel_traits){
        .kind = kinds[how[0] % 3],
        .interactive = how[0] & 0x40,
        .page_units = kinds[how[0] % 3] == CHANNEL_USSD ? 60 + how[1] % (USSD_SEPTETS_MAX - 59) : 0,
        .sms = {.manner = (enum sms_manner)(how[2] % 3),
                .spanish_shift = how[2] & 4,
                .wide_reference = how[2] & 8,
                .segments_max = how[2] >> 5},
    };
}

/* Reads the lines: one that begins with + is an option of the text before it. */
static size_t read_effects(struct slice rest, uint8_t how, struct effect effects[DIALOG_EFFECTS_MAX])
{
    struct slice line;
    size_t count = 0;
    while (count < DIALOG_EFFECTS_MAX && slice_cut(&rest, '\n', &line)) {
        struct effect *last = count ? &effects[count - 1] : NULL;
        if (last && slice_starts(line, "+") && last->option_count < MESSAGE_ROWS_MAX) {
            struct slice title = slice_part(line, 1, line.len);
            last->options[last->option_count++] =
                (struct message_option){.id = SLICE("id"), .title = title, .description = how & 2 ? title : SLICE_NONE};
        } else {
            effects[count++] =
                (struct effect){.kind = EFFECT_SAY, .text = line, .letters = how & 1, .list_button = SLICE("Ver")};
        }
    }
    return count;
}

static void check_options(const struct message *message)
{
    assert(message->option_count <=
           (size_t)(message->kind == MESSAGE_BUTTONS ? MESSAGE_BUTTONS_MAX : MESSAGE_ROWS_MAX));
    for (size_t i = 0; i < message->option_count; i++) {
        const struct message_option *option = &message->options[i];
        assert(utf8_valid(option->title) && utf8_valid(option->description));
        assert(utf8_count(option->title) <=
               (size_t)(message->kind == MESSAGE_BUTTONS ? MESSAGE_BUTTON_CHARS : MESSAGE_ROW_CHARS));
        assert(utf8_count(option->description) <= MESSAGE_DESCRIPTION_CHARS);
    }
}

static void check_message(const struct message *message, const struct channel_traits *traits)
{
    size_t most = traits->sms.segments_max ? traits->sms.segments_max : SMS_SEGMENTS_BUDGET;
    assert(utf8_valid(message->text));
    if (traits->kind == CHANNEL_USSD) {
        struct sms_size shown = sms_measure(message->text);
        assert(shown.encoding == SMS_GSM7 && shown.units <= traits->page_units);
    } else if (traits->kind == CHANNEL_SMS) {
        assert(sms_measure_rendered(message->text, &traits->sms).segments <= most);
    } else {
        assert(utf8_count(message->text) <=
               (size_t)(message->kind == MESSAGE_TEXT ? MESSAGE_TEXT_CHARS : MESSAGE_BODY_CHARS));
    }
    assert(traits->kind == CHANNEL_WHATSAPP || message->option_count == 0);
    check_options(message);
}

static bool show(const struct effect *effects, size_t count, const struct channel_traits *traits, bool ended,
                 struct state *state)
{
    struct message *messages = NULL;
    size_t message_count = 0;
    struct arena *arena = arena_new(1 << 24);
    assert(arena);
    enum error error = dialog_render(effects, count, traits, ended, state, arena, &messages, &message_count);
    assert(error == OK || error == ERR_LIMIT);
    assert(error || traits->kind != CHANNEL_USSD || message_count <= 1);
    for (size_t i = 0; !error && i < message_count; i++)
        check_message(&messages[i], traits);
    arena_free(arena);
    return error == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct effect effects[DIALOG_EFFECTS_MAX];
    static struct state state;
    char whole[DIALOG_PENDING];
    struct buf clean;
    if (size < 5)
        return 0;
    buf_init(&clean, 4 * size);
    utf8_clean((struct slice){(const char *)data + 5, size - 5}, &clean);
    struct channel_traits traits = channel_of(data);
    size_t count = read_effects(buf_slice(&clean), data[3], effects);
    bool ended = data[3] & 4;
    state_init(&state);
    bool shown = show(effects, count, &traits, ended, &state);
    for (int turn = 0; shown && state.pending[0] && turn < TURNS_MAX; turn++) {
        memcpy(whole, state.pending, sizeof(whole));
        struct effect page = {.kind = EFFECT_SAY, .text = slice_of(whole)};
        page.page = data[4] >> turn % 8 & 1 ? PAGE_BACK : PAGE_NEXT;
        shown = show(&page, 1, &traits, state.pending_ends, &state);
    }
    buf_release(&clean);
    return 0;
}
