/* Who works in a business, the owner included: "yo solo", "mi esposo y yo", "dos chicos me ayudan", "10 en
 * planilla". */
#include <stdio.h>

#include "dialog/quantity.h"
#include "dialog/recognise_types.h"

#define LOOSE 0.8       /* of a quantity: below it, ask back */
#define MANY 500        /* above this, ask again */
#define ADDED_TOKENS 4  /* between all of them and who is added: "somos 4 de la familia y un empleado" */
#define GUESS_TOKENS 4  /* between the owner and a number: "yo y creo que como 8" */
#define TRADE_LETTERS 6 /* shorter words end so by chance */

/* What has been counted so far. */
struct headcount {
    int64_t low, high; /* hundredths, without the owner unless `total` */
    bool any;
    bool total; /* the owner is in it */
    size_t total_end; /* the token behind what counted it */
    double confidence;
};

/* Tells whether a word is the plural of a helper: without its ending it is one. */
static bool is_plural(const struct lexicon *lexicon, const struct token *token)
{
    const struct ending_list *plurals = &lexicon->endings.lists[ENDINGS_PLURAL];
    for (size_t i = 0; i < plurals->count && token->text.len > 4; i++) {
        size_t cut = plurals->items[i].len;
        struct token singular = *token;
        struct fits fits;
        if (token->text.len <= cut || !slice_ends(token->text, plurals->items[i]))
            continue;
        singular.text.len = token->text.len - cut;
        singular.sound.len = token->sound.len > cut ? token->sound.len - cut : 0;
        singular.stem = stem_of(lexicon, singular.sound);
        singular.known = lexicon_known(lexicon, singular.text);
        lexicon_look(lexicon, &singular, &fits);
        if (token_is(&singular, WORDS_HELPERS) || token_is(&singular, WORDS_ADDRESSED))
            return true;
    }
    return false;
}

static bool is_helper(const struct lexicon *lexicon, const struct token *token, bool *plural)
{
    *plural = token->kind == TOKEN_WORD && is_plural(lexicon, token);
    return *plural ||
           (token->kind == TOKEN_WORD && (token_is(token, WORDS_HELPERS) || token_is(token, WORDS_ADDRESSED)));
}

/* Tells from its ending that a word is what somebody does: "cosedoras", "barberos", "manicurista". */
static bool is_trade(const struct lexicon *lexicon, const struct token *token)
{
    const struct ending_list *plurals = &lexicon->endings.lists[ENDINGS_PLURAL];
    if (token->kind != TOKEN_WORD || token->text.len < TRADE_LETTERS || token_is(token, WORDS_NOT_TRADES))
        return false;
    bool trade = ends_as(lexicon, ENDINGS_TRADE, token->sound, NULL);
    for (size_t i = 0; !trade && i < plurals->count; i++)
        trade = slice_ends(token->sound, plurals->items[i]) &&
                ends_as(lexicon, ENDINGS_TRADE, slice_part(token->sound, 0, token->sound.len - plurals->items[i].len),
                        NULL);
    return trade;
}

static void count_in(struct headcount *heads, int64_t low, int64_t high, double confidence)
{
    heads->low += low;
    heads->high += high;
    heads->any = true;
    if (confidence < heads->confidence)
        heads->confidence = confidence;
}

/* Tells whether a number follows the owner: "yo y 2 mas", "yo y unas cinco personas". */
static bool follows_owner(const struct lexed *lexed, size_t number)
{
    size_t at = number;
    while (at > 0 && number - at < GUESS_TOKENS && token_is(&lexed->tokens[at - 1], WORDS_GUESSING))
        at--;
    return token_is(token_before(lexed, at, 1), WORDS_PLUS_PEOPLE) && token_is(token_before(lexed, at, 2), WORDS_OWNER);
}

/* Tells whether a bare number stands beside the owner: "yo y 2 mas", "3 y yo". */
static bool stands_beside_owner(const struct lexed *lexed, const struct quantity *quantity)
{
    bool before = follows_owner(lexed, quantity->first);
    size_t next = quantity->end + token_is(token_at(lexed, quantity->end), WORDS_MORE);
    const struct token *joint = token_at(lexed, next), *who = token_at(lexed, next + 1);
    const struct token *right_behind = token_at(lexed, quantity->end);
    bool and_i =
        token_is(right_behind, WORDS_PLUS_PEOPLE) && token_is(token_at(lexed, quantity->end + 1), WORDS_MYSELF);
    return before || and_i ||
           (token_is(joint, WORDS_PLUS_PEOPLE) &&
            (token_is(who, WORDS_MYSELF) || (token_is(who, WORDS_MY) && !token_is(joint, WORDS_WITH_PEOPLE) &&
                                             token_is(token_at(lexed, next + 2), WORDS_PERSON))));
}

