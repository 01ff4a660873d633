#include "config/setting_value.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/outside.h"
#include "base/utf8.h"
#include "config/price_value.h"

#define TEXT_MAX 512
#define SECRET_MAX 4096
#define PATH_MAX_BYTES 1023
#define NETWORKS_MAX 64
#define SHOWN_CHARS 60

void setting_value_show(struct slice text, char out[SETTING_VALUE_SHOWN])
{
    struct slice part = utf8_prefix(text, SHOWN_CHARS);
    size_t len = part.len < SETTING_VALUE_SHOWN - 4 ? part.len : 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)part.ptr[i];
        out[i] = c < 0x20 || c == 0x7F ? '?' : (char)c;
    }
    snprintf(out + len, SETTING_VALUE_SHOWN - len, "%s", part.len < text.len ? "\u2026" : "");
}

/* Appends "a, b or c" for "a|b|c". */
static void add_choices(const char *choices, struct buf *out)
{
    struct slice rest = slice_of(choices), word;
    for (bool first = true; slice_cut(&rest, '|', &word); first = false) {
        if (!first)
            buf_adds(out, rest.ptr ? ", " : " or ");
        buf_addslice(out, word);
    }
}

static bool is_choice(const char *choices, struct slice text)
{
    struct slice rest = slice_of(choices), word;
    while (slice_cut(&rest, '|', &word))
        if (slice_eq(word, text))
            return true;
    return false;
}

static bool is_line(struct slice text, size_t max)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            return false;
    return text.len > 0 && text.len <= max;
}

bool setting_value_is_secret(struct slice text)
{
    struct slice line, rest = text;
    while (slice_cut(&rest, '\n', &line))
        if (line.len > 0 && !is_line(line, SECRET_MAX))
            return false;
    return text.len > 0 && text.len <= SECRET_MAX;
}

bool setting_value_decimal(struct slice text, double *out)
{
    uint64_t whole = 0, parts = 0;
    size_t point = slice_find(text, '.');
    struct slice behind = slice_part(text, point + 1, text.len);
    double scale = 1;
    if (!slice_u64(slice_part(text, 0, point), 1000000000, &whole) || behind.len > 6)
        return false;
    if (point < text.len && !slice_u64(behind, 1000000, &parts))
        return false;
    for (size_t i = 0; i < behind.len; i++)
        scale *= 10;
    *out = (double)whole + (double)parts / scale;
    return true;
}

static bool good_text(const struct setting_row *row, struct slice text)
{
    (void)row;
    return is_line(text, TEXT_MAX);
}

static bool good_secret(const struct setting_row *row, struct slice text)
{
    (void)row;
    return setting_value_is_secret(text);
}

static bool good_address(const struct setting_row *row, struct slice text)
{
    struct listen_address address;
    (void)row;
    return listen_address_parse(text, &address);
}

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/* Takes host and port off the front. Returns false when there is no host, or the port is none. */
static bool take_authority(struct slice *rest)
{
    uint64_t port = 1;
    struct address ignored;
    struct slice authority = slice_part(*rest, 0, slice_find(*rest, '/'));
    *rest = slice_part(*rest, authority.len, rest->len);
    bool bracketed = slice_starts(authority, "[");
    size_t end = slice_find(authority, bracketed ? ']' : ':');
    struct slice host = slice_part(authority, bracketed, end),
                 behind = slice_part(authority, end + bracketed, authority.len);
    for (size_t i = 0; !bracketed && i < host.len; i++)
        if (!is_host_char(host.ptr[i]))
            return false;
    if (host.len == 0 || (bracketed && !address_parse(host, &ignored)))
        return false;
    return behind.len == 0 ||
           (behind.ptr[0] == ':' && slice_u64(slice_part(behind, 1, behind.len), 65535, &port) && port);
}

/* Takes scheme, host and port off the front. */
static bool take_origin(struct slice *rest)
{
    size_t scheme = slice_starts(*rest, "http://") ? 7 : slice_starts(*rest, "https://") ? 8 : 0;
    *rest = slice_part(*rest, scheme, rest->len);
    return scheme > 0 && take_authority(rest);
}

