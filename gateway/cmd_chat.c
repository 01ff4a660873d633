/* chaski chat: the dialogue in a terminal, through the daemon's own turn, over a store in memory. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/phone.h"
#include "base/utf8.h"
#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/insight.h"
#include "gateway/record.h"
#include "gateway/turn.h"
#include "gateway/world.h"

#define CHAT_ARENA_MAX (4 * 1024 * 1024)
#define CHAT_REPLY_MAX (256 * 1024)
#define CHAT_SESSION_MAX 4096 /* bytes of a USSD session's accumulated text */

struct chat {
    struct turns turns;
    const struct thought *thought; /* of the turn under way */
    struct channel channel;
    char from[PHONE_MAX];
    bool json, fancy;
    struct arena *arena;
    unsigned long line, session; /* counted, for ids */
    bool in_session;             /* USSD: a session is open */
    struct buf ussd_text;        /* USSD: what Africa's Talking would send, joined by * */
    struct slice in;             /* the line of the turn under way */
    int code;
};

static void print_text(const struct chat *chat, const struct message *message)
{
    if (chat->fancy)
        fputs("\033[36m", stdout);
    printf("%.*s\n", (int)message->text.len, message->text.ptr ? message->text.ptr : "");
    for (size_t i = 0; i < message->option_count; i++)
        printf("  [%.*s]\n", (int)message->options[i].title.len, message->options[i].title.ptr);
    if (chat->fancy)
        fputs("\033[0m", stdout);
    putchar('\n');
}

static void write_facts(struct buf *out, const struct state *state)
{
    buf_addc(out, '{');
    for (size_t i = 0; i < state->fact_count; i++) {
        json_put_name(out, state->facts[i].slot);
        json_put_string(out, slice_of(state->facts[i].value));
    }
    buf_addc(out, '}');
}

/* An outlook never stands without how little it tells. */
static void write_auc(struct buf *out, const struct engine *engine, const struct state *state)
{
    const struct business business = think_business(state);
    struct buf words;
    if (!state_fact(state, "outlook").len)
        return;
    buf_init(&words, CHAT_REPLY_MAX);
    insight_put_auc_words(engine, &business, &words);
    json_put_name(out, "auc");
    json_put_string(out, buf_slice(&words));
    buf_release(&words);
}

static void print_json(struct chat *chat, const struct thought *thought)
{
    struct buf out;
    buf_init(&out, CHAT_REPLY_MAX);
    buf_addc(&out, '{');
    json_put_name(&out, "in");
    json_put_string(&out, chat->in);
    json_put_name(&out, "replies");
    buf_addc(&out, '[');
    for (size_t i = 0; i < thought->message_count; i++) {
        buf_adds(&out, i ? ",{" : "{");
        record_message(&out, &thought->messages[i]);
        buf_addc(&out, '}');
    }
    buf_addc(&out, ']');
    json_put_name(&out, "awaiting");
    if (thought->awaiting.len)
        json_put_string(&out, thought->awaiting);
    else
        buf_adds(&out, "null");
    json_put_name(&out, "facts");
    write_facts(&out, &thought->state);
    write_auc(&out, chat->turns.mind->engine, &thought->state);
    json_put_name(&out, "ended");
    buf_adds(&out, thought->ended ? "true}" : "false}");
    if (out.error)
        chat->code = EXIT_INTERNAL;
    puts(buf_text(&out));
    buf_release(&out);
}

/* The memory store commits at once: the thought is still there when the turn ends. */
static void on_thought(void *ctx, const struct thought *thought)
{
    struct chat *chat = ctx;
    chat->thought = thought;
}

static void on_turn(void *ctx, const struct turn_result *result)
{
    struct chat *chat = ctx;
    const struct thought *thought = chat->thought;
    if (result->error || result->repeated) {
        fprintf(stderr, "chaski chat: line %lu: the turn failed: %s\n", chat->line, error_text(result->error));
        chat->code = EXIT_INTERNAL;
        return;
    }
    chat->in_session = chat->channel.kind == CHANNEL_USSD && !thought->ended;
    if (chat->json) {
        print_json(chat, thought);
        return;
    }
    for (size_t i = 0; i < thought->message_count; i++)
        print_text(chat, &thought->messages[i]);
    if (!thought->message_count)
        puts("(no reply)\n");
}

/* A USSD line either dials (whatever it says) or adds to the session's text, as the network would. */
static enum event_kind add_ussd_input(struct chat *chat, struct slice line)
{
    if (!chat->in_session) {
        chat->session++;
        buf_clear(&chat->ussd_text);
        return EVENT_BEGIN;
    }
    if (chat->ussd_text.len)
        buf_addc(&chat->ussd_text, '*');
    buf_addslice(&chat->ussd_text, line);
    return EVENT_TEXT;
}

