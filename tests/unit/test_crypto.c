#include "tests/unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"

/* Makes a slice of `count` equal bytes in `room`, as the RFCs write their longer keys and data. */
static struct slice repeated(char *room, int byte, size_t count)
{
    memset(room, byte, count);
    return (struct slice){room, count};
}

/* RFC 2202 part 3 and RFC 4231 part 4 have the same first vectors; a repeat above 0 makes key or data of that
 * many bytes. */
static const struct {
    int key_byte;
    size_t key_repeat;
    const char *key;
    int data_byte;
    size_t data_repeat;
    const char *data;
    const char *sha1;   /* RFC 2202; NULL where it has another vector */
    const char *sha256; /* RFC 4231; NULL where it has another vector */
} vectors[] = {
    {0x0b, 20, NULL, 0, 0, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {0, 0, "Jefe", 0, 0, "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {0xaa, 20, NULL, 0xdd, 50, NULL, "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {0xaa, 80, NULL, 0, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
     "aa4ae5e15272d00e95705637ce8a3b55ed402112", NULL},
    {0xaa, 131, NULL, 0, 0, "Test Using Larger Than Block-Size Key - Hash Key First", NULL,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {0xaa, 131, NULL, 0, 0,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to "
     "be "
     "hashed before being used by the HMAC algorithm.",
     NULL, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

static void keyed_digests_match_the_rfcs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char key_room[256], data_room[256], hex[SHA256_HEX];
        unsigned char digest[SHA256_BYTES];
        struct slice key = vectors[i].key_repeat ? repeated(key_room, vectors[i].key_byte, vectors[i].key_repeat)
                                                 : slice_of(vectors[i].key);
        struct slice data = vectors[i].data_repeat ? repeated(data_room, vectors[i].data_byte, vectors[i].data_repeat)
                                                   : slice_of(vectors[i].data);
        if (vectors[i].sha1) {
            assert_int_equal(hmac_sha1(key, data, digest), OK);
            hex_encode(digest, SHA1_BYTES, hex);
            assert_string_equal(hex, vectors[i].sha1);
        }
        if (vectors[i].sha256) {
            assert_int_equal(hmac_sha256(key, data, digest), OK);
            hex_encode(digest, SHA256_BYTES, hex);
            assert_string_equal(hex, vectors[i].sha256);
        }
    }
}

#define MESSAGE_HEAD                                                                                                   \
    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"100200300400500\",\"changes\":[{"                  \
    "\"value\":{"                                                                                                      \
    "\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"5117654321\","                        \
    "\"phone_number_id\":\"200300400500600\"},\"contacts\":[{\"profile\":{\"name\":\""
#define MESSAGE_MIDDLE                                                                                                 \
    "\"},\"wa_id\":\"51987654321\",\"user_id\":\"PE.1000000000000001\"}],\"messages\":[{\"from\":"                     \
    "\"51987654321\",\"from_user_id\":\"PE.1000000000000001\",\"id\":\"wamid.TEST0001\",\"timestamp\":"                \
    "\"1795402800\",\"type\":\"text\",\"text\":{\"body\":\""
#define MESSAGE_TAIL "\"}}]},\"field\":\"messages\"}]}]}"

/* Meta's webhook signatures: providers.md 1.2, M0 to M4. */
static void signs_as_meta_does(void **state)
{
    static const struct {
        const char *body;
        size_t bytes;
        const char *expected;
    } rows[] = {
        {"", 0, "de68cfca7cbdb57ea3c1b3af1a151958f5a2a3b89908eab9d460d57e4f518e88"},
        {MESSAGE_HEAD "Mar\\u00eda \\u00d1ahui" MESSAGE_MIDDLE
                      "\\u00bfA qu\\u00e9 hora abren? \\ud83d\\ude00" MESSAGE_TAIL,
         538, "944fd44148cfa5c121f553781a4d874ff711a25ec5eaa0fc82e52838f368a0f6"},
        {MESSAGE_HEAD "Mar\u00EDa \u00D1ahui" MESSAGE_MIDDLE "\u00BFA qu\u00E9 hora abren? \U0001F600" MESSAGE_TAIL,
         514, "ebcff4a008a2b48ef0d0bbbb4de86aecb6e39260663d0a4f3e46e8ca5ef5b3ab"},
        {"{\"object\":\"whatsapp_business_account\",\"entry\":[]}", 49,
         "ca56e319d57b64d62c6ec60fdf1e04633e8152d97fd0dba8fefe9217e1fe3ca5"},
        {"{\"a\":\"\\/x\\u003C\\u0040\"}", 23, "14be63b0c014b5edf4fd52fecb63b9e0dc893cda2b96ef5f89447a22060bb8c3"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char digest[SHA256_BYTES];
        char hex[SHA256_HEX];
        assert_int_equal(strlen(rows[i].body), rows[i].bytes);
        assert_int_equal(hmac_sha256(SLICE("chaski-app-secret-0001"), slice_of(rows[i].body), digest), OK);
        hex_encode(digest, SHA256_BYTES, hex);
        assert_string_equal(hex, rows[i].expected);
    }
}

/* Twilio's signatures over a URL and its sorted parameters: providers.md 2.2, T1 to T7. */
static void signs_as_twilio_does(void **state)
{
    static const struct {
        const char *data, *expected;
    } rows[] = {
        {"https://gw.ejemplo.pe/hooks/twilio/sms"
         "AccountSidAC00000000000000000000000000000001ApiVersion2010-04-01"
         "BodyHola, \u00BFa qu\u00E9 hora abren? \u00F1 \U0001F600From+51987654321FromCountryPE"
         "MessageSidSM0123456789abcdef0123456789abcdefNumMedia0NumSegments1"
         "SmsMessageSidSM0123456789abcdef0123456789abcdefSmsSidSM0123456789abcdef0123456789abcdef"
         "SmsStatusreceivedTo+5117654321ToCountryPE",
         "KeloLbvY0KVmEiBII2su6qOTamg="},
        {"https://gw.ejemplo.pe/hooks/twilio/status?id=42&t=a%20b"
         "AccountSidAC00000000000000000000000000000001ApiVersion2010-04-01From+5117654321"
         "MessageSidSM0123456789abcdef0123456789abcdefMessageStatusdeliveredTo+51987654321",
         "0JyMorHdChcmcGdVu3WpvRp1E0I="},
        {"https://gw.ejemplo.pe:8443/hooks/twilio/smsBodyxFrom+51987654321", "kWnT63Z+SWCDTUAxIZb+JedhQzo="},
        {"https://gw.ejemplo.pe/hooks/twilio/smsBodyxFrom+51987654321", "Zzb+axG/2+Mgn5ViN7T8a14la3Q="},
        {"https://gw.ejemplo.pe/hooks/twilio/smsBodyxZetaaZetab", "NiVjZNjFdKt85ab7/V1kdcgem6c="},
        {"https://gw.ejemplo.pe/hooks/twilio/sms", "kvOa+LAJfddvMyamSPHN0aD9hqw="},
        {"https://gw.ejemplo.pe/hA14B2_c3a1", "ydG90JBvd6zzYpspk8bLhFveQyk="},
        {"https://gw.ejemplo.pe/hooks/twilio/get?Body=Hola+Per%C3%BA&From=%2B51987654321",
         "mcr6I1NBUzRs0YPiY2AdQ+RzZ7o="},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char digest[SHA1_BYTES];
        char text[BASE64_SIZE(SHA1_BYTES)];
        assert_int_equal(hmac_sha1(SLICE("12345678901234567890123456789012"), slice_of(rows[i].data), digest), OK);
        base64_encode(digest, sizeof(digest), text);
        assert_string_equal(text, rows[i].expected);
    }
}

static void digests_without_a_key(void **state)
{
    static const struct {
        const char *data, *expected;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"{\"a\":1,\"texto\":\"\u00F1\"}", "9c86bc356899d186dcbbe3d33757e5d9cabcce33b55d33bdfdccab813e0cb993"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char digest[SHA256_BYTES];
        char hex[SHA256_HEX];
        assert_int_equal(sha256(slice_of(rows[i].data), digest), OK);
        hex_encode(digest, SHA256_BYTES, hex);
        assert_string_equal(hex, rows[i].expected);
    }
    unsigned char digest[SHA256_BYTES];
    assert_int_equal(sha256(SLICE_NONE, digest), OK);
    assert_int_equal(hmac_sha256(SLICE_NONE, SLICE_NONE, digest), OK);
}

/* RFC 4648 part 10. */
static void writes_base64(void **state)
{
    static const struct {
        const char *bytes, *expected;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[BASE64_SIZE(6)];
        unsigned char back[6];
        size_t len = 99;
        base64_encode((const unsigned char *)rows[i].bytes, strlen(rows[i].bytes), text);
        assert_string_equal(text, rows[i].expected);
        assert_true(base64_decode(slice_of(text), back, sizeof(back), &len));
        assert_int_equal(len, strlen(rows[i].bytes));
        assert_memory_equal(back, rows[i].bytes, len);
    }
}

static void refuses_what_is_no_base64(void **state)
{
    static const char *const rows[] = {"Zg", "Zg=", "Zg==x", "Z===", "Zm 9v", "Zm9-", "Zm9vYmFyYmF6"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char back[6];
        size_t len = 99;
        assert_false(base64_decode(slice_of(rows[i]), back, sizeof(back), &len));
        assert_int_equal(len, 99);
    }
}

static void writes_short_digests(void **state)
{
    char text[DIGEST_TEXT];
    (void)state;
    assert_int_equal(digest_write(SLICE("abc"), text), OK); /* FIPS 180-4 */
    assert_string_equal(text, "ba7816bf8f01cfea");
}

/* SipHash-2-4 under a key of zeros, its lower byte first, computed by another implementation. */
static void writes_quick_digests(void **state)
{
    char text[DIGEST_TEXT];
    (void)state;
    quick_digest_write(SLICE_NONE, text);
    assert_string_equal(text, "d70077739d4b921e");
    quick_digest_write(SLICE("abc"), text);
    assert_string_equal(text, "deee70479684c83f");
    quick_digest_write(SLICE("a state of more than sixteen bytes"), text);
    assert_string_equal(text, "c9843c3428076b3d");
}

static void reads_hex_of_exactly_the_length(void **state)
{
    static const struct {
        const char *hex;
        bool expected;
    } rows[] = {
        {"00ff7A", true},  {"00FF7a", true}, {"00ff7", false},  {"00ff7a0", false},
        {"00ff7g", false}, {"", false},      {"00 ff7", false}, {"0x00ff", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char bytes[3] = {0};
        assert_int_equal(hex_decode(slice_of(rows[i].hex), bytes, 3), rows[i].expected);
        if (rows[i].expected)
            assert_memory_equal(bytes, "\x00\xff\x7a", 3);
    }
    assert_true(hex_decode(SLICE_NONE, NULL, 0));
}

static void compares_secrets(void **state)
{
    (void)state;
    assert_true(bytes_equal(SLICE("secret"), SLICE("secret")));
    assert_false(bytes_equal(SLICE("secret"), SLICE("secreT")));
    assert_false(bytes_equal(SLICE("secret"), SLICE("secre")));
    assert_false(bytes_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_true(bytes_equal(SLICE_NONE, SLICE("")));
}

static void random_bytes_differ(void **state)
{
    unsigned char a[32] = {0}, b[32] = {0};
    (void)state;
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
}

/* Each code is that of its own key, whichever came before it. */
static void a_key_that_comes_again_gives_the_same_code(void **state)
{
    static const char *const keys[] = {"a", "a", "b", "", "", "a", "ab", "a"};
    unsigned char codes[COUNT(keys)][SHA1_BYTES], digest[SHA1_BYTES];
    char longest[200];
    (void)state;
    memset(longest, 'a', sizeof(longest));
    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_int_equal(hmac_sha1(slice_of(keys[i]), SLICE("data"), codes[i]), OK);
        for (size_t j = 0; j < i; j++)
            assert_true((memcmp(codes[i], codes[j], SHA1_BYTES) == 0) == (strcmp(keys[i], keys[j]) == 0));
        for (size_t len = sizeof(longest); i % 2 == 0 && len > 60; len--)
            assert_int_equal(hmac_sha1((struct slice){longest, len}, SLICE("data"), digest), OK);
    }
}

/* One bit of the key, of the head or of the bytes another, and nothing is opened. */
static void what_is_sealed_is_opened_by_its_key_alone(void **state)
{
    static const char words[] = "+51987654321 vende jugos";
    unsigned char key[SEAL_KEY], head[SEAL_HEAD], other_head[SEAL_HEAD], bytes[sizeof(words)], other[sizeof(words)];
    (void)state;
    memset(key, 7, sizeof(key));
    for (size_t len = 0; len <= sizeof(words); len++) {
        memcpy(bytes, words, sizeof(words));
        memcpy(other, words, sizeof(words));
        seal(key, head, bytes, len);
        seal(key, other_head, other, len);
        assert_memory_not_equal(head, other_head, sizeof(head));
        if (len > 8) {
            assert_memory_not_equal(bytes, words, len);
            assert_memory_not_equal(bytes, other, len); /* nor can two be told to be the same */
        }
        for (size_t bit = 0; bit < 8 * sizeof(head); bit++) {
            head[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_false(unseal(key, head, bytes, len));
            head[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_false(unseal(key, head, bytes, len));
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        key[3] ^= 1;
        assert_false(unseal(key, head, bytes, len));
        key[3] ^= 1;
        assert_true(unseal(key, head, bytes, len));
        assert_memory_equal(bytes, words, sizeof(words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyed_digests_match_the_rfcs),
        cmocka_unit_test(signs_as_meta_does),
        cmocka_unit_test(signs_as_twilio_does),
        cmocka_unit_test(digests_without_a_key),
        cmocka_unit_test(writes_base64),
        cmocka_unit_test(refuses_what_is_no_base64),
        cmocka_unit_test(writes_short_digests),
        cmocka_unit_test(writes_quick_digests),
        cmocka_unit_test(reads_hex_of_exactly_the_length),
        cmocka_unit_test(compares_secrets),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(what_is_sealed_is_opened_by_its_key_alone),
        cmocka_unit_test(a_key_that_comes_again_gives_the_same_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
