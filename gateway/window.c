#include "gateway/window.h"

#include <ctype.h>
#include <stdio.h>

#include "base/utf8.h"
#include "dialog/template_name.h"
#include "gateway/limits.h"

#define NOTHING "-" /* what stands for nothing: the provider refuses an empty parameter */

static const char *const settings[WINDOW_WORDS] = {
    [WINDOW_ANSWER] = "answer_template",
    [WINDOW_TRAINING] = "training_template",
    [WINDOW_REMINDER] = "reminder_template",
};

static const char *const params[WINDOW_PARAMS] = {
    [WINDOW_TEXT] = "text",   [WINDOW_TITLE] = "title", [WINDOW_WHEN] = "when",
    [WINDOW_WHERE] = "where", [WINDOW_CODE] = "code",
};

int64_t window_until_ms(const struct channel *channel, int64_t inbound_ms)
{
    if (channel->kind != CHANNEL_WHATSAPP)
        return WINDOW_NONE;
    return inbound_ms ? inbound_ms + LIMIT_DAY_MS - LIMIT_WINDOW_MARGIN_MS : 0;
}

const char *window_setting(enum window_words words)
{
    return settings[words];
}

/* A template's setting, cut into its words. */
struct reading {
    struct slice name;
    enum window_param params[TEMPLATE_PARAMS_MAX];
    size_t count;
    struct slice unknown; /* the first word that nothing stands for */
    bool many;            /* more than a template can have */
};

static bool find_param(enum window_words words, struct slice name, enum window_param *out)
{
    const size_t count = words == WINDOW_ANSWER ? 1 : WINDOW_PARAMS;
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, params[i])) {
            *out = (enum window_param)i;
            return true;
        }
    }
    return false;
}

static void read_setting(const char *value, enum window_words words, struct reading *out)
{
    struct slice rest = slice_trim(slice_of(value)), word;
    *out = (struct reading){0};
    if (!slice_cut(&rest, ' ', &out->name))
        return;
    while (slice_cut(&rest, ' ', &word)) {
        enum window_param param = WINDOW_TEXT;
        if (!word.len)
            continue;
        if (!find_param(words, word, &param))
            out->unknown = out->unknown.len ? out->unknown : word;
        else if (out->count == TEMPLATE_PARAMS_MAX)
            out->many = true;
        else
            out->params[out->count++] = param;
    }
    if (!out->count)
        out->params[out->count++] = WINDOW_TEXT;
}

/* The setting that counts: a reminder's own, or that of trainings. */
static const char *value_of(const struct channel *channel, enum window_words words)
{
    const char *own = channel_setting(channel, settings[words]);
    return words == WINDOW_REMINDER && !own[0] ? channel_setting(channel, settings[WINDOW_TRAINING]) : own;
}

static bool can_send(const struct channel *channel, struct slice name)
{
    const struct message_template named = {.name = name};
    return channel->kind == CHANNEL_WHATSAPP && channel->adapter->sends_template &&
           channel->adapter->sends_template(channel, &named);
}

bool window_has(const struct channel *channel, enum window_words words)
{
    struct reading read;
    read_setting(value_of(channel, words), words, &read);
    return read.name.len && can_send(channel, read.name);
}

bool window_fault(const struct channel *channel, enum window_words words, char *out, size_t size)
{
    const char *value = channel_setting(channel, settings[words]);
    struct reading read;
    read_setting(value, words, &read);
    if (!value[0])
        return false;
    if (channel->kind != CHANNEL_WHATSAPP)
        snprintf(out, size, "only WhatsApp has templates: leave it out");
    else if (!template_is_name(read.name))
        snprintf(out, size, "it begins with '%.*s': write the template's name, small letters, digits and _",
                 (int)read.name.len, read.name.ptr);
    else if (read.unknown.len)
        snprintf(out, size, "nothing stands for '%.*s': its parameters may be %s", (int)read.unknown.len,
                 read.unknown.ptr, words == WINDOW_ANSWER ? "text" : "text, title, when, where and code");
    else if (read.many)
        snprintf(out, size, "a template has at most %d parameters", TEMPLATE_PARAMS_MAX);
    else if (!template_is_language(slice_of(channel_setting(channel, "template_language"))))
        snprintf(out, size, "template_language must be the language's code at the provider, es or es_PE");
    else if (!can_send(channel, read.name))
        snprintf(out, size, "give its Content SID in the channel's content_sids, as %.*s=HX…", (int)read.name.len,
                 read.name.ptr);
    else
        return false;
    return true;
}

/* Writes a value as a parameter can have it: one line, with one blank where there were several or a line ended. */
static enum error one_line(struct slice text, struct arena *arena, struct slice *out)
{
    const struct slice cut = utf8_prefix(text, WINDOW_TEXT_CHARS);
    char *line = arena_bytes(arena, cut.len + 1);
    size_t len = 0;
    if (!line)
        return ERR_NOMEM;
    for (size_t i = 0; i < cut.len; i++) {
        if (!isspace((unsigned char)cut.ptr[i]))
            line[len++] = cut.ptr[i];
        else if (len && line[len - 1] != ' ')
            line[len++] = ' ';
    }
    *out = slice_trim((struct slice){line, len});
    if (!out->len)
        *out = SLICE(NOTHING);
    return OK;
}

enum error window_template(const struct channel *channel, enum window_words words,
                           const struct slice values[WINDOW_PARAMS], struct arena *arena,
                           const struct message_template **out)
{
    struct message_template *made = arena_alloc(arena, sizeof(*made));
    struct reading read;
    enum error error = made ? OK : ERR_NOMEM;
    if (error || !window_has(channel, words)) {
        *out = NULL;
        return error;
    }
    read_setting(value_of(channel, words), words, &read);
    made->name = read.name;
    made->language = slice_of(channel_setting(channel, "template_language"));
    for (size_t i = 0; i < read.count && !error; i++)
        error = one_line(values[read.params[i]], arena, &made->params[made->param_count++]);
    *out = error ? NULL : made;
    return error;
}
