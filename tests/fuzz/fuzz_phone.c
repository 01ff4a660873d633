/* Phone numbers from outside: what is accepted is E.164 and stays so, what is refused leaves nothing behind. */
#include <assert.h>
#include <string.h>

#include "base/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char once[PHONE_MAX], twice[PHONE_MAX];
    if (phone_normalise((struct slice){(const char *)data, size}, once) != OK) {
        assert(once[0] == '\0');
        return 0;
    }
    size_t digits = strspn(once + 1, "0123456789");
    assert(once[0] == '+' && once[1] != '0' && digits >= 8 && digits <= 15 && once[1 + digits] == '\0');
    assert(phone_normalise(slice_of(once), twice) == OK && strcmp(once, twice) == 0);
    if (phone_is_peru_mobile(once))
        assert(digits == 11);
    return 0;
}
