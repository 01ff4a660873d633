/* Answers that are words and no quantity: yes or no, a trend, a tax regime, a goal. Each is one table, read from the
 * particular to the general, so that "no ha bajado" is met before "ha bajado". */
#include "dialog/recognise_types.h"

#define OPENING                                                                                                        \
    "pues|ah|uy|uff|=asu|wow|bueno|buenas|hola|ay|oh|eh|este|mmm|mm|hmm|verdad|mira|entonces|yo|amigo|senorita|"       \
    "joven|que|ok"
#define COURTESY                                                                                                       \
    "pues|nomas|ya|gracias|amigo|amiga|senor|senorita|senora|joven|entonces|si|claro|ok|por|favor|listo|"              \
    "dale"

static const struct pattern yesno[] = {
    {"uno|una|unos|unas si|no y? el|la? otro|otra|otros|otras si|no", "maybe", 0.7},
    {"si pero no", "maybe", 0.7},
    {"gracias no $", "no", 0.9},
    {"pero no", "maybe", 0.6},
    {"^ si|ya|claro pero|cuando", "yes", 0.6},
    {"^ no si", "yes", 0.6},
    {"es que no", "no", 0.76},
    {"^ no creo", "no", 0.8},
    {"si|no y no|si", "maybe", 0.7},
    {"quizas|quiza|talvez|kizas|icha|ichapas|ichaya", "maybe", 0.95},
    {"tal ves", "maybe", 0.95},
    {"puede|podria ser", "maybe", 0.95},
    {"puede que", "maybe", 0.9},
    {"de repente", "maybe", 0.9},
    {"a|alo lo? mejor", "maybe", 0.9},
    {"depende|capaz|probable|probablemente|posible|posiblemente", "maybe", 0.9},
    {"mas o menos", "maybe", 0.85},
    {"a|en veces|ocasiones|partes|parte", "maybe", 0.85},
    {"algunas veces", "maybe", 0.85},
    {"no estoy|toy .. segur*", "maybe", 0.9},
    {"no lo|la? se|sabria|decido|recuerdo", "maybe", 0.85},
    {"ni idea|se", "maybe", 0.8},
    {"^ veremos|vere|pensare $", "maybe", 0.85},
    {"quien sabe", "maybe", 0.85},
    {"lo|le|voy|tengo|primero|dejame|dejeme|debo que|a? convers*|consult*|pens*|pienso|evalu*|coordin*|decid*|"
     "analiz*|habl* con|primero|mejor|un|antes|bien|mi|todavia|aun",
     "maybe", 0.85},
    {"lo|dejame|dejeme|debo|tengo que|a? convers*|consult*|pens*|evalu*|coordin*|analiz*", "maybe", 0.85},
    {"lo|voy|dejame a? pensar*|pensare|pensarlo|ver|vere|consultar*", "maybe", 0.85},
    {"vamos|hay|ahi a|que ver|vemos", "maybe", 0.85},
    {"^ " OPENING "? luego|despues|manana $", "maybe", 0.7},
    {"mas tarde|adelante", "maybe", 0.7},
    {"creo|supongo|parece que? si", "yes", 0.7},
    {"creo|supongo|parece que? no", "no", 0.7},
    {"^ si es|fuera|hubiera|cuesta|no|me|hay .. gratis|cuesta|cobra*|pag*|conviene|ayuda*", "maybe", 0.6},
    {"por que no", "yes", 0.8},
    {"^ como no", "yes", 0.9},
    {"no hay? problema|problemas", "yes", 0.85},
    {"^ me parece bien|ok|perfecto|genial|bacan|excelente|correcto|conforme|buena|bueno", "yes", 0.92},
    {"no me? molesta|opongo|importa", "yes", 0.7},
    {"no .. olvid*|dud* $", "yes", 0.6},
    {"claro|obvio|por|supuesto|pues|seguro que? no", "no", 0.95},
    {"si .. todavia|aun no?", "maybe", 0.6},
    {"todavia|todabia|aun|manaraq|manaraqmi|manaraqui|manarak", "no", 0.9},
    {"^ ya no", "no", 0.9},
    {"^ no no|nunca|nada|jamas", "no", 0.95},
    {"^ " OPENING "? " OPENING "? no", "no", 0.92},
    {"^ la? verdad que? no", "no", 0.92},
    {"^ la? verdad que? si", "yes", 0.92},
    {"^ nop*|negado|negada|noup|nopi|nel|nones|nain|nah|na|neg|negativo|nica|nicas|nikagando|nicagando|nein|not", "no",
     0.93},
    {"^ manam|manan|mana|manama|manas|manami|janiwa|amapas|ama", "no", 0.93},
    {"^ n $", "no", 0.8},
    {"ni a|por|de? palos|hablar|loco|loca|asomo|vainas|cagando|muerto", "no", 0.93},
    {"nunca|jamas|tampoco|ninguno|ninguna", "no", 0.88},
    {"para|pa nada", "no", 0.9},
    {"de ninguna manera", "no", 0.93},
    {"de|en absoluto", "no", 0.85},
    {"que va|ba", "no", 0.85},
    {"nada que ver", "no", 0.88},
    {"asi|eso|esa|ese|esta|este no", "no", 0.88},
    {"en|para|mejor otro|otra momento|dia|ocasion|vez|oportunidad", "no", 0.8},
    {"^ paso|omitir $", "no", 0.76},
    {"^ nada $", "no", 0.8},
    {"incorrecto|falso|rechazo|denegado|equivocado", "no", 0.9},
    {"^ " OPENING "? " OPENING "? si|sip|sipi|sipis|sep|sis|see|seh|sim|simon|sipo|zip|sii|=sisi|=sisisi|=sisisisi",
     "yes", 0.92},
    {"^ "
     "claro|claros|klaro|clarito|clarinete|afirmativo|correcto|exacto|exactamente|efectivamente|cierto|obvio|"
     "obviamente|seguro|perfecto|conforme|confirmo|confirmado|acepto|aceptado|autorizo|aprobado|positivo|"
     "verdad",
     "yes", 0.93},
    {"acepto|autorizo|confirmo", "yes", 0.9},
    {"doy|damos|tiene|tienes|tienen|otorgo|brindo mi|el|la|su|todo? permiso|consentimiento|autorizacion|aprobacion",
     "yes", 0.92},
    {"^ ari|arii|aw|awmi|arisa|riki|jisa|arimi", "yes", 0.93},
    {"^ ok|okey|okay|oki|okis|okas|okidoki|oka|oki|okok|yes|yep|yeah|yap|sure", "yes", 0.92},
    {"^ "
     "dale|vale|va|vamos|sale|listo|buenazo|bacan|chevere|genial|excelente|aja|aha|fijo|manya|adelante|procede|proceda|"
     "procedan|ya|"
     "yap " COURTESY "? " COURTESY "? $",
     "yes", 0.9},
    {"^ muy|todo|super? bueno|bien|normal " COURTESY "? " COURTESY "? $", "yes", 0.8},
    {"^ ya acepto|quiero|tengo|tenemos|saque|puedo|hice", "yes", 0.88},
    {"^ dale|vale|va|vamos|sale|listo|bueno|bien|aja|normal|ya", "yes", 0.6},
    {"de acuerdo|una|ley", "yes", 0.92},
    {"por su? supuesto|puesto", "yes", 0.95},
    {"asi|eso es|mismo", "yes", 0.9},
    {"desde luego", "yes", 0.93},
    {"con mucho|muchisimo|toda|todo? gusto|todo|placer|agrado|confianza", "yes", 0.9},
    {"sin duda|problema|problemas", "yes", 0.9},
    {"esta|ta bien|correcto|ok", "yes", 0.88},
    {"quiero|me gustaria|interesa|encantaria", "yes", 0.8},
    {"si tengo|quiero|acepto|puedo|vendo|estoy|hay|por|pe|pues|claro", "yes", 0.88},
    {"^ tengo|tenemos " COURTESY "? $", "yes", 0.8},
    {"^ cuento con", "yes", 0.8},
    {"^ s $", "yes", 0.8},
    {"^ 1 $", "yes", 0.8},
    {"^ 2 $", "no", 0.8},
    {"si $", "yes", 0.8},
    {"no $", "no", 0.8},
    {"\xF0\x9F\x91\x8D|\xF0\x9F\x91\x8C|\xE2\x9C\x85|\xE2\x9C\x94|\xF0\x9F\x92\xAF|\xF0\x9F\x86\x97|"
     "\xF0\x9F\x99\x8C",
     "yes", 0.9}, /* thumbs up, OK hand, check marks, hundred, OK button, raised hands */
    {"\xF0\x9F\x91\x8E|\xE2\x9D\x8C|\xF0\x9F\x9A\xAB|\xF0\x9F\x99\x85", "no",
     0.9},                                               /* thumbs down, cross, forbidden, no */
    {"\xF0\x9F\xA4\xB7|\xF0\x9F\xA4\x94", "maybe", 0.8}, /* shrug, thinking face */
};

