/* The channels of a configuration: their names, providers and settings. */
#include <string.h>

#include "base/address.h"
#include "base/suggest.h"
#include "config/secret.h"
#include "config/section.h"
#include "config/setting_value.h"

/* Appends the providers of this version, separated by commas. */
static const char *providers_here(struct reading *r)
{
    const char *list = "";
    for (const struct provider_row *row = provider_rows; row->name && list; row++)
        if (row->bit)
            list = arena_printf(r->arena, "%s%s%s", list, list[0] ? ", " : "", row->name);
    return list ? list : "others";
}

static const char *suggest_provider(struct slice word)
{
    struct words words = {.count = 0};
    for (const struct provider_row *row = provider_rows; row->name; row++)
        words_add(&words, row->bit ? row->name : NULL);
    return suggest(word, words.items);
}

/* Finds the channel's provider among those of this version. Returns NULL after a fault. */
static const struct provider_row *read_provider(struct reading *r, const struct yaml_pair *pair)
{
    const struct yaml_node *node = yaml_get(pair->value, "provider");
    char shown[SETTING_VALUE_SHOWN];
    if (!node || node->kind != YAML_SCALAR || node->text.len == 0) {
        yaml_fault(r->faults, r->file, node ? node : pair->key,
                   "channel %s has no provider: write provider: and one of %s", pair->key->text.ptr, providers_here(r));
        return NULL;
    }
    const struct provider_row *row = provider_find(node->text);
    if (row && row->bit)
        return row;
    const char *near = row ? NULL : suggest_provider(node->text);
    setting_value_show(node->text, shown);
    if (row)
        yaml_fault(r->faults, r->file, node, "provider %s is not in this version; it has %s: choose one of them", shown,
                   providers_here(r));
    else if (near)
        yaml_fault(r->faults, r->file, node, "there is no provider \"%s\"; did you mean \"%s\"?", shown, near);
    else
        yaml_fault(r->faults, r->file, node, "there is no provider \"%s\": this version has %s", shown,
                   providers_here(r));
    return NULL;
}

static bool is_channel_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return name.len > 0 && name.len < CONFIG_CHANNEL_NAME;
}

/* Reads every setting that the provider has, in the table's order. */
static void read_channel_settings(struct reading *r, const struct section *s, struct config_channel *channel)
{
    for (const struct setting_row *row = setting_rows; row->name; row++) {
        if (!setting_belongs(row, SCOPE_CHANNEL, s->provider) || channel->setting_count == CONFIG_SETTINGS_MAX)
            continue;
        channel->settings[channel->setting_count++] =
            (struct config_setting){row->name, section_read(r, s, row), row->type == SETTING_SECRET};
    }
    setting_value_decimal(slice_of(config_setting(channel, "rate")), &channel->rate);
}

/* Refuses a simulator where other machines could reach it. */
static void check_simulator(struct reading *r, const struct section *s, const struct config_channel *channel)
{
    struct listen_address listen;
    if (s->provider == ON_SIMULATOR && listen_address_parse(slice_of(r->config->listen), &listen) &&
        !listen.unix_path[0] && !address_is_loopback(&listen.ip))
        yaml_fault(r->faults, r->file, s->at,
                   "channel %s is a simulator, which trusts everybody, and listen is %s: remove the channel, "
                   "or listen "
                   "on 127.0.0.1 or a unix socket",
                   channel->name, r->config->listen);
}

/* Refuses a shift that nothing would use: without accents there is nothing to shift. */
static void check_shift(struct reading *r, const struct section *s, const struct config_channel *channel)
{
    if (slice_is(slice_of(config_setting(channel, "national_shift")), "es") &&
        slice_is(slice_of(config_setting(channel, "sms_text")), "plain"))
        yaml_fault(r->faults, r->file, yaml_get(s->map, "national_shift"),
                   "channel %s has national_shift es, and sms_text plain, which sends no accents: set sms_text to "
                   "cheapest or exact, or leave national_shift out",
                   channel->name);
}

/* Refuses a name that differs from an earlier one only where the environment's variables do not. */
static void check_variable(struct reading *r, const struct yaml_node *key)
{
    const char *own = secret_variable(r->arena, key->text.ptr, "");
    for (size_t i = 0; own && i < r->config->channel_count; i++) {
        const char *other = secret_variable(r->arena, r->config->channels[i].name, "");
        if (other && strcmp(own, other) == 0)
            yaml_fault(r->faults, r->file, key, "channel %s and channel %s have the same variables (%s…): rename one",
                       key->text.ptr, r->config->channels[i].name, own);
    }
}

static void read_channel(struct reading *r, const struct yaml_pair *pair)
{
    struct config *config = r->config;
    char shown[SETTING_VALUE_SHOWN];
    setting_value_show(pair->key->text, shown);
    if (!is_channel_name(pair->key->text)) {
        yaml_fault(r->faults, r->file, pair->key,
                   "the channel's name \"%s\" is part of a path: it must be 1 to 32 letters, digits, - and _", shown);
        return;
    }
    if (pair->value->kind != YAML_MAP) {
        yaml_fault(r->faults, r->file, pair->key, "channel %s has no settings: write `provider: …` below it, indented",
                   shown);
        return;
    }
    const struct provider_row *provider = read_provider(r, pair);
    if (!provider)
        return;
    if (config->channel_count == CONFIG_CHANNELS_MAX) {
        yaml_fault(r->faults, r->file, pair->key, "too many channels: at most %d are taken", CONFIG_CHANNELS_MAX);
        return;
    }
    check_variable(r, pair->key);
    struct section section = {SCOPE_CHANNEL, provider->bit, pair->key->text.ptr, pair->value, pair->key};
    struct config_channel *channel = &config->channels[config->channel_count++];
    *channel = (struct config_channel){
        .name = pair->key->text.ptr,
        .provider = provider->name,
        .line = pair->key->line,
        .column = pair->key->column,
    };
    section_check_keys(r, &section);
    read_channel_settings(r, &section, channel);
    check_simulator(r, &section, channel);
    check_shift(r, &section, channel);
}

void channels_read(struct reading *r)
{
    const char *remedy = "write `channels:` and below it, indented, `sms: {provider: twilio, …}`";
    const struct yaml_pair *pair = top_map(r, "channels", remedy);
    if (!map_find(r->tree, SLICE("channels")) || (pair && pair->value->count == 0))
        yaml_fault(r->faults, r->file, pair ? pair->key : r->tree, "there are no channels: %s", remedy);
    for (size_t i = 0; pair && i < pair->value->count; i++)
        read_channel(r, &pair->value->pairs[i]);
}
