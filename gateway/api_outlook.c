/* What an outlook comes with, wherever staff see it or choose people by it: how little its models tell. */
#include "gateway/api_parts.h"
#include "gateway/facts.h"
#include "gateway/insight.h"
#include "gateway/query.h"

#define AUC_WORDS 128

struct business api_business_of(const struct facts *facts)
{
    struct business business;
    business_init(&business);
    for (size_t i = 0; i < facts->count; i++)
        if (business_set(&business, facts->list[i].slot, facts->list[i].value))
            continue; /* what the engine cannot read it does without */
    return business;
}

static void put_auc(struct buf *out, const struct engine *engine, const struct business *business)
{
    char room[AUC_WORDS];
    struct buf words;
    buf_init_over(&words, room, sizeof(room), sizeof(room));
    insight_put_auc_words(engine, business, &words);
    api_put_text(out, "auc", buf_slice(&words));
    buf_release(&words);
}

void api_put_auc(struct buf *out, const struct engine *engine, const struct facts *facts)
{
    const struct business business = api_business_of(facts);
    if (facts_value(facts, SLICE(OUTLOOK_SLOT)).len)
        put_auc(out, engine, &business);
}

void api_put_query_auc(struct buf *out, const struct engine *engine, const struct query *query)
{
    struct business nobody;
    business_init(&nobody);
    if (query_reads(query, profile_field(SLICE(OUTLOOK_SLOT))))
        put_auc(out, engine, &nobody);
}

void api_put_query(struct buf *out, const struct api_call *call, const char *name, struct slice text)
{
    struct arena *arena = call->exchange->arena;
    const struct arena_mark mark = arena_mark(arena);
    struct query_fault fault;
    struct query *query;
    api_put_text(out, name, text);
    if (!query_parse(text, arena, &query, &fault)) /* one that is none any more chooses nobody */
        api_put_query_auc(out, call->api->world->mind.engine, query);
    arena_rewind(arena, mark);
}
