#include "base/outside.h"

#include <netinet/in.h>
#include <string.h>

#define HOST_MAX 253
#define LABEL_MAX 63

/* What is not public. IPv4 lies in ::ffff:0:0/96 (base/address.h), so that its mapped spelling is the same address.
 * Of IPv6 only 2000::/3 is given to machines at all. Source: IANA's special-purpose address registries. */
static const char *const inside_v4[] = {
    "0.0.0.0/8",       /* this network */
    "10.0.0.0/8",      /* private */
    "100.64.0.0/10",   /* shared by a carrier's customers */
    "127.0.0.0/8",     /* this machine */
    "169.254.0.0/16",  /* link-local: the clouds' metadata too */
    "172.16.0.0/12",   /* private */
    "192.0.0.0/24",    /* protocols */
    "192.0.2.0/24",    /* documentation */
    "192.88.99.0/24",  /* 6to4 relays */
    "192.168.0.0/16",  /* private */
    "198.18.0.0/15",   /* benchmarks */
    "198.51.100.0/24", /* documentation */
    "203.0.113.0/24",  /* documentation */
    "224.0.0.0/4",     /* multicast */
    "240.0.0.0/4",     /* reserved, broadcast */
};
static const char *const inside_v6[] = {
    "2001::/23",     /* protocols: Teredo, ORCHID */
    "2001:db8::/32", /* documentation */
    "2002::/16",     /* 6to4: an IPv4 address inside */
    "3fff::/20",     /* documentation */
};

static bool holds(const char *network, const struct address *address)
{
    struct cidr cidr;
    return cidr_parse(slice_of(network), &cidr) && cidr_holds(&cidr, address);
}

static bool any_holds(const char *const *networks, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++)
        if (holds(networks[i], address))
            return true;
    return false;
}

bool outside_address(const struct address *address)
{
    if (holds("0.0.0.0/0", address))
        return !any_holds(inside_v4, sizeof(inside_v4) / sizeof(inside_v4[0]), address);
    return holds("2000::/3", address) && !any_holds(inside_v6, sizeof(inside_v6) / sizeof(inside_v6[0]), address);
}

bool outside_socket(const struct sockaddr *address, size_t len)
{
    struct address made = {.bytes = {[10] = 0xFF, [11] = 0xFF}};
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET && len >= sizeof(v4)) {
        memcpy(&v4, address, sizeof(v4));
        memcpy(made.bytes + 12, &v4.sin_addr, 4);
    } else if (address->sa_family == AF_INET6 && len >= sizeof(v6)) {
        memcpy(&v6, address, sizeof(v6));
        memcpy(made.bytes, &v6.sin6_addr, sizeof(made.bytes));
    } else {
        return false;
    }
    return outside_address(&made);
}

/* ---- texts ---- */

struct outside_url {
    bool tls;
    struct slice host; /* without brackets */
    bool bracketed;
    struct slice port;  /* empty: the scheme's */
    struct slice place; /* host and port as written */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_label(struct slice label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!is_digit(label.ptr[i]) && !(label.ptr[i] >= 'a' && label.ptr[i] <= 'z') && label.ptr[i] != '-')
            return false;
    return label.len && label.len <= LABEL_MAX && label.ptr[0] != '-' && label.ptr[label.len - 1] != '-';
}

/* A name as DNS has it, in small letters, without a dot at its end; the last label begins with a letter, for what ends
 * in a number (also "0x7f") is an address to some parsers. */
static bool is_name(struct slice host)
{
    struct slice rest = host, label = SLICE_NONE;
    if (!host.len || host.len > HOST_MAX || host.ptr[host.len - 1] == '.')
        return false;
    while (slice_cut(&rest, '.', &label))
        if (!is_label(label))
            return false;
    return label.len && !is_digit(label.ptr[0]);
}

static bool is_v6(struct slice host)
{
    struct address address;
    return slice_find(host, ':') < host.len && address_parse(host, &address);
}

static bool is_v4(struct slice host)
{
    struct address address;
    return slice_find(host, ':') == host.len && address_parse(host, &address);
}

static bool is_port(struct slice port)
{
    uint64_t number;
    return port.len && port.ptr[0] != '0' && slice_u64(port, 65535, &number);
}

/* Cuts "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT". Returns false for anything else. */
static bool cut_place(struct slice place, struct outside_url *out)
{
    out->place = place;
    out->bracketed = slice_starts(place, "[");
    const size_t end = slice_find(place, out->bracketed ? ']' : ':');
    out->host = slice_part(place, out->bracketed, end);
    const struct slice behind = slice_part(place, end + out->bracketed, place.len);
    out->port = slice_part(behind, 1, behind.len);
    if (behind.len && (behind.ptr[0] != ':' || !is_port(out->port)))
        return false;
    return out->bracketed ? end < place.len && is_v6(out->host) : is_name(out->host) || is_v4(out->host);
}

/* Bytes that an address may have: printing ASCII but for what some parser takes for something else. */
static bool is_plain(struct slice url)
{
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] >= 0x7F || strchr("\"#<>\\^`{|}", url.ptr[i]))
            return false;
    return url.len > 0 && url.len < OUTSIDE_URL_MAX;
}

/* Cuts scheme and place. Returns false where it has neither. */
static bool cut_url(struct slice url, struct outside_url *out)
{
    *out = (struct outside_url){.tls = slice_starts(url, "https://")};
    if (!out->tls && !slice_starts(url, "http://"))
        return false;
    const struct slice rest = slice_part(url, out->tls ? 8 : 7, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    return cut_place(slice_part(rest, 0, end), out);
}

/* "crm.lan" allows every port of it, "crm.lan:8080" that one. */
static bool is_allowed(const struct outside_url *url, const char *const *allowed)
{
    for (size_t i = 0; allowed && allowed[i]; i++)
        if (slice_is(url->host, allowed[i]) || slice_is(url->place, allowed[i]))
            return true;
    return false;
}

/* Names that are no machine of the internet, whatever a resolver makes of them. */
static bool is_inner_name(struct slice host)
{
    static const char *const ends[] = {".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (slice_ends(host, slice_of(ends[i])))
            return true;
    return slice_find(host, '.') == host.len;
}

const char *outside_url(struct slice url, const char *const *allowed, bool *by_name)
{
    struct outside_url parts;
    struct address address;
    *by_name = false;
    if (!is_plain(url))
        return "be plain ASCII of 1 to 1023 characters, without blanks, # and \\";
    if (!cut_url(url, &parts))
        return "be https:// and a host in small letters (or an IP address written plainly), perhaps :PORT, and a path";
    *by_name = is_allowed(&parts, allowed);
    if (*by_name)
        return NULL;
    if (!parts.tls)
        return "be https, unless webhooks.allow names its host";
    if (parts.port.len && !slice_is(parts.port, "443") && !slice_is(parts.port, "8443"))
        return "have port 443 or 8443, unless webhooks.allow names its host";
    if (address_parse(parts.host, &address) ? !outside_address(&address) : is_inner_name(parts.host))
        return "be a public host, unless webhooks.allow names it";
    return NULL;
}

struct slice outside_host(struct slice url)
{
    struct outside_url parts;
    return cut_url(url, &parts) ? parts.host : SLICE_NONE;
}

bool outside_is_host(struct slice text)
{
    struct outside_url parts;
    return is_v6(text) || cut_place(text, &parts);
}
