#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/tags.h"

/* Writes the tags of a text as "craft women", in table order. */
static void stated(const char *text, char out[256])
{
    unsigned set = tags_stated(slice_of(text));
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < tags.count; i++)
        if (set & 1u << i)
            used += (size_t)snprintf(out + used, 256 - used, "%s%s", used ? " " : "", tags.words[i].key);
}

static void owners_words_state_tags(void **state)
{
    static const struct {
        const char *text, *tags;
    } rows[] = {
        {"", ""},
        {"tengo una bodega en el barrio", ""},
        {"Soy artesana, tejo chompas a mano", "women craft"},
        {"somos una ASOCIACIÓN de mujeres tejedoras en telar", "women association craft"},
        {"Cerámica de Chulucanas", "craft"},
        {"pan artesanal y cerveza artesanal", ""},
        {"vendo ropa de mujer y zapatos de señora", ""},
        {"restaurante en Madre de Dios", ""},
        {"soy pescador de Paita", "fishing"},
        {"vendo pescado frito", ""},
        {"salimos a la pesca.", "fishing"},
        {"criamos truchas en la comunidad campesina", "rural association fishing"},
        {"siembro papa en mi chacra", "rural"},
        {"hablo quechua", "native_language"},
        {"nos están extorsionando", "extortion"},
        {"me cobran cupos", "extortion"},
        {"el huayco entró a mi tienda", "disaster"},
        {"somos jóvenes emprendedores", "youth"},
        {"vendo ropa para jóvenes", ""},
        {"estoy en el Remype", "remype"},
        {"siembro cacao en Pichari", "vraem"},
    };
    char got[256];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stated(rows[i].text, got);
        assert_string_equal(got, rows[i].tags);
    }
}

static void owners_words_tell_of_a_place(void **state)
{
    static const struct {
        const char *text;
        int place;
    } rows[] = {
        {"", -1},
        {"vendo jugos", -1},
        {"vendo jugos en el mercado", 1},
        {"tengo una bodega en Cusco", 1},
        {"MI TIENDA de ropa", 1},
        {"soy dueña de una peluquería", 1},
        {"tengo mi taller de soldadura", 1},
        {"soy vendedora ambulante", 0},
        {"tengo un puesto ambulante de desayunos", 0},
        {"vendo emoliente en mi carrito", 0},
        {"vendo fruta por las calles en triciclo", 0},
        {"vendo ropa, no tengo local", 0},
        {"vendo de puerta en puerta, antes en el mercado", 0},
        {"tengo una tienda virtual", -1},
        {"vendo tortas en mi casa", -1},
        {"vendo tiendas de campaña", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (place_stated(slice_of(rows[i].text)) != rows[i].place)
            fail_msg("%s: %d", rows[i].text, place_stated(slice_of(rows[i].text)));
}

static void long_text_is_looked_at_as_far_as_it_fits(void **state)
{
    static char text[5000];
    char got[256];
    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    stated(text, got);
    assert_string_equal(got, "");
    memcpy(text, "soy pescador ", 13);
    stated(text, got);
    assert_string_equal(got, "fishing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_words_state_tags),
        cmocka_unit_test(owners_words_tell_of_a_place),
        cmocka_unit_test(long_text_is_looked_at_as_far_as_it_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