/* Finds where a message says that somebody helps ("me ayuda"). Returns false when it does not. */
static bool find_helping(const struct lexed *lexed, size_t *at)
{
    struct row_match match;
    if (!lexicon_find(TABLE_HELPING, 0, lexed, &match))
        return false;
    *at = match.first;
    return true;
}

/* Tells whether a counted noun helps, whatever it is: "2 chibolos que me ayudan". */
static bool is_said_to_help(const struct lexed *lexed, const struct quantity *quantity)
{
    size_t helping;
    return quantity->kind == QUANTITY_COUNT && find_helping(lexed, &helping) &&
           (helping == quantity->end ||
            (helping == quantity->end + 1 && token_is(token_at(lexed, quantity->end), WORDS_QUESTIONS)));
}

/* Tells how sure a word of no helper names one by where it stands: before "me ayuda" ("mi flaca me ayuda"), or beside
 * another of mine ("mi viejo y mi hermano"). 0 when it does not. */
static double named_by_place(const struct lexed *lexed, size_t i)
{
    const struct token *token = token_at(lexed, i), *after = token_at(lexed, i + 1);
    bool mine = token->kind == TOKEN_WORD && token_is(token_before(lexed, i, 1), WORDS_MY);
    size_t helping;
    bool others = token_is(token, WORDS_PERSON) || token_is(token, WORDS_WORKS_IN) || token_is(token, WORDS_CUSTOMERS);
    if (!mine || others) /* "mi familia me apoya" */
        return 0;
    if (find_helping(lexed, &helping) && (helping == i + 1 || (helping == i + 2 && token_is(after, WORDS_QUESTIONS))))
        return 0.8;
    bool links_behind = token_is(after, WORDS_AND) || after->pause;
    const struct token *link = token_before(lexed, i, 2);
    return (links_behind && token_is(token_at(lexed, i + 2), WORDS_MY)) ||
                   ((token_is(link, WORDS_AND) || link->pause) && token_is(token_before(lexed, i, 4), WORDS_MY))
               ? 0.7
               : 0;
}

/* Tells whether a number comes behind somebody named: "mi compadre y dos mas". */
static bool follows_helper(const struct lexed *lexed, const struct quantity *quantity)
{
    bool plural;
    return quantity->first >= 2 && token_is(token_before(lexed, quantity->first, 1), WORDS_PLUS_PEOPLE) &&
           is_helper(lexed->lexicon, token_before(lexed, quantity->first, 2), &plural) && !plural;
}

/* Tells whether another number follows: "dos en cocina y uno en caja" are not two. */
static bool more_follow(const struct lexed *lexed, size_t from)
{
    for (size_t i = from; i < lexed->count; i++)
        if (lexed->tokens[i].kind == TOKEN_NUMBER)
            return true;
    return false;
}

/* Tells whether one more is named behind all that were counted, who may be one of them: "somos 2 hermanos y mi papa",
 * "somos 4 de la familia y un empleado". */
static bool one_more_follows(const struct lexed *lexed, size_t end)
{
    for (size_t i = end; i < end + ADDED_TOKENS && i + 2 < lexed->count; i++) {
        bool plural;
        const struct token *before = token_at(lexed, i + 1);
        bool one = token_is(before, WORDS_MY) || (before->kind == TOKEN_NUMBER && before->style == NUMBER_ARTICLE);
        if (lexed->tokens[i].pause)
            return false;
        if (token_is(&lexed->tokens[i], WORDS_AND))
            return one && is_helper(lexed->lexicon, token_at(lexed, i + 2), &plural);
    }
    return false;
}

/* Tells whether people are added to all that were counted before: "somos 2 hermanos y 3 ayudantes". What was told
 * between takes the total apart: "somos 4, 2 hermanos y 2 primos". */