#define RISING                                                                                                         \
    "sub*|duplic*|triplic*|ascend*|ascien*|aument*|crec*|mejor*|increment*|prosper*|avanz*|repunt*|dispar*|levant*"
#define FALLING "baj*|vaj*|disminu*|reduc*|cay*|decay*|decre*|caid*|empeor*|desplom*|perd*|pierd*|retroced*|hund*"
#define LEVEL                                                                                                          \
    "igual|iguales|igualito|igualita|mismo|misma|mismos|mismas|mantien*|mantene*|mantenid*|mantengo|estable|estables|" \
    "constante|"                                                                                                       \
    "constantes|parej*|normal"

static const struct pattern trend[] = {
    {"mas|mejor|menos|peor|igual que antes no $", "same", 0.5},
    {"una|uno|unos|unas mas|mejor y|pero? .. otra|otro|otros|otras .. menos|peor|mal", "same", 0.5},
    {"una|uno|unos|unas menos|peor|mal y|pero? .. otra|otro|otros|otras .. mas|mejor|bien", "same", 0.5},
    {"un|una|algo|bastante|mucho|tantito|poco|poquito|cada vez? mas|mejor $", "up", 0.85},
    {"poco|poquito a poco|poquito mas|mejor", "up", 0.85},
    {"ni sube* .. ni baja*", "same", 0.95},
    {"ni .. ni", "same", 0.85},
    {RISING " .. pero|y|solo? ahora|ya|ultimamente|hoy|actualmente|este|estos|recien .. " FALLING, "down", 0.78},
    {FALLING " .. pero|y|solo? ahora|ya|ultimamente|hoy|actualmente|este|estos|recien .. " RISING, "up", 0.78},
    {"un|una|unos|algunos|unas|algunas|hay dia|mes|semana|dias|meses|semanas|ratos|veces .. y? otro|otra|otros|otras|"
     "unos|unas",
     "UNKNOWN", 0.7},
    {RISING " .. y|otras|otros|pero|luego|despues|veces|meses|dias .. " FALLING, "same", 0.65},
    {FALLING " .. y|otras|otros|pero|luego|despues|veces|meses|dias .. " RISING, "same", 0.65},
    {"a|en|hay|unos? veces|ratos|dias|meses|semanas .. a|en|hay|y|otras|otros|pero? veces|ratos|dias|meses|semanas",
     "UNKNOWN", 0.7},
    {"no .. " RISING " mucho|tanto", "same", 0.65},
    {"no .. " FALLING " mucho|tanto", "same", 0.65},
    {"no .. cambi*|vari*|diferenci*|movi*|muev*", "same", 0.9},
    {"no|ni ha|han|ah|me|se? " RISING " ni " FALLING, "same", 0.95},
    {"no .. " FALLING, "same", 0.6},
    {"no .. " RISING, "same", 0.6},
    {"no muy|tan|tan|va|van|esta|estan|anda bien|buen*", "down", 0.75},
    {"nadie|nada|cero .. compra|compran|viene|vienen|entra|venta|ventas|clientes", "down", 0.85},
    {"por|voy|vamos a? cerrar|quebrar", "down", 0.85},
    {"no .. =comparar", "UNKNOWN", 0.85},
    {"no se? vend*|compra* nada? $", "down", 0.85},
    {"no puedo|podria|podemos comparar|decir*|saber", "UNKNOWN", 0.85},
    {"^ soy|somos|es|yo? muy|soy|somos? nuevo|nueva|nuevos", "UNKNOWN", 0.75},
    {"no .. hay|sale|salen|tengo|tenemos|viene|vienen|compra|compran mucho|mucha|muchos|tanta|tanto|tantos|casi? "
     "venta|ventas|gente|clientes|nada|plata|nadie",
     "down", 0.85},
    {"ya no .. vend*|compra*|viene*|como|igual|sale*", "down", 0.88},
    {"no .. vend*|venta .. como|igual|nada", "down", 0.85},
    {"no .. como|igual antes|que", "down", 0.85},
    {"no es|son|esta|vendo lo|la|igual|mism*", "down", 0.7},
    NOT_KNOWN,
    {"no lo|la? llevo|he", "UNKNOWN", 0.9},
    {"depende|varia|variable|irregular", "UNKNOWN", 0.75},
    {"no me quejo|quejamos", "same", 0.65},
    {"gente|clientes|nadie|publico .. no .. tien*|hay|quier*|gast*|compr*|vien*|entr*|lleg*|alcanz*", "down", 0.85},
    {"no alcanza|rinde|queda|sale nada|mucho|para|ni", "down", 0.8},
    {"dificil|dificiles|duro|dura|feo|fea", "down", 0.8},
    {"la|ala mitad", "down", 0.75},
    {"el|al doble|triple", "up", 0.75},
    {"recien|recientemente|nuevo|nueva abr*|empec*|empez*|empiez*|estoy|estamos|comenz*|inici*|negocio", "UNKNOWN",
     0.75},
    {"^ recien $", "UNKNOWN", 0.7},
    {"sube* .. baja*", "same", 0.65},
    {"baja* .. sube*", "same", 0.65},
    {"antes .. vendia|era|estaba|ganaba|salia|venian|compraban mas|mejor|bien", "down", 0.9},
    {"antes .. vendia|era|estaba|ganaba|salia|venian menos|peor|poco|mal", "up", 0.9},
    {"menos|peor que|k antes|ano|el|la|mes|nunca", "down", 0.92},
    {"mas|mejor que|k antes|ano|el|la|mes|nunca", "up", 0.92},
    {"antes|pasado .. mas|mejor", "down", 0.7},
    {"mas|mucho|algo|poco menos", "down", 0.8},
    {"mas o menos|meno", "same", 0.8},
    {"va|van|voy|vamos|esta|estan|anda|andan|ando|estamos|me|todo|muy|re|bastante para|pa? "
     "mal|peor|atras|abajo|lento|lenta|"
     "flojo|floja|fatal|malo|mala|muerto|feo|fea|critico|critica|bajo|baja|bajas|bajo",
     "down", 0.9},
    {"va|van|voy|vamos|esta|estan|anda|andan|ando|estamos|me|todo|muy|bastante|hacia para|pa? "
     "bien|mejor|adelante|arriba|"
     "creciendo|subiendo|mejorando|aumentando|bueno|buena|excelente|alza|bacan|chevere",
     "up", 0.85},
    {"para|pa|por arriba|adelante", "up", 0.85},
    {"para|pa|por los? abajo|atras|suelos|suelo", "down", 0.85},
    {"ahi|alli nomas|va|vamos|normal|estamos", "same", 0.88},
    {"=ahi|=ai|=alli no mas", "same", 0.88},
    {"=ahi|=ai|=alli", "same", 0.7},
    {"como siempre|antes|todos", "same", 0.88},
    {"sin .. cambios|cambio|novedad|novedades|variacion|variar|diferencia", "same", 0.92},
    {"por .. igual|mismo", "same", 0.9},
    {"ha|han|ah|se|me|an|esta|estan|estoy|estamos|vienen|va|van .. " FALLING, "down", 0.93},
    {"ha|han|ah|se|me|an|esta|estan|estoy|estamos|vienen|va|van .. " RISING, "up", 0.93},
    {"^ .. " LEVEL, "same", 0.92},
    {FALLING "|bajon|baja|bajas|bajo|bajos", "down", 0.9},
    {RISING "|alza", "up", 0.9},
    {"vend*|gan*|tengo|hay|sale|salen|vienen|llegan .. mas|bastante|harto", "up", 0.85},
    {"vend*|gan*|tengo|hay|sale|salen|vienen|llegan .. menos|poco|poca|pocos|nada", "down", 0.85},
    {"picada|pique|ruina|declive|caida|abismo|hueco", "down", 0.85},
    {"peor|mal|flojo|floja|fatal|menos|crisis|quiebra|quebrad*|muerto|muerta|pesimo|pesima|malo|mala|malas|"
     "critico|lento|"
     "lenta|poco|poca|pocos|pocas|atras|abajo",
     "down", 0.85},
    {"mejor|mejorcito|bien|bonito|excelente|buenisimo|buena|buenas|bueno|mas|arriba|adelante|harto", "up", 0.82},
    {"regular|masomenos|tranqui|tranquilo|sigue|seguimos|sigo|nomas", "same", 0.8},
    {"\xF0\x9F\x93\x88|\xE2\xAC\x86|\xE2\x86\x91|\xF0\x9F\x91\x8D|\xF0\x9F\x9A\x80", "up", 0.85},
    {"\xF0\x9F\x93\x89|\xE2\xAC\x87|\xE2\x86\x93|\xF0\x9F\x91\x8E", "down", 0.85},
};