static bool good_origin(const struct setting_row *row, struct slice text)
{
    (void)row;
    return text.len <= TEXT_MAX && take_origin(&text) && text.len == 0;
}

static bool good_url(const struct setting_row *row, struct slice text)
{
    (void)row;
    if (text.len > TEXT_MAX || !take_origin(&text))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || (unsigned char)text.ptr[i] >= 0x7F || strchr("?#\"<>\\", text.ptr[i]))
            return false;
    return text.len == 0 || text.ptr[text.len - 1] != '/';
}

static bool good_path(const struct setting_row *row, struct slice text)
{
    (void)row;
    return is_line(text, PATH_MAX_BYTES);
}

static bool good_number(const struct setting_row *row, struct slice text)
{
    double value;
    return setting_value_decimal(text, &value) && value >= row->min && value <= row->max;
}

static bool good_count(const struct setting_row *row, struct slice text)
{
    uint64_t value;
    return is_choice(row->choices, text) ||
           (slice_u64(text, (uint64_t)row->max, &value) && value >= (uint64_t)row->min);
}

static bool good_price(const struct setting_row *row, struct slice text)
{
    int64_t price;
    (void)row;
    return price_value(text, &price);
}

static bool good_prices(const struct setting_row *row, struct slice text)
{
    (void)row;
    return is_line(text, TEXT_MAX) && price_list(text);
}

static bool good_boolean(const struct setting_row *row, struct slice text)
{
    (void)row;
    return slice_is(text, "true") || slice_is(text, "false");
}

static bool good_choice(const struct setting_row *row, struct slice text)
{
    return is_choice(row->choices, text);
}

static bool good_network(const struct setting_row *row, struct slice text)
{
    struct cidr cidr;
    (void)row;
    return cidr_parse(text, &cidr);
}

static bool read_minutes(struct slice text, int *out)
{
    uint64_t hours, minutes;
    if (text.len != 5 || text.ptr[2] != ':' || !slice_u64(slice_part(text, 0, 2), 24, &hours) ||
        !slice_u64(slice_part(text, 3, 5), 59, &minutes) || hours * 60 + minutes > 24 * 60)
        return false;
    *out = (int)(hours * 60 + minutes);
    return true;
}

bool setting_value_hours(struct slice text, int *from_min, int *to_min)
{
    struct slice rest = text, from;
    int begins, ends;
    if (!slice_cut(&rest, '-', &from) || !read_minutes(from, &begins) || !read_minutes(rest, &ends) || begins >= ends)
        return false;
    *from_min = begins;
    *to_min = ends;
    return true;
}

static bool good_hours(const struct setting_row *row, struct slice text)
{
    int from_min, to_min;
    (void)row;
    return setting_value_hours(text, &from_min, &to_min);
}

static bool good_language(const struct setting_row *row, struct slice text)
{
    (void)row;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 'a' || text.ptr[i] > 'z')
            return false;
    return text.len >= 2 && text.len <= 7;
}

static bool good_host(const struct setting_row *row, struct slice text)
{
    (void)row;
    return outside_is_host(text);
}

/* How each type is checked, and its rule in words; NULL where the rule is made from the row. NETWORKS has one
 * item's. */
static const struct {
    bool (*good)(const struct setting_row *row, struct slice text);
    const char *rule;
} types[] = {
    [SETTING_TEXT] = {good_text, "one line of 1 to 512 bytes"},
    [SETTING_SECRET] = {good_secret, "1 to 4096 bytes without control characters"},
    [SETTING_ADDRESS] = {good_address, "IP:PORT (127.0.0.1:8080, [::1]:8080) or unix:PATH"},
    [SETTING_ORIGIN] = {good_origin,
                        "http:// or https:// with a host and perhaps :PORT, and nothing behind, not even a slash"},
    [SETTING_URL] = {good_url, "http:// or https:// with a host, perhaps :PORT and a path, and no slash at the end"},
    [SETTING_PATH] = {good_path, "a path of 1 to 1023 bytes"},
    [SETTING_NUMBER] = {good_number, NULL},
    [SETTING_COUNT] = {good_count, NULL},
    [SETTING_PRICE] = {good_price, "0 to 100, with at most four decimals"},
    [SETTING_PRICES] = {good_prices, "beginnings of numbers, each once with a price of at most four decimals, as "
                                     "\"+51=0.0450,+1=0.0300\""},
    [SETTING_HOURS] = {good_hours, "HH:MM-HH:MM, the first before the second, 24:00 at most"},
    [SETTING_BOOLEAN] = {good_boolean, "true or false"},
    [SETTING_CHOICE] = {good_choice, NULL},
    [SETTING_LANGUAGES] = {good_language, "a language's key, 2 to 7 small letters, as es"},
    [SETTING_HOSTS] = {good_host, "a host name in small letters or an IP address, perhaps with :PORT"},
    [SETTING_NETWORKS] = {good_network,
                          "an IP address or a network as 192.0.2.0/24, without bits set behind its prefix"},
};

