/* Previews: what is answered. */
#include <stdio.h>

#include "base/civil.h"
#include "gateway/api_preview_parts.h"

#define FAULTS_SHOWN 16384 /* bytes, beyond which no further ones are told */

/* Tells whether an earlier fault says the same: channels are checked one by one, and share what they say of texts. */
static bool was_told(const struct faults *faults, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(faults->items[i].file, faults->items[at].file) == 0 &&
            strcmp(faults->items[i].text, faults->items[at].text) == 0)
            return true;
    return false;
}

void preview_put_faults(const struct faults *faults, struct buf *out)
{
    const size_t start = out->len;
    for (size_t i = 0; i < faults->count && out->len - start < FAULTS_SHOWN; i++) {
        if (was_told(faults, i))
            continue;
        buf_adds(out, i ? ",{" : "{");
        api_put_text(out, "field", slice_of(faults->items[i].file));
        api_put_text(out, "rule", slice_of(faults->items[i].text));
        buf_addc(out, '}');
    }
}

static void put_whole(struct buf *out, const char *name, uint64_t number)
{
    json_put_name(out, name);
    buf_addi(out, (int64_t)number);
}

static void put_truth(struct buf *out, const char *name, bool truth)
{
    json_put_name(out, name);
    buf_adds(out, truth ? "true" : "false");
}

static void put_cost(struct buf *out, int64_t price)
{
    if (price == PRICE_UNKNOWN)
        return;
    json_put_name(out, "cost");
    buf_addf(out, "%lld.%04lld", (long long)(price / PRICE_ONE), (long long)(price % PRICE_ONE));
}

static void put_template(struct buf *out, const struct message_template *template)
{
    api_put_text(out, "template", template->name);
    json_put_strings(out, "params", template->params, template->param_count);
}

static void put_sample(struct buf *out, const struct preview_sample *sample, bool sms)
{
    buf_addc(out, '{');
    api_put_text(out, "which", slice_of(sample->which));
    api_put_text(out, "language", sample->language);
    api_put_text(out, "goes_as", slice_of(sample->open ? "words" : "template"));
    api_put_text(out, "text", sample->said.message.text);
    if (sample->said.message.template)
        put_template(out, sample->said.message.template);
    if (sms) {
        api_put_text(out, "encoding", slice_of(sms_encoding_name(sample->said.size.encoding)));
        put_whole(out, "units", sample->said.size.units);
    }
    put_whole(out, "segments", sample->said.segments);
    put_truth(out, "shortened", sample->said.shortened);
    put_cost(out, sample->price);
    buf_addc(out, '}');
}

static void put_letter(struct buf *out, const struct letter *letter)
{
    struct buf words;
    buf_init(&words, 1024);
    letter_explain(letter, &words);
    buf_addc(out, '{');
    api_put_text(out, "letter", slice_of(letter->text));
    api_put_text(out, "effect", slice_of(letter_effect_name(letter->effect)));
    api_put_text(out, "instead", slice_of(letter->instead));
    put_whole(out, "segments", letter->segments);
    put_whole(out, "segments_then", letter->segments_then);
    api_put_text(out, "means", buf_slice(&words));
    buf_addc(out, '}');
    out->error = out->error ? out->error : words.error;
    buf_release(&words);
}

static void put_channel(struct buf *out, const struct preview_channel *c)
{
    const bool sms = c->channel->kind == CHANNEL_SMS;
    buf_addc(out, '{');
    api_put_text(out, "channel", slice_of(c->channel->name));
    api_put_text(out, "kind", slice_of(sms ? "sms" : "whatsapp"));
    put_whole(out, "people", c->people);
    put_whole(out, "templates", c->templates);
    put_whole(out, "segments", c->segments);
    put_whole(out, "shortened", c->shortened);
    put_cost(out, c->price);
    if (c->channel->rate > 0) {
        json_put_name(out, "rate");
        buf_addf(out, "%g", c->channel->rate);
    }
    if (c->begins_ms != LIMIT_NEVER)
        api_put_time(out, "begins_at", c->begins_ms);
    if (c->ends_ms != LIMIT_NEVER)
        api_put_time(out, "ends_at", c->ends_ms);
    put_whole(out, "missed", c->missed);
    json_put_name(out, "samples");
    buf_addc(out, '[');
    for (size_t i = 0; i < c->sample_count; i++) {
        buf_adds(out, i ? "," : "");
        put_sample(out, &c->samples[i], sms);
    }
    buf_adds(out, "],\"letters\":[");
    for (size_t i = 0; i < c->letter_count; i++) {
        buf_adds(out, i ? "," : "");
        put_letter(out, &c->letters[i]);
    }
    buf_adds(out, "]}");
}