static const struct pattern regimes[] = {
    NOT_KNOWN,
    {"no lo|la|se? entiendo|conozco", "UNKNOWN", 0.9},
    {"baja|suspendid*|suspension .. sunat|ruc", "none", 0.6},
    {"de|ruc .. baja|suspendid*|suspension", "none", 0.6},
    {"recibo|recibos por? honorario|honorarios", "none", 0.6},
    {"cuarta|4 ta? categoria", "none", 0.6},
    {"no .. nrus|rus|rer|rmt", "UNKNOWN", 0.5},
    {"nrus|rus|nuevorus|nrus1|nrus2", "NRUS", 0.95},
    {"nuevo|regimen .. unico|simplificado|unificado", "NRUS", 0.92},
    {"rer", "RER", 0.95},
    {"regimen|rejimen .. especial", "RER", 0.93},
    {"^ el? especial $", "RER", 0.85},
    {"^ el? unico|simplificado $", "NRUS", 0.85},
    {"rmt", "RMT", 0.95},
    {"mype|mipe|mypes|mipyme|pyme .. tributario|tributaria", "RMT", 0.95},
    {"regimen|rejimen .. mype|mipe|mypes|mipyme|pyme|tributario", "RMT", 0.92},
    {"^ el|en? mype|mipe|mypes|pyme $", "RMT", 0.76},
    {"tributario", "RMT", 0.8},
    {"^ el? rg $", "RG", 0.93},
    {"gral|jral", "RG", 0.85},
    {"regimen|rejimen .. general", "RG", 0.93},
    {"^ el|en? el? general $", "RG", 0.88},
    {"pago|pagamos|pagando|cuota|pagaba|paga .. 20|50 soles|s/? al|cada|mensual*|mes|nomas|por", "NRUS", 0.88},
    {"pago|pagamos|pagando|cuota|paga .. s/? veinte|cincuenta|20|50", "NRUS", 0.85},
    {"20|50|veinte|cincuenta soles|solcito* .. mes|mensual*|sunat", "NRUS", 0.85},
    {"categoria .. 1|2|uno|dos", "NRUS", 0.85},
    {"primera|segunda categoria", "NRUS", 0.6},
    {"^ el? de? s/? 20|50|veinte|cincuenta soles|nomas|mensual*? $", "NRUS", 0.8},
    {"=1 %", "RMT", 0.65},
    {"1|uno por ciento", "RMT", 0.65},
    {"=1.5|=1,5 %", "RER", 0.6},
    {"ninguno|ninguna|ningun", "none", 0.93},
    {"informal|informales|informalidad|ambulante", "none", 0.9},
    {"no estoy|estamos|tengo|tenemos|pago|pagamos|cuento|declaro|soy|pertenezco|hay|trabajo", "none", 0.88},
    {"sin ruc|regimen|registrar|registro|formalizar", "none", 0.9},
    {"todavia|aun|manaraq", "none", 0.85},
    {"^ no|nada|nop|nones|manan|manam $", "none", 0.75},
    {"^ no", "none", 0.7},
    {"en|al|del el? general", "RG", 0.76},
    {"en|al|del el? especial", "RER", 0.76},
    {"en|al|del el? mype|mipe|mypes|pyme", "RMT", 0.76},
    {"mi|el|la contador|contadora|estudio .. sabe|ve|maneja|lleva|hace", "UNKNOWN", 0.85},
    {"contador|contadora", "UNKNOWN", 0.75},
    {"remype", "RMT", 0.5},
    {"general", "RG", 0.7},
    {"especial", "RER", 0.7},
    {"mype|mipe|mypes|pyme", "RMT", 0.7},
};