void setting_value_rule(const struct setting_row *row, struct buf *out)
{
    if (types[row->type].rule) {
        buf_adds(out, types[row->type].rule);
        return;
    }
    if (row->type == SETTING_CHOICE) {
        add_choices(row->choices, out);
        return;
    }
    if (row->type == SETTING_COUNT) {
        add_choices(row->choices, out);
        buf_adds(out, " or a whole number ");
    }
    buf_addf(out, "from %g to %g%s%s", row->min, row->max, row->unit ? " " : "", row->unit ? row->unit : "");
}

/* Adds "NAME is VALUE: it must be RULE". */
static void fault_of_value(const struct setting_row *row, const struct yaml_node *node, const char *file,
                           struct faults *faults)
{
    char shown[SETTING_VALUE_SHOWN];
    struct buf rule;
    buf_init(&rule, 512);
    setting_value_rule(row, &rule);
    setting_value_show(node->text, shown);
    if (row->type == SETTING_SECRET)
        yaml_fault(faults, file, node, "%s has a value that cannot be: it must be %s", row->name, buf_text(&rule));
    else
        yaml_fault(faults, file, node, "%s is %s: it must be %s", row->name, shown, buf_text(&rule));
    buf_release(&rule);
}

static const char *read_scalar(const struct setting_row *row, const struct yaml_node *node, const char *file,
                               struct arena *arena, struct faults *faults)
{
    if (node->kind != YAML_SCALAR) {
        yaml_fault(faults, file, node, "%s is a %s: it must be one value", row->name,
                   node->kind == YAML_LIST ? "list" : "map");
    } else if (node->text.len == 0) {
        yaml_fault(faults, file, node, "%s has no value: write one, or remove the line", row->name);
    } else if (!types[row->type].good(row, node->text)) {
        fault_of_value(row, node, file, faults);
    } else {
        return arena_copy(arena, node->text).ptr;
    }
    return NULL;
}

static const char *read_list(const struct setting_row *row, const struct yaml_node *list, const char *file,
                             struct arena *arena, struct faults *faults)
{
    size_t found = faults->total;
    const char *joined = "";
    if (list->kind != YAML_LIST) {
        yaml_fault(faults, file, list, "%s is not a list: write it in brackets, as [%s]", row->name,
                   row->fallback ? row->fallback : "127.0.0.1");
        return NULL;
    }
    if (list->count > NETWORKS_MAX) {
        yaml_fault(faults, file, list, "%s has %zu items: at most %d are taken", row->name, list->count, NETWORKS_MAX);
        return NULL;
    }
    if ((double)list->count < row->min) {
        yaml_fault(faults, file, list, "%s has no items: write at least %g, or remove the line", row->name, row->min);
        return NULL;
    }
    for (size_t i = 0; i < list->count && joined; i++) {
        const char *item = read_scalar(row, list->items[i], file, arena, faults);
        if (item)
            joined = arena_printf(arena, "%s%s%s", joined, joined[0] ? "," : "", item);
    }
    return faults->total == found ? joined : NULL;
}

static bool is_list(const struct setting_row *row)
{
    return row->type == SETTING_NETWORKS || row->type == SETTING_LANGUAGES || row->type == SETTING_HOSTS;
}

const char *setting_value_read(const struct setting_row *row, const struct yaml_node *node, const char *file,
                               struct arena *arena, struct faults *faults)
{
    return (is_list(row) ? read_list : read_scalar)(row, node, file, arena, faults);
}
