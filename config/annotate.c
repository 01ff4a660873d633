/* The annotated sample of a configuration: the settings table, written as the file it describes. */
#include "config/config.h"

#include <string.h>

#include "base/buf.h"
#include "config/setting_value.h"
#include "config/settings.h"

#define RULE_MAX 512

/* Tells whether a type's rule says more than the sentence does. */
static bool has_bounds(const struct setting_row *row)
{
    return row->type == SETTING_NUMBER || row->type == SETTING_COUNT || row->type == SETTING_CHOICE ||
           row->type == SETTING_BOOLEAN || row->type == SETTING_PRICE;
}

static void write_comment(FILE *out, const char *indent, const struct setting_row *row)
{
    struct buf rule;
    buf_init(&rule, RULE_MAX);
    if (has_bounds(row))
        setting_value_rule(row, &rule);
    fprintf(out, "%s# %s%s%s.%s\n", indent, row->sentence, rule.len ? ": " : "", buf_text(&rule),
            row->required && !row->instead ? " Required." : "");
    buf_release(&rule);
}

/* Writes a setting with its comment; one that is neither required nor has a default is commented out. */
static void write_setting(FILE *out, const char *indent, const char *channel, const struct setting_row *row)
{
    const char *off = row->fallback || row->required ? "" : "# ";
    bool quoted = row->type == SETTING_TEXT && row->fallback && strstr(row->fallback, ": ");
    bool list = (row->type == SETTING_NETWORKS || row->type == SETTING_LANGUAGES) && row->fallback;
    write_comment(out, indent, row);
    if (row->type == SETTING_SECRET && channel)
        fprintf(out, "%s%s%s_file: var/secrets/%s_%s\n", indent, off, row->name, channel, row->name);
    else
        fprintf(out, "%s%s%s: %s%s%s\n", indent, off, row->name,
                list     ? "["
                : quoted ? "\""
                         : "",
                row->fallback ? row->fallback : row->example,
                list     ? "]"
                : quoted ? "\""
                         : "");
}

static void write_channel(FILE *out, const struct provider_row *provider)
{
    fprintf(out, "\n  # %s.\n  %s:\n    provider: %s\n", provider->sentence, provider->channel, provider->name);
    for (const struct setting_row *row = setting_rows; row->name; row++)
        if (setting_belongs(row, SCOPE_CHANNEL, provider->bit))
            write_setting(out, "    ", provider->channel, row);
}

static void write_channels(FILE *out)
{
    fprintf(out, "\n# The channels, by names of your own: the webhook of the channel NAME is PUBLIC_URL/hooks/NAME.\n"
                 "# A secret x is written as x, or named by x_file (a file of mode 600), or set in the environment\n"
                 "# as CHASKI_NAME_X.\nchannels:");
    for (const struct provider_row *row = provider_rows; row->name; row++)
        if (row->bit)
            write_channel(out, row);
    fprintf(out, "\n");
}

void config_sample(FILE *out)
{
    fprintf(out, "# Every setting of Chaski, with its default or an example. Paths are relative to where "
                 "chaski is started.\n\n");
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        bool first = row == setting_rows || row[-1].scope != row->scope;
        if (row->scope == SCOPE_TOP)
            write_setting(out, "", NULL, row);
        if (row->scope == SCOPE_REDIS && first)
            fprintf(out, "redis:\n");
        if (row->scope == SCOPE_WEBHOOKS && first)
            fprintf(out, "webhooks:\n");
        if (row->scope == SCOPE_REDIS || row->scope == SCOPE_WEBHOOKS)
            write_setting(out, "  ", NULL, row);
        if (row->scope == SCOPE_CHANNEL && first)
            write_channels(out);
    }
}