#define ENTITIES                                                                                                       \
    "=estado|gobierno|municip*|ministerio*|publicas|publicos|entidades|qali|kali|wasi|"                                \
    "foncodes|ejercito|muni"
#define ABROAD                                                                                                         \
    "fuera|afuera|europa|china|eeuu|usa|chile|bolivia|ecuador|japon|espana|italia|miami|brasil|colombia|"              \
    "mexico"

static const struct pattern goals[] = {
    {"no quiero|necesito nada", "other", 0.7},
    {"cambi*|mud*|traslad* de|del|el|a|mi? mi? local|sitio|lugar|zona|puesto|otro|rubro|giro", "other", 0.7},
    {"ayud*|apoy*|soporte|respaldo econom*|financ*|monetar*", "finance", 0.9},
    {"no se|sabria|sabemos como|por|de donde? empezar|comenzar|iniciar|manejar|llevar", "training", 0.85},
    {"extors*|estors*|ladron*|robo|robos|roban|roben|asalt*|insegur*|seguridad|delincuen*|cupos|cupo", "other", 0.9},
    {"cerrar|cierre|traspas*|vender mi negocio|local|puesto|tienda|bodega|empresa|todo", "other", 0.85},
    {"cerrar|cierro|liquidar|jubil*|traspas*|retirarme|cerrarlo", "other", 0.85},
    {ENTITIES " .. vend*|compr*|proveedor|proveedora|particip*|gan*", "public_sales", 0.9},
    {"vend*|proveedor|proveedora|proveer|abastecer|contrat*|trabajar|compras|compra .. " ENTITIES, "public_sales",
     0.93},
    {"compras a? myperu|miperu|mype*|publicas", "public_sales", 0.9},
    {"qali|kali|wasi warma|guarma|uarma|mikuna", "public_sales", 0.85},
    {"compras|compra|contrataciones|ventas estatal*|publica|publicas", "public_sales", 0.9},
    {"licitacion*|licitar|seace|osce|oece|perucompras|qaliwarma", "public_sales", 0.93},
    {"al? =estado", "public_sales", 0.85},
    {"export*|extranjero|exterior|internacional|aduana*", "export", 0.93},
    {"fuera|afuera|otros|otro|al del? peru|pais|paises", "export", 0.9},
    {"estados unidos", "export", 0.9},
    {"vend*|mand*|envi*|llev*|vendiendo .. " ABROAD, "export", 0.85},
    {"deuda|deudas|deber*|debo|debemos|debiendo|deberle|adeud*|endeud*|infocorp|refinanci*|reprogram*|moros*|mora|"
     "acreedor*",
     "debts", 0.93},
    {"gota a gota", "debts", 0.9},
    {"atras*|vencid*|retras* .. cuota*|pago*|letra*|credito*|prestamo*|banco|caja", "debts", 0.9},
    {"cuota*|pago*|letra*|credito*|prestamo*|banco|caja .. atras*|vencid*|retras*", "debts", 0.9},
    {"pagar*|cancelar*|salir|terminar mis|mi|los|el|la|al|del|lo|a prestamo*|credito*|banco|prestamist*|que", "debts",
     0.9},
    {"sacar|tramitar|obtener|conseguir|tener|quiero|renovar|el|mi|sin|legal "
     "ruc|licencia|permiso*|papel*|boleta*|factura*|"
     "registro*|remype|certificad*|autorizacion*|funcionamiento",
     "formalise", 0.93},
    {"formal*|legaliz*|sunat|sunarp|ruc|licencia*|permiso*|papeles|digesa|boleta|boletas|factura|facturas|"
     "facturar|"
     "registrar*|remype|indecopi|defensa|tributos|impuestos|regularizar*|constituir|tramites",
     "formalise", 0.9},
    {"en regla|orden", "formalise", 0.85},
    {"formar|crear|constituir|abrir una|mi|la empresa|sociedad|sac|eirl", "formalise", 0.8},
    {"sanitario|marca", "formalise", 0.8},
    {"=tik =tok", "digital", 0.9},
    {"internet|online|linea|digital*|facebook|face|tiktok|instagram|whatsapp|wasap|wsp|redes|web|pagina|"
     "tecnologia*|"
     "computadora*|yape|yapear|plin|app|aplicacion|apps|virtual|ecommerce|pos|celular|sistema|software|"
     "delivery",
     "digital", 0.9},
    {"aprend*|aprender|capacit*|ensen*|curso*|estudi*|talleres|clase|clases|asesor*|formacion|charla*|"
     "entrenam*|"
     "instruir*|conocimiento*|saber|orient*|consejo*|mentor*|yachay*|taller",
     "training", 0.92},
    {"manejar|administrar|organizar|ordenar|llevar|controlar|gestionar .. "
     "cuenta*|negocio|contabilidad|dinero|plata|gastos|"
     "inventario|costos|empresa",
     "training", 0.88},
    {"contabilidad|costos|administracion|gestion|costear", "training", 0.85},
    {"prestam*|prestamo*|credito*|capital*|financi*|plata|dinero|fondo|fondos|billete|invertir|inversion*|"
     "inbert*|"
     "prestar|prestarme|prestan|presten|banco|bancos|efectivo|semilla|leasing|qullqi*|subsidio|bono",
     "finance", 0.92},
    {"compr*|adquirir|cambiar|renovar|tener|falta*|necesit*|quier*|quisiera|quisieramos|nueva|mejor|equipar|otra .. "
     "maquin*|herramient*|horno|equip*|"
     "mercader*|mercaderia|insumo*|local|carro|moto|mototaxi|terreno|vehiculo|stock|cocina|refriger*|"
     "congeladora",
     "finance", 0.9},
    {"maquin*|equipos|equipamiento|mercaderia", "finance", 0.8},
    {"^ un|una|unos|unas|otro|otra "
     "horno*|refriger*|congelador*|vitrina*|balanza*|herramient*|moto|mototaxi|carro|camion*|vehiculo*|cocina",
     "finance", 0.8},
    {"ampliar|agrandar|abrir|poner|montar|expandir otr*|otro|otra|mas|un|mi|el|nuevo "
     "local|sucursal|tienda|puesto|negocio",
     "finance", 0.76},
    {"vend*|bend*|venta|ventas mas|mucho|mejor|bastante|harto", "customers", 0.93},
    {"mas|mejorar|aumentar|subir|crecer|incrementar|levantar|tener|mayor|mayores|haya|conseguir en? "
     "mis|las|mi|la|mas? "
     "vent*|vend*|client*|pedid*|public*|caser*|consum*",
     "customers", 0.93},
    {"compren|compre|compran|consuman|vengan|venga|visiten|lleguen|llegue|entre|entren|contraten .. "
     "mas|gente|personas|publico",
     "customers", 0.9},
    {"atra*|capt*|jal*|llam*|traer|gan*|convenc*|busc*|llegar .. gente|client*|publico|personas|caser*|compradores",
     "customers", 0.9},
    {"mas gente|personas|visitas|consumidores", "customers", 0.85},
    {"gente|personas|publico .. compr*|conozc*|veng*|busqu*", "customers", 0.85},
    {"hacer*|aser*|ser .. conocer|conocid*|conozc*", "customers", 0.9},
    {"client*|caserit*|casero*|comprador*|publico", "customers", 0.9},
    {"publicid*|promocion*|promociona*|marketing|propaganda|anunci*|conoci*|conozc*|conosc*|mercado|mercados|"
     "ofert*",
     "customers", 0.88},
    {"vend*|venta*|bend*", "customers", 0.8},
    {"feria|ferias", "customers", 0.8},
    {"mejorar .. producto*|calidad|servicio|administracion|gestion", "training", 0.65},
    {"socio|socia|socios|ampliar|expandir*", "finance", 0.6},
    {"crecer|crecimiento|mejorar|progresar|surgir", "customers", 0.5},
    {"salir adelante", "customers", 0.5},
    {"^ otro|otra|otros|otras cosa|cosas|tema? $", "other", 0.9},
    {"^ nada|ninguno|ninguna|ningun", "other", 0.7},
    {"precio*|inflacion|costos|gasolina|combustible .. baj*|sub*|caro*", "other", 0.7},
    {"baj* .. precio*|inflacion", "other", 0.7},
    {"trabajador*|personal|contratar|empleados|salud|hijos|agua|luz|local", "other", 0.7},
};

