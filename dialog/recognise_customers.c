/* How many customers come, and how often: "unos 20 al dia", "5 tiendas me compran", "mis caseros nomas". */
#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define MANY 100000000 /* hundredths: above a million, ask again */

static bool names_customers(const struct lexed *lexed, const struct quantity *quantity)
{
    return quantity->kind == QUANTITY_COUNT && token_is(&lexed->tokens[quantity->end - 1], WORDS_CUSTOMERS);
}

/* Picks the quantity of customers, or the first that could be one. Returns NULL when there is none. */
static const struct quantity *pick(const struct lexed *lexed, const struct quantities *all, double *confidence)
{
    const struct quantity *chosen = NULL;
    size_t possible = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct quantity *item = &all->items[i];
        if (item->kind == QUANTITY_MONEY || item->kind == QUANTITY_FOREIGN || item->priced)
            continue;
        bool better = chosen && !names_customers(lexed, chosen) && names_customers(lexed, item);
        if (!chosen || better)
            chosen = item;
        possible++;
    }
    if (chosen)
        *confidence = possible > 1 ? 0.6 : names_customers(lexed, chosen) ? 0.95 : 0.85;
    return chosen;
}

static bool is_vague(const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count; i++)
        if (lexed->tokens[i].kind == TOKEN_WORD && token_is(&lexed->tokens[i], WORDS_CUSTOMERS))
            return true;
    return false;
}

/* Tells whether a number is there, and be it an article: "un solo comprador" is perhaps one. */
static bool has_number(const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count; i++)
        if (lexed->tokens[i].kind == TOKEN_NUMBER)
            return true;
    return false;
}

/* Reads "un cliente por semana", "una al dia": an article counts where it is said how often. */
static enum error read_one_customer(const struct lexed *lexed, struct recognised *out)
{
    for (size_t i = 0; i + 1 < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i];
        bool named = token_is(&lexed->tokens[i + 1], WORDS_CUSTOMERS);
        struct quantity one = {.kind = QUANTITY_COUNT, .low = 100, .high = 100, .first = i, .end = i + 1 + named};
        if (token->style != NUMBER_ARTICLE || token->kind != TOKEN_NUMBER ||
            !(named || token_is(&lexed->tokens[i + 1], WORDS_PER) || token_is(&lexed->tokens[i + 1], WORDS_EACH) ||
              token_is(&lexed->tokens[i + 1], WORDS_AT)))
            continue;
        out->confidence = 0.85;
        enum period period = quantity_period(lexed, &one, &out->confidence);
        if (period == PERIOD_UNKNOWN && !named)
            return ERR_NOT_FOUND;
        if (period == PERIOD_UNKNOWN)
            out->confidence = 0.7;
        return quantity_write(&one, period, out);
    }
    return ERR_NOT_FOUND;
}

enum error recognise_customers(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct quantities all;
    double confidence = 0;
    quantities_read(lexed, &all);
    const struct quantity *chosen = all.too_many ? NULL : pick(lexed, &all, &confidence);
    if (chosen) {
        struct quantity quantity = *chosen;
        enum period period = quantity_period(lexed, &quantity, &confidence);
        bool in_part = quantity.low % 100 != 0 || quantity.high % 100 != 0;
        if (quantity.high == 0)
            return recognised_set(out, SLICE("0/week"), 0.8);
        confidence *= quantity.confidence * (period == PERIOD_UNKNOWN ? 0.94 : 1.0);
        out->confidence = in_part || quantity.high > MANY ? 0.5 : confidence;
        return quantity_write(&quantity, period, out);
    }
    if (recognise_by(TABLE_NO_CUSTOMERS, reading, out) == OK)
        return OK;
    if (read_one_customer(lexed, out) == OK)
        return OK;
    if (recognise_by(TABLE_CUSTOMERS_UNKNOWN, reading, out) == OK)
        return OK;
    if (!is_vague(lexed) || reading_asks(reading))
        return ERR_NOT_FOUND;
    return recognised_set(out, SLICE("UNKNOWN"), has_number(lexed) ? 0.6 : 0.75);
}