static bool adds_to_total(const struct lexed *lexed, const struct quantity *quantity, const struct headcount *heads)
{
    bool plural;
    if (quantity->first <= heads->total_end || quantity->first - heads->total_end > ADDED_TOKENS ||
        !token_is(token_before(lexed, quantity->first, 1), WORDS_AND))
        return false;
    for (size_t i = heads->total_end; i + 1 < quantity->first; i++) {
        const struct token *token = token_at(lexed, i);
        if (token->kind != TOKEN_WORD || token->pause || is_helper(lexed->lexicon, token, &plural))
            return false;
    }
    return true;
}

/* Tells whether a number is the age of somebody named: "mi hija de 15". */
static bool is_age(const struct lexed *lexed, const struct quantity *quantity)
{
    bool plural;
    return quantity->kind == QUANTITY_BARE && token_is(token_before(lexed, quantity->first, 1), WORDS_OF) &&
           quantity->first >= 2 && is_helper(lexed->lexicon, token_before(lexed, quantity->first, 2), &plural);
}

/* Adds what a number counts: people with the owner, people besides, or nothing that matters here. */
static void count_quantity(const struct lexed *lexed, const struct quantity *quantity, struct headcount *heads)
{
    const struct token *noun = token_at(lexed, quantity->end - 1);
    const struct token *after = token_at(lexed, quantity->end), *second = token_at(lexed, quantity->end + 1);
    bool plural, of_things = quantity->kind == QUANTITY_COUNT;
    bool hired =
        (of_things && token_is(noun, WORDS_HIRED)) || token_is(after, WORDS_HIRED) || token_is(second, WORDS_HIRED);
    bool members = of_things && token_is(noun, WORDS_MEMBERS);
    bool helpers = of_things && !members &&
                   (is_helper(lexed->lexicon, noun, &plural) || is_trade(lexed->lexicon, noun) ||
                    is_said_to_help(lexed, quantity));
    bool said_to_help = lexicon_has(TABLE_HELPS, lexed);
    bool beside = stands_beside_owner(lexed, quantity) || follows_helper(lexed, quantity);
    bool besides_me = lexicon_has(TABLE_BESIDES_ME, lexed);
    bool mine = helpers && token_is(token_before(lexed, quantity->first, 1), WORDS_BEFORE_HELPER); /* "mis 2 hijos" */
    bool total = !besides_me && !mine && lexicon_has(TABLE_IN_TOTAL, lexed);
    if (is_age(lexed, quantity))
        return;
    if (total && heads->any && token_is(token_before(lexed, quantity->first, 1), WORDS_WE_ARE)) {
        *heads = (struct headcount){quantity->low, quantity->high, true, true, quantity->end, 0.85};
        return; /* "se fueron 2, quedamos 3" */
    }
    if (of_things && !hired && !members && !helpers && follows_helper(lexed, quantity) && !quantity->past) {
        count_in(heads, quantity->low, quantity->high, 0.6); /* "mi hermano y dos oficiales" */
        return;
    }
    if (quantity->kind == QUANTITY_MONEY || quantity->past ||
        (of_things && !hired && !members && !helpers && !besides_me && !total))
        return;
    bool partners = of_things && token_is(noun, WORDS_PARTNERS); /* the owner may be one of them, or not all of it */
    if (total && !beside && !heads->total) {
        bool and_more = one_more_follows(lexed, quantity->end);
        double confidence = and_more ? 0.5 : partners ? 0.7 : 0.9;
        *heads = (struct headcount){quantity->low, quantity->high, true, true, quantity->end, confidence};
    } else if (heads->total) {
        if ((hired || helpers) && adds_to_total(lexed, quantity, heads))
            count_in(heads, quantity->low, quantity->high, 0.85);
    } else if (hired || helpers || said_to_help || beside || heads->any) {
        count_in(heads, quantity->low, quantity->high, partners ? 0.7 : members ? 0.8 : 0.85);
    } else {
        double confidence = more_follow(lexed, quantity->end) ? 0.6 : members ? 0.8 : 0.85;
        *heads = (struct headcount){quantity->low, quantity->high, true, true, quantity->end, confidence};
    }
}