const struct pattern_table yesno_table = TABLE(TABLE_YESNO, yesno);
const struct pattern_table trend_table = TABLE(TABLE_TREND, trend);
const struct pattern_table regime_table = TABLE(TABLE_REGIMES, regimes);
const struct pattern_table goal_table = TABLE(TABLE_GOALS, goals);

bool reading_asks(const struct reading *reading)
{
    struct slice text = slice_trim(reading->text);
    bool question = text.len > 0 && text.ptr[text.len - 1] == '?';
    if (pattern_has("^ pero|es|que? que? no te|le|la|lo|se|les|me? entiendo|entendi|entendy|comprendo|comprendi|capto",
                    reading->lexed)) /* nor is that a no */
        return true;
    return question &&
           (!pattern_has("^ si|sii|claro|dale|ok|no", reading->lexed) || pattern_has("^ si o|u no", reading->lexed));
}

bool reading_refuses(const struct reading *reading)
{
    static const char *const forms[] = {
        "no|prefiero|mejor te|le|lo|les? quiero|quisiera|deseo|voy|puedo|pienso? a? no? "
        "decir*|decirlo|responder|contestar|contar|contarte|compartir",
        "^ no te|le|lo|les? digo|dire|respondo|contesto",
        "^ no quiero|deseo|puedo|se|sabria $",
        "que te|le|les importa",
        "es|eso privado|personal|confidencial|secreto",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (pattern_has(forms[i], reading->lexed))
            return true;
    return false;
}

bool reading_evades(const struct reading *reading)
{
    static const char lone[] = "^ si|no|ok|ya|claro|bueno|dale|listo si|no|ok|ya|claro|bueno|dale|listo|pues|gracias $";
    static const char asked_back[] = "^ que|como|cual|quien|mande|ah|eh cosa? $";
    struct recognised found;
    bool works =
        pattern_has("vend*|hago|hacemos|tengo|tenemos|fabric*|arregl*|compr*|cri*|cos*|siembr*", reading->lexed);
    return reading_refuses(reading) || (reading_asks(reading) && !works) || pattern_has(lone, reading->lexed) ||
           pattern_has(asked_back, reading->lexed) ||
           (reading->lexed->count == 1 && recognise_yesno(reading, &found) == OK);
}

enum error recognise_yesno(const struct reading *reading, struct recognised *out)
{
    return reading_asks(reading) ? ERR_NOT_FOUND : recognise_by(&yesno_table, reading, out);
}

enum error recognise_trend(const struct reading *reading, struct recognised *out)
{
    return recognise_by(&trend_table, reading, out);
}

/* Gives the regime whose monthly share of sales is named: 1 % of RMT, 1.5 % of RER. NULL when none is. */
static const char *regime_of_share(const struct lexed *lexed)
{
    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = token_at(lexed, i), *after = token_at(lexed, i + 1);
        bool share = slice_is(after->text, "%") || token_is(after, "porciento") ||
                     (token_is(after, "por") && token_is(token_at(lexed, i + 2), "ciento|cien"));
        if (token->kind == TOKEN_NUMBER && share && (token->hundredths == 100 || token->hundredths == 150))
            return token->hundredths == 100 ? "RMT" : "RER";
    }
    return NULL;
}

