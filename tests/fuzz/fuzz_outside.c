/* Any bytes as a webhook's address: what is taken while nothing is allowed by name has no user, no second reading of
 * its host, and a host that is a name or a public address. */
#include <stdlib.h>
#include <string.h>

#include "base/outside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const allowed[] = {"127.0.0.1", "::1", NULL};
    const struct slice url = {(const char *)data, size};
    struct address address;
    bool by_name;
    outside_is_host(url);
    outside_url(url, allowed, &by_name);
    if (outside_url(url, NULL, &by_name))
        return 0;
    const struct slice host = outside_host(url);
    if (by_name || !host.len || slice_find(host, '@') < host.len || slice_find(host, '%') < host.len)
        abort();
    if (address_parse(host, &address) ? !outside_address(&address) : slice_find(host, '.') == host.len)
        abort();
    return 0;
}