/* Adds the people named one by one: "mi mama, mi hermana y yo". */
static void count_named(const struct lexed *lexed, struct headcount *heads)
{
    for (size_t i = 0; i < lexed->count && !heads->total; i++) {
        const struct token *token = token_at(lexed, i), *before = token_before(lexed, i, 1);
        bool plural, owner = token_is(token, WORDS_PERSON) && token_is(before, WORDS_MY);
        bool counted = before->kind == TOKEN_NUMBER && before->style != NUMBER_ARTICLE;
        bool title = before->kind == TOKEN_WORD &&
                     (token_is(before, WORDS_TITLES) || token_is(before, WORDS_ADDRESSED));
        bool same =
            i > 0 && title && is_helper(lexed->lexicon, token, &plural); /* "mi senora esposa", "mi maestro mecanico" */
        bool trade = before->kind == TOKEN_NUMBER && !counted && is_trade(lexed->lexicon, token); /* "un contador" */
        double by_place = is_helper(lexed->lexicon, token, &plural) ? 0 : named_by_place(lexed, i);
        if (by_place > 0)
            count_in(heads, 100, 100, by_place);
        if (owner || counted || same || (!is_helper(lexed->lexicon, token, &plural) && !trade))
            continue;
        bool introduced = token_is(before, WORDS_BEFORE_HELPER);
        const struct token *link = token_before(lexed, i, 2); /* "10 ademas de mi, amigo", or a friend of mine? */
        bool perhaps = introduced && heads->any && token_is(token, WORDS_ADDRESSED) && !link->pause &&
                       !token_is(link, WORDS_PLUS_PEOPLE);
        if (plural && token_is(token, WORDS_COUPLES) && introduced)
            count_in(heads, 200, 200, 0.8);
        else if (plural && introduced)
            count_in(heads, 200, 200, 0.5);
        else if (!plural && (trade || introduced || token_is(token, WORDS_HELPERS)))
            count_in(heads, 100, 100, perhaps ? 0.6 : 0.85);
    }
}

/* Tells whether somebody is added who is not named: "9 costureras mas la que remata". */
static bool adds_unnamed(const struct lexed *lexed)
{
    for (size_t i = 0; i + 2 < lexed->count; i++)
        if (token_is(&lexed->tokens[i], WORDS_PLUS_PEOPLE) && token_is(&lexed->tokens[i + 1], WORDS_BEFORE_HELPER) &&
            token_is(&lexed->tokens[i + 2], WORDS_QUESTIONS))
            return true;
    return false;
}

static enum error write_heads(const struct headcount *heads, struct recognised *out)
{
    int64_t owner = heads->total ? 0 : 100;
    int64_t low = (heads->low + owner) / 100, high = (heads->high + owner) / 100;
    bool odd = heads->low % 100 != 0 || heads->high % 100 != 0;
    if (odd)
        return ERR_NOT_FOUND;
    out->confidence = heads->confidence;
    if (high > MANY)
        out->confidence = 0.5;
    if (low == 0)
        low = 1;
    if (high < low)
        high = low;
    if (low == high)
        snprintf(out->value, sizeof out->value, "%lld", (long long)low);
    else
        snprintf(out->value, sizeof out->value, "%lld..%lld", (long long)low, (long long)high);
    return OK;
}

enum error recognise_workers(const struct reading *reading, struct recognised *out)
{
    const struct lexed *lexed = reading->lexed;
    struct headcount heads = {.confidence = 0.9};
    struct quantities all;
    if (recognise_by(TABLE_NOBODY_ELSE, reading, out) == OK) {
        count_named(lexed, &heads);
        if (heads.any && out->confidence > 0.6)
            out->confidence = 0.6; /* "mi esposo nomas me ayuda", "no tengo ayudantes, mi hija a veces" */
        return OK;
    }
    quantities_read(lexed, &all);
    for (size_t i = 0; i < all.count && !all.too_many; i++)
        count_quantity(lexed, &all.items[i], &heads);
    count_named(lexed, &heads);
    if ((lexicon_has(TABLE_SOMETIMES, lexed) || adds_unnamed(lexed)) && heads.confidence > 0.7)
        heads.confidence = 0.7;
    if ((!heads.total && lexicon_has(TABLE_ALONE_AFTER_ALL, lexed)) ||
        (all.count > 0 && quantity_qualified(lexed, all.items[0].end)))
        heads.confidence = 0.5; /* "mi esposo trabaja en otra cosa, yo sola", "4 pero uno se fue" */
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].confidence < LOOSE && heads.confidence > 0.7)
            heads.confidence = 0.7; /* "en campaña 6, normal 3" */
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i].denied && heads.confidence > 0.5)
            heads.confidence = 0.5; /* "no somos 4" */
    if (heads.any)
        return write_heads(&heads, out);
    if (recognise_by(TABLE_ALONE, reading, out) == OK)
        return OK;
    return recognise_by(TABLE_WORKERS_UNKNOWN, reading, out);
}