/* Adds whom the audience's own count excludes: they were not looked at. */
static void add_excluded(const struct previewing *p, struct preview_result *r)
{
    static const enum preview_reason as[AUDIENCE_REASONS] = {[AUDIENCE_OPTED_OUT] = PREVIEW_OPTED_OUT,
                                                             [AUDIENCE_NEVER_WROTE] = PREVIEW_NEVER_WROTE,
                                                             [AUDIENCE_NOT_CONFIRMED] = PREVIEW_NOT_CONFIRMED,
                                                             [AUDIENCE_NO_CONSENT] = PREVIEW_NO_CONSENT,
                                                             [AUDIENCE_NO_CHANNEL] = PREVIEW_NO_CHANNEL,
                                                             [AUDIENCE_NO_WINDOW] = PREVIEW_NO_WINDOW};
    for (size_t i = 0; i < AUDIENCE_REASONS; i++) {
        r->excluded[as[i]] += p->count.excluded[i];
        r->people += p->count.excluded[i];
    }
}

static void put_excluded(struct buf *out, const struct preview_result *r)
{
    bool first = true;
    json_put_name(out, "excluded");
    buf_addc(out, '[');
    for (int reason = 0; reason < PREVIEW_REASONS; reason++) {
        if (!r->excluded[reason])
            continue;
        buf_adds(out, first ? "{" : ",{");
        api_put_text(out, "reason", slice_of(preview_reason_name((enum preview_reason)reason)));
        put_whole(out, "people", r->excluded[reason]);
        buf_addc(out, '}');
        first = false;
    }
    buf_addc(out, ']');
}

/* What all channels cost; those that nobody gets it on have no say. */
static int64_t cost_of(const struct preview_result *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->channel_count; i++) {
        const struct preview_channel *c = &r->channels[i];
        if (c->people && c->price == PRICE_UNKNOWN)
            return PRICE_UNKNOWN;
        sum += c->people ? c->price : 0;
    }
    return sum;
}

/* Tells of a channel that is not through when nobody more gets it. */
static void advise_until(const struct preview_channel *c, struct faults *advice)
{
    char when[64] = "not within ten years";
    const struct civil end = civil_from_ms(c->ends_ms, LIMA_OFFSET_S);
    if (!c->missed)
        return;
    if (c->ends_ms != LIMIT_NEVER)
        snprintf(when, sizeof(when), "on %04d-%02d-%02d at %02d:%02d (Lima)", end.year, end.month, end.day, end.hour,
                 end.minute);
    faults_add(advice, "until_at", 0, 0,
               "channel %s would be through %s, and about %llu of its %llu people would get nothing: set it later, "
               "start earlier, raise the channel's rate, or send it to fewer",
               c->channel->name, when, (unsigned long long)c->missed, (unsigned long long)c->people);
}

static enum error put_advice(struct buf *out, const struct previewing *p, const struct preview_result *r)
{
    struct faults advice;
    enum error error = OK;
    faults_init(&advice);
    for (size_t i = 0; i < p->channel_count && !error; i++)
        error = notice_advise(&p->notice, p->channels[i], &advice);
    for (size_t i = 0; i < r->channel_count; i++)
        advise_until(&r->channels[i], &advice);
    json_put_name(out, "advice");
    buf_addc(out, '[');
    preview_put_faults(&advice, out);
    buf_addc(out, ']');
    faults_release(&advice);
    return error;
}

void preview_answer(struct api_call *call)
{
    struct previewing *p = call->own;
    struct preview_result *r = arena_alloc(call->arena, sizeof(*r));
    uint64_t recipients = 0;
    struct buf body;
    if (!r || preview_finish(p->preview, p->people, r)) {
        api_unavailable(call);
        return;
    }
    for (size_t i = 0; i < r->channel_count; i++)
        recipients += r->channels[i].people;
    add_excluded(p, r);
    buf_init(&body, API_TEXT_MAX);
    buf_addc(&body, '{');
    put_whole(&body, "people", r->people);
    put_whole(&body, "recipients", recipients);
    put_whole(&body, "looked_at", r->looked_at);
    api_put_text(&body, "basis", slice_of(preview_basis_name(r->basis)));
    api_put_text(&body, "currency", slice_of(call->api->world->config->currency));
    put_cost(&body, cost_of(r));
    if (p->query)
        api_put_query_auc(&body, call->api->world->mind.engine, p->query);
    json_put_name(&body, "channels");
    buf_addc(&body, '[');
    for (size_t i = 0; i < r->channel_count; i++) {
        buf_adds(&body, i ? "," : "");
        put_channel(&body, &r->channels[i]);
    }
    buf_addc(&body, ']');
    put_excluded(&body, r);
    if (put_advice(&body, p, r))
        body.error = ERR_NOMEM;
    buf_adds(&body, "}\n");
    api_answer(call, &body);
}
