#include "dialog/language.h"

#include "base/mem.h"
#include "dialog/language_load.h"

struct languages *languages_new(void)
{
    struct languages *languages = mem_alloc(sizeof(*languages));
    if (!languages)
        return NULL;
    languages->arena = arena_new(LANGUAGES_ARENA_BYTES);
    if (!languages->arena) {
        mem_free(languages);
        return NULL;
    }
    return languages;
}

void languages_free(struct languages *languages)
{
    if (!languages)
        return;
    arena_free(languages->arena);
    mem_free(languages);
}

const struct language *languages_named(const struct languages *languages, struct slice key)
{
    for (size_t i = 0; languages && i < languages->count; i++)
        if (key.len && key.ptr[0] == languages->items[i].key[0] && slice_is(key, languages->items[i].key))
            return &languages->items[i];
    return NULL;
}

enum error languages_add(struct languages *languages, const char *file, struct slice yaml, struct faults *faults)
{
    size_t before = faults->total;
    struct yaml_node *root = NULL;
    if (languages->count == LANGUAGES_MAX || yaml.len > LANGUAGE_FILE_BYTES) {
        faults_add(faults, file, 1, 1, "a language may have %d bytes, and there may be %d of them: remove some",
                   LANGUAGE_FILE_BYTES, LANGUAGES_MAX);
        return ERR_VALUE;
    }
    enum error error = yaml_parse(file, yaml, languages->arena, faults, &root);
    if (error)
        return error == ERR_NOMEM ? error : ERR_VALUE;
    struct slice name = arena_copy(languages->arena, slice_of(file));
    struct language language = {.file = name.ptr};
    if (!name.ptr)
        return ERR_NOMEM;
    if (root)
        error = language_load(languages->arena, root, faults, &language);
    else
        faults_add(faults, file, 1, 1, "the file is empty: a language begins with `language: KEY`");
    const struct language *other = languages_named(languages, slice_of(language.key));
    if (other)
        faults_add(faults, file, 1, 1, "language %s is also in %s: remove one of them", language.key, other->file);
    if (!error && faults->total == before)
        languages->items[languages->count++] = language;
    return error ? error : faults->total == before ? OK : ERR_VALUE;
}

/* A language and those that it is read with, its own words first. */
struct company {
    const struct language_words *words[LANGUAGES_MAX];
    size_t count;
};

static void find_company(const struct languages *languages, const struct language *language, struct faults *faults,
                         struct company *out)
{
    const struct yaml_node *also = language->words->also;
    out->words[0] = language->words;
    out->count = 1;
    if (also && also->kind != YAML_LIST)
        yaml_fault(faults, language->file, also, "`also` must be a list of languages, as [es]");
    for (size_t i = 0; also && also->kind == YAML_LIST && i < also->count && i < LANGUAGES_MAX - 1; i++) {
        const struct language *other = languages_named(languages, also->items[i]->text);
        if (other && other != language)
            out->words[out->count++] = other->words;
        else
            yaml_fault(faults, language->file, also->items[i],
                       "there is no other language '%.*s': add its file, or take it off the list",
                       (int)also->items[i]->text.len, also->items[i]->text.ptr ? also->items[i]->text.ptr : "");
    }
}

/* Adds a fault for each name that the code asks for and no file of the company has. */
static void check_whole(const struct language *language, const struct company *company, struct faults *faults)
{
    for (size_t i = 0; i < WORDS_COUNT + TABLE_COUNT; i++) {
        bool found = false, class = i < WORDS_COUNT;
        for (size_t l = 0; l < company->count; l++)
            found = found ||
                    (class ? company->words[l]->classes[i].ptr != NULL : company->words[l]->has_table[i - WORDS_COUNT]);
        if (!found)
            yaml_fault(faults, language->file, language->words->root,
                       "%s '%s' is missing: add it (docs/languages.md tells what it is), or name in `also` a language "
                       "that has it",
                       class ? "the class of words" : "the table",
                       class ? word_class_name((enum word_class)i) : table_name((enum table)(i - WORDS_COUNT)));
    }
}

enum error languages_finish(struct languages *languages, struct faults *faults)
{
    size_t before = faults->total;
    for (size_t i = 0; i < languages->count; i++) {
        struct language *language = &languages->items[i];
        struct company company;
        find_company(languages, language, faults, &company);
        check_whole(language, &company, faults);
        if (faults->total != before)
            continue;
        enum error error = lexicon_make(languages->arena, company.words, company.count, &language->lexicon);
        if (error == ERR_LIMIT)
            faults_add(faults, language->file, 1, 1,
                       "there are more words and rows than one language may have, with those that it is read with: "
                       "shorten it, or take one off `also`");
        else if (error)
            return error;
    }
    return faults->total == before ? OK : ERR_VALUE;
}

const struct lexicon *languages_lexicon(const struct languages *languages, const char *key)
{
    static const struct lexicon wordless = {.spelt_by_ear = true};
    const struct language *language = languages_named(languages, slice_of(key));
    if (!language && languages && languages->count > 0)
        language = &languages->items[0];
    return language && language->lexicon ? language->lexicon : &wordless;
}
