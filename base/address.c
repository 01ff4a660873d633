#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

bool address_parse(struct slice text, struct address *out)
{
    char literal[INET6_ADDRSTRLEN];
    struct address made;
    if (!slice_copy(text, literal, sizeof(literal)))
        return false;
    memcpy(made.bytes, mapped, sizeof(mapped));
    if (inet_pton(AF_INET, literal, made.bytes + sizeof(mapped)) != 1 && inet_pton(AF_INET6, literal, made.bytes) != 1)
        return false;
    *out = made;
    return true;
}

bool address_is_loopback(const struct address *address)
{
    static const struct address one = {.bytes = {[15] = 1}};
    return is_mapped(address) ? address->bytes[12] == 127 : memcmp(address, &one, sizeof(one)) == 0;
}

/* Clears the bits behind the first `bits`. */
static struct address masked(struct address address, unsigned bits)
{
    for (unsigned i = 0; i < sizeof(address.bytes); i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8)
            address.bytes[i] &= (unsigned char)(0xFF00u >> kept);
    }
    return address;
}

static bool address_eq(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool cidr_parse(struct slice text, struct cidr *out)
{
    struct cidr made;
    size_t slash = slice_find(text, '/');
    if (!address_parse(slice_part(text, 0, slash), &made.base))
        return false;
    bool v4 = slice_find(slice_part(text, 0, slash), ':') == slash;
    uint64_t bits = v4 ? 32 : 128;
    if (slash < text.len && !slice_u64(slice_part(text, slash + 1, text.len), bits, &bits))
        return false;
    made.bits = (unsigned)bits + (v4 ? 96 : 0);
    struct address prefix = masked(made.base, made.bits);
    if (!address_eq(&prefix, &made.base))
        return false;
    *out = made;
    return true;
}

bool cidr_holds(const struct cidr *cidr, const struct address *address)
{
    struct address prefix = masked(*address, cidr->bits);
    return address_eq(&prefix, &cidr->base);
}

static bool parse_tcp(struct slice text, struct listen_address *out)
{
    uint64_t port;
    bool bracketed = slice_starts(text, "[");
    size_t end = slice_find(text, bracketed ? ']' : ':');
    struct slice ip = slice_part(text, bracketed, end);
    struct slice behind = slice_part(text, end + bracketed, text.len);
    bool v6 = slice_find(ip, ':') < ip.len;
    if (v6 != bracketed || !address_parse(ip, &out->ip) || !slice_starts(behind, ":") ||
        !slice_u64(slice_part(behind, 1, behind.len), 65535, &port))
        return false;
    out->port = (unsigned)port;
    return true;
}

bool listen_address_parse(struct slice text, struct listen_address *out)
{
    struct listen_address made = {.unix_path = ""};
    if (slice_starts(text, "unix:")) {
        if (text.len == 5 || !slice_copy(slice_part(text, 5, text.len), made.unix_path, sizeof(made.unix_path)))
            return false;
    } else if (!parse_tcp(text, &made)) {
        return false;
    }
    *out = made;
    return true;
}
