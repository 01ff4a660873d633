#include "gateway/sample.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/form.h"
#include "base/mem.h"
#include "gateway/cli.h"
#include "gateway/clock.h"
#include "gateway/sender.h"

#define SCRIPT_BYTES_MAX 65536
#define SIGNED_BYTES_MAX 8192
#define NUMBERS 10000000 /* made-up owners: one of them by chance, so that each run meets somebody new */

struct sample {
    struct event_base *base;
    struct sender *sender;
    const struct channel *channel;
    struct slice script, rest; /* script is owned */
    char from[16], url[64];
    unsigned long sent;
    int64_t now_ms;
    enum error error; /* why it ended early */
    bool fancy;
};

struct parameter {
    const char *name;
    struct slice value;
};

static const struct channel *find_channel(const struct world *world)
{
    for (size_t i = 0; i < world->channel_count; i++) {
        const struct channel *c = &world->channels[i];
        if (strcmp(c->adapter->provider, "twilio") == 0 && c->kind == CHANNEL_SMS && c->sync)
            return c;
    }
    return NULL;
}

/* Signs as Twilio does: the configured URL, then each parameter's name and value by name; `parameters` is in that
 * order. Source: providers.md part 2.2. */
static enum error sign(const struct sample *s, const struct parameter *parameters, size_t count, char *out)
{
    unsigned char mac[SHA1_BYTES];
    struct buf data;
    buf_init(&data, SIGNED_BYTES_MAX);
    buf_addf(&data, "%s/hooks/%s", s->channel->public_url, s->channel->name);
    for (size_t i = 0; i < count; i++) {
        buf_adds(&data, parameters[i].name);
        buf_addslice(&data, parameters[i].value);
    }
    enum error error =
        data.error ? data.error : hmac_sha1(slice_of(channel_setting(s->channel, "auth_token")), buf_slice(&data), mac);
    buf_release(&data);
    if (!error)
        base64_encode(mac, sizeof(mac), out);
    return error;
}

static void say(const struct sample *s, const char *who, const char *colour, struct slice text)
{
    struct slice line;
    bool first = true;
    while (slice_cut(&text, '\n', &line)) {
        printf("  %s%-7s%s %.*s\n", s->fancy ? colour : "", first ? who : "", s->fancy ? "\033[0m" : "", (int)line.len,
               line.ptr ? line.ptr : "");
        first = false;
    }
    fflush(stdout);
}