enum error recognise_regime(const struct reading *reading, struct recognised *out)
{
    enum error error = recognise_by(&regime_table, reading, out);
    const char *share = error ? regime_of_share(reading->lexed) : NULL;
    if (share)
        error = recognised_set(out, slice_of(share), 0.65);
    if (!error && out->confidence > 0.7 && pattern_has("creo|parece|supongo|quizas|talvez|pienso", reading->lexed))
        out->confidence = 0.7;
    return error;
}

/* Takes the first goal named; where words of another follow, it is less sure. */
enum error recognise_goal(const struct reading *reading, struct recognised *out)
{
    struct pattern_match first, other;
    if (!pattern_table_find(&goal_table, 0, reading->index, reading->lexed, &first))
        return ERR_NOT_FOUND;
    double confidence = first.confidence;
    for (const struct pattern *row = first.pattern + 1; row < goals + goal_table.count; row = other.pattern + 1) {
        if (!pattern_table_find(&goal_table, (size_t)(row - goals), reading->index, reading->lexed, &other))
            break;
        bool apart = other.first >= first.end || other.end <= first.first;
        if (apart && !slice_is(slice_of(other.pattern->value), first.pattern->value)) {
            confidence -= 0.12;
            break;
        }
    }
    return recognised_set(out, slice_of(first.pattern->value), confidence);
}