static int take_line(void *ctx, struct slice line)
{
    struct chat *chat = ctx;
    struct buf clean;
    struct event event = {.kind = EVENT_TEXT, .from = slice_of(chat->from)};
    buf_init(&clean, LINE_MAX_BYTES * 3);
    utf8_clean(line, &clean);
    arena_reset(chat->arena);
    chat->line++;
    chat->in = arena_copy(chat->arena, buf_slice(&clean));
    buf_release(&clean);
    event.text = chat->in;
    if (chat->channel.kind == CHANNEL_USSD) {
        event.kind = add_ussd_input(chat, chat->in);
        if (chat->ussd_text.error) {
            fprintf(stderr, "chaski chat: line %lu: a USSD session takes %d bytes in all: begin another one\n",
                    chat->line, CHAT_SESSION_MAX);
            return EXIT_DATA;
        }
        event.text = buf_slice(&chat->ussd_text);
        event.session = slice_of(arena_printf(chat->arena, "chat-%lu", chat->session));
    }
    event.id = slice_of(arena_printf(chat->arena, "%lu", chat->line));
    event.at_ms = clock_ms();
    enum error error = turn_start(&chat->turns, &chat->channel, &event, event.at_ms, chat->arena, on_turn, chat);
    if (error) {
        fprintf(stderr, "chaski chat: line %lu: the turn cannot start: %s\n", chat->line, error_text(error));
        return EXIT_INTERNAL;
    }
    return chat->code;
}

static int choose_channel(struct chat *chat, const char *name)
{
    static const struct {
        const char *name;
        enum channel_kind kind;
    } rows[] = {{"sms", CHANNEL_SMS}, {"ussd", CHANNEL_USSD}, {"whatsapp", CHANNEL_WHATSAPP}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            chat->channel = (struct channel){.name = rows[i].name,
                                             .adapter = adapter_named("simulator"),
                                             .kind = rows[i].kind,
                                             .interactive = rows[i].kind == CHANNEL_WHATSAPP,
                                             .sync = true,
                                             .public_url = ""};
            return EXIT_GOOD;
        }
    }
    fprintf(stderr, "chaski chat: --channel %s: it must be sms, ussd or whatsapp\n", name);
    return EXIT_USAGE;
}

static int converse(struct chat *chat, const struct world *world)
{
    struct store *store = store_memory_new();
    chat->arena = arena_new(CHAT_ARENA_MAX);
    buf_init(&chat->ussd_text, CHAT_SESSION_MAX);
    chat->turns = (struct turns){.mind = &world->mind, .store = store, .thinks = on_thought, .thinks_ctx = chat};
    chat->fancy = cli_is_fancy(stdout);
    int code = store && chat->arena ? cli_each_line(stdin, take_line, chat) : EXIT_INTERNAL;
    buf_release(&chat->ussd_text);
    arena_free(chat->arena);
    store_close(store);
    return code;
}

static int run(const struct command *self, int argc, char **argv)
{
    const char *channel = "sms", *from = "+51900000000", *lang = NULL, *policy = "", *config = NULL;
    struct chat chat = {.code = EXIT_GOOD};
    const struct option_row options[] = {
        {"channel", 0, "KIND", "sms (default), ussd or whatsapp", &channel, NULL},
        {"from", 0, "NUMBER", "whose phone this is", &from, NULL},
        {"lang", 0, "KEY", "the only language that is spoken, reviewed or not, as en; or several, as es,en", &lang,
         NULL},
        {"policy", 0, "POLICY", "how SMS are written: cheapest, exact, \"cheapest es\" ... (default: plain)", &policy,
         NULL},
        {"json", 0, NULL, "one JSON object a turn", NULL, &chat.json},
        {"config", 'c', "FILE", "the configuration", &config, NULL},
        {0},
    };
    int code;
    if (cli_parse(self, options, argc, argv, NULL, 0, &code) < 0 || (code = choose_channel(&chat, channel)))
        return code;
    if (!sms_policy_parse(slice_of(policy), &chat.channel.sms)) {
        fprintf(stderr,
                "chaski chat: --policy %s: give cheapest or exact, then es for the national shift, and a number "
                "of segments, such as \"cheapest es 2\"\n",
                policy);
        return EXIT_USAGE;
    }
    if (phone_normalise(slice_of(from), chat.from)) {
        fprintf(stderr, "chaski chat: --from %s: give a phone number such as +51987654321\n", from);
        return EXIT_USAGE;
    }
    struct world *world = world_open_or_tell(config, WORLD_FLOWS | WORLD_ENGINE, lang);
    if (!world)
        return EXIT_CONFIG;
    code = converse(&chat, world);
    world_close(world);
    return code;
}

const struct command command_chat = {"chat", "[--channel KIND] [--from NUMBER] [--lang KEY] [--json]",
                                     "talks with you here as it would with an owner", run};
