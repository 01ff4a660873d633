/* Downloads: how a file that a stranger sent is handed out.
 *
 * Its type and its name are what a stranger says. A type goes out only where no browser runs what has it; all others
 * are application/octet-stream. A name is made one that is a name on every system: without folders, controls and marks
 * that turn writing round; what is not plain ASCII goes beside it as RFC 6266 and RFC 8187 tell. Must not know: where
 * the file is from. Pure. Failure policy: what is not good is left out; the buffer's error sticks. Limits:
 * DOWNLOAD_TYPE bytes of a type, DOWNLOAD_NAME_MAX of a name. Proved by tests/unit/test_download.c and
 * tests/fuzz/fuzz_media.c. */
#ifndef GATEWAY_DOWNLOAD_H
#define GATEWAY_DOWNLOAD_H

#include "base/buf.h"
#include "base/slice.h"

#define DOWNLOAD_TYPE 128     /* with its NUL */
#define DOWNLOAD_NAME_MAX 255 /* bytes: as file systems have it */

/* Writes the type that a file of `type` goes out as: "audio/ogg; codecs=opus" is one. */
void download_type(struct slice type, char out[DOWNLOAD_TYPE]);

/* Gives what names of files of a type (as above) end in, without the dot; "bin" where that is not known. */
const char *download_ending(const char *type);

/* Appends a Content-Disposition line with its CR LF, which has a file of that name saved and never shown. A name of
 * which nothing is left becomes `otherwise`, which is plain. */
void download_put_disposition(struct buf *out, struct slice name, const char *otherwise);

#endif
