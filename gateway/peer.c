#include "gateway/peer.h"

static bool is_trusted(const struct address *address, const char *const *trusted)
{
    struct cidr network;
    for (; *trusted; trusted++)
        if (cidr_parse(slice_of(*trusted), &network) && cidr_holds(&network, address))
            return true;
    return false;
}

/* Takes the last element off a list joined by commas. Returns false when it is empty. */
static bool take_last(struct slice *list, struct slice *last)
{
    if (!list->len)
        return false;
    size_t at = list->len;
    while (at > 0 && list->ptr[at - 1] != ',')
        at--;
    *last = slice_trim(slice_part(*list, at, list->len));
    *list = slice_part(*list, 0, at ? at - 1 : 0);
    return true;
}

bool peer_find(struct slice peer, struct slice forwarded, const char *const *trusted, struct address *out)
{
    struct address found;
    struct slice last;
    bool known = address_parse(peer, &found);
    if (!known && peer.len)
        return false;
    while ((!known || is_trusted(&found, trusted)) && take_last(&forwarded, &last)) {
        if (!address_parse(last, &found))
            return false;
        known = true;
    }
    if (known)
        *out = found;
    return known;
}

bool peer_allowed(const struct address *caller, struct slice networks)
{
    struct slice text;
    struct cidr network;
    if (!slice_trim(networks).len)
        return true;
    while (slice_cut(&networks, ',', &text))
        if (cidr_parse(slice_trim(text), &network) && cidr_holds(&network, caller))
            return true;
    return false;
}