/* Undoes the three escapes that TwiML's text has, in place. */
static struct slice unescape(char *text, size_t len)
{
    static const struct {
        const char *escape;
        char c;
    } rows[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
    size_t to = 0;
    for (size_t at = 0; at < len;) {
        size_t row = 0;
        while (row < 3 && !slice_starts((struct slice){text + at, len - at}, rows[row].escape))
            row++;
        at += row < 3 ? strlen(rows[row].escape) : 1;
        text[to++] = row < 3 ? rows[row].c : text[at - 1];
    }
    return (struct slice){text, to};
}

/* Prints what stands between <Message> and </Message>, each time. Returns false when the body is no TwiML. */
static bool print_twiml(const struct sample *s, struct slice body)
{
    static const char open[] = "<Message>", close[] = "</Message>";
    char *copy = mem_copy(body.ptr, body.len), *at = copy;
    bool twiml = copy && strstr(copy, "<Response");
    if (twiml && !strstr(copy, open))
        say(s, "", "", SLICE("(no reply)"));
    while (twiml && (at = strstr(at, open))) {
        char *end = strstr(at += sizeof(open) - 1, close);
        if (!end)
            break;
        say(s, "Chaski", "\033[36m", unescape(at, (size_t)(end - at)));
        at = end + sizeof(close) - 1;
    }
    mem_free(copy);
    return twiml;
}

static void send_next(struct sample *s);

static void end(struct sample *s, enum error error)
{
    s->error = error;
    event_base_loopbreak(s->base);
}

static void on_answer(void *ctx, const struct sender_answer *answer)
{
    struct sample *s = ctx;
    if (answer->fate != SENDER_ANSWERED || answer->status != 200 || !print_twiml(s, answer->body)) {
        fprintf(stderr, "chaski serve: the sample's webhook answered %d %s\n", answer->status, answer->trouble);
        end(s, ERR_UNAVAILABLE);
        return;
    }
    printf("\n");
    send_next(s);
}

static enum error post(struct sample *s, struct slice text)
{
    char sid[40], signature[BASE64_SIZE(SHA1_BYTES)], header[64 + sizeof(signature)];
    snprintf(sid, sizeof(sid), "SM%016llx%016lx", (unsigned long long)s->now_ms, ++s->sent);
    const struct parameter parameters[] = {
        {"AccountSid", slice_of(channel_setting(s->channel, "account_sid"))},
        {"ApiVersion", SLICE("2010-04-01")},
        {"Body", text},
        {"From", slice_of(s->from)},
        {"FromCountry", SLICE("PE")},
        {"MessageSid", slice_of(sid)},
        {"NumMedia", SLICE("0")},
        {"NumSegments", SLICE("1")},
        {"SmsMessageSid", slice_of(sid)},
        {"SmsSid", slice_of(sid)},
        {"SmsStatus", SLICE("received")},
        {"To", slice_of(channel_setting(s->channel, "from"))},
    };
    size_t count = sizeof(parameters) / sizeof(parameters[0]);
    struct buf body;
    buf_init(&body, SIGNED_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buf_addf(&body, "%s%s=", i ? "&" : "", parameters[i].name);
        form_encode(parameters[i].value, &body);
    }
    enum error error = body.error ? body.error : sign(s, parameters, count, signature);
    snprintf(header, sizeof(header), "X-Twilio-Signature: %s", signature);
    const struct http_call call = {
        .method = METHOD_POST,
        .url = s->url,
        .headers = {"Content-Type: application/x-www-form-urlencoded; charset=UTF-8", "User-Agent: TwilioProxy/1.1",
                    header},
        .header_count = 3,
        .body = buf_slice(&body),
    };
    if (!error)
        error = sender_call(s->sender, &call, on_answer, s);
    buf_release(&body);
    return error;
}

static void send_next(struct sample *s)
{
    struct slice line;
    while (slice_cut(&s->rest, '\n', &line)) {
        line = slice_trim(line);
        if (!line.len || line.ptr[0] == '#')
            continue;
        say(s, "Owner", "\033[33m", line);
        enum error error = post(s, line);
        if (error)
            end(s, error);
        return;
    }
    end(s, OK);
}

/* Finds whom to text and reads what. */
static enum error prepare(struct sample *s, const struct world *world, int port, struct faults *faults)
{
    uint32_t chance;
    s->channel = find_channel(world);
    if (!s->channel || !port) {
        faults_add(faults, "", 0, 0,
                   "--sample needs a twilio channel with `reply: sync` and a TCP address in `listen`");
        return ERR_NOT_FOUND;
    }
    enum error error = cli_read_file(SAMPLE_SCRIPT, SCRIPT_BYTES_MAX, &s->script);
    if (error) {
        faults_add(faults, SAMPLE_SCRIPT, 0, 0,
                   "the sample's script cannot be read (%s): start chaski in its own folder", error_text(error));
        return error;
    }
    s->rest = s->script;
    s->now_ms = clock_ms();
    s->fancy = cli_is_fancy(stdout);
    random_bytes((unsigned char *)&chance, sizeof(chance));
    snprintf(s->from, sizeof(s->from), "+5190%07u", chance % NUMBERS);
    snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/hooks/%.32s", port, s->channel->name);
    s->base = event_base_new();
    s->sender = s->base ? sender_new(s->base) : NULL;
    return s->sender ? OK : ERR_NOMEM;
}

static void tell_what_to_try(const struct world *world, int port)
{
    for (size_t i = 0; i < world->channel_count; i++)
        if (strcmp(world->channels[i].adapter->provider, "simulator") == 0)
            printf("Try it yourself, in another terminal:\n"
                   "  curl -s http://127.0.0.1:%d/hooks/%s -H 'Content-Type: application/json' \\\n"
                   "    -d '{\"from\":\"+51987654321\",\"text\":\"hola\"}'\n",
                   port, world->channels[i].name);
    printf("  build/chaski chat                    talk with it here\n"
           "  build/chaski chat --channel ussd     as a feature phone sees it\n"
           "  curl -s http://127.0.0.1:%d/metrics  what it counts\n",
           port);
    fflush(stdout);
}

enum error sample_play(const struct world *world, int port, struct faults *faults)
{
    struct sample s = {0};
    enum error error = prepare(&s, world, port, faults);
    if (!error) {
        printf("A made-up owner, %s, texts /hooks/%s as Twilio would (signed):\n\n", s.from, s.channel->name);
        send_next(&s);
        if (!s.error)
            event_base_dispatch(s.base);
        error = s.error;
    }
    if (!error)
        tell_what_to_try(world, port);
    sender_free(s.sender);
    if (s.base)
        event_base_free(s.base);
    mem_free((char *)s.script.ptr);
    return error;
}
