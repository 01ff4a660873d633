/* Prints the API's OpenAPI document, for linters. */
#include <stdio.h>

#include "gateway/api.h"

int main(void)
{
    struct buf text;
    buf_init(&text, 4 * 1024 * 1024);
    api_put_openapi(&text);
    fputs(buf_text(&text), stdout);
    int code = text.error ? 1 : 0;
    buf_release(&text);
    return code;
}
