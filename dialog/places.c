#include "dialog/places.h"

#define KM_PER_DEGREE 111.2
#define LONGITUDE_SHRINK 0.985 /* cosine of 10 degrees: the middle of Peru */
#define NEAR_KM 400.0

static const struct place {
    const char *code;
    const char *name;
    double latitude, longitude;
} places[] = {
    {"01", "Amazonas", -6.2, -77.9},    {"02", "Áncash", -9.5, -77.5},         {"03", "Apurímac", -13.6, -72.9},
    {"04", "Arequipa", -16.4, -71.5},   {"05", "Ayacucho", -13.2, -74.2},      {"06", "Cajamarca", -7.2, -78.5},
    {"07", "Callao", -12.05, -77.13},   {"08", "Cusco", -13.5, -72.0},         {"09", "Huancavelica", -12.8, -75.0},
    {"10", "Huánuco", -9.9, -76.2},     {"11", "Ica", -14.1, -75.7},           {"12", "Junín", -12.1, -75.2},
    {"13", "La Libertad", -8.1, -79.0}, {"14", "Lambayeque", -6.8, -79.8},     {"15", "Lima", -12.05, -77.04},
    {"16", "Loreto", -3.7, -73.3},      {"17", "Madre de Dios", -12.6, -69.2}, {"18", "Moquegua", -17.2, -70.9},
    {"19", "Pasco", -10.7, -76.3},      {"20", "Piura", -5.2, -80.6},          {"21", "Puno", -15.8, -70.0},
    {"22", "San Martín", -6.0, -77.0},  {"23", "Tacna", -18.0, -70.2},         {"24", "Tumbes", -3.6, -80.5},
    {"25", "Ucayali", -8.4, -74.5},
};

#define PLACES (sizeof(places) / sizeof(places[0]))

const char *place_name(struct slice code)
{
    for (size_t i = 0; i < PLACES; i++)
        if (slice_is(code, places[i].code))
            return places[i].name;
    return NULL;
}

const char *place_nearest(double latitude, double longitude)
{
    double best = NEAR_KM * NEAR_KM;
    const char *code = NULL;
    for (size_t i = 0; i < PLACES; i++) {
        double north = (latitude - places[i].latitude) * KM_PER_DEGREE;
        double east = (longitude - places[i].longitude) * KM_PER_DEGREE * LONGITUDE_SHRINK;
        double distance = north * north + east * east;
        if (distance < best) {
            best = distance;
            code = places[i].code;
        }
    }
    return code;
}
