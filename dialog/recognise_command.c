/* Commands: only when the whole message means one. "BAJA por favor" is; "mi venta baja" is not. */
#include "dialog/recognise_types.h"

/* Courtesy around a command. */
static const char courtesies[] =
    "por|favor|porfavor|porfa|porfis|plis|=pls|=plz|please|pues|amigo|amiga|amiguito|senor|senora|senorita|senito|"
    "joven|chaski|chasqui|"
    "ya|ahora|allichu|disculpa|disculpe|oye|oiga|bueno|entonces|usted|doctor|inge|jefe|tambien";

/* What may stand before or behind another command. */
static const char salutations[] = "hola|ola|buenas|buenos|buen|dias|dia|tardes|noches|gracias|muchas|ok|wenas|saludos";

#define HELLO "hola|ola|holi|holis|holaa|alo|wenas|wena|buenas|buenos|hey|hi|hello|saludos|oli"
#define WRITE "escrib*|eskrib*|mand*|envi*|molest*|llam*|jod*|fastidi*|insist*|contact*"
#define STAFF "persona|alguien|asesor|asesora|humano|humana|operador*|encargad*|agente|especialista|responsable"
#define DATA "datos|dato|informacion|info|numero|celular|registro|conversacion|historial|todo|cuenta|nombre|perfil"

/* Words that may stand around what is wanted, in any order. */
#define AROUND                                                                                                         \
    "quiero|quisiera|quisieramos|queremos|deseo|deseamos|gustaria|necesito|necesitamos|solicito|pido|puedo|podemos|"   \
    "pued*|podri*|favor|me|nos|te|le|les|se|lo|la|los|las|el|un|una|unos|mi|mis|su|sus|tu|tus|de|del|a|al|en|que|"     \
    "con|y|para|pa|por|esto|esta|este|eso|aqui|aca|todo|toda|todos|todas|usted|ustedes|hay|forma|manera|vez|alguna|"   \
    "quien|ser|tal|bien|mejor|voy|vamos|ir|hacer|prefiero|gracias|urgente|rapido|tambien|estoy|como"
#define HOW "hago|hace|haria|debo|tengo|tendria"
#define MINE "mi|mis|mio|mia|mios|mias|nuestro*|nuestra*|tengo|guard*"
#define SAID "puse|respond*|contest*|escrib*|anot*|marq*|marc*|dij*|mand*|envi*|respuesta*"

static const struct pattern commands[] = {
    {"^ baja $", "stop", 0.95},
    {"^ "
     "stop|alto|detener|detengan|detente|salir|cancelar|cancela|cancelen|desuscribir*|desuscrib*|unsubscribe|parar|"
     "paren|pare|basta|"
     "fin|quit|end $",
     "stop", 0.93},
    {"^ bajas|bajar $", "stop", 0.7},
    {"^ quiero|quisiera|deseo|solicito|pido|necesito darme|dar|la|mi|de? la|de|mi? baja $", "stop", 0.93},
    {"^ quiero|quisiera|deseo|solicito|pido que me|nos den|saquen|retiren|quiten de? baja|la|esta|lista|aqui|aca "
     "lista? $",
     "stop", 0.93},
    {"^ no quiero|deseo mensajes|sms|avisos|publicidad|notificaciones $", "stop", 0.9},
    {"^ dame|deme|denme|dar|darme|den|dame de|la baja $", "stop", 0.93},
    {"^ me doy|dan|das de baja $", "stop", 0.9},
    {"^ quiero|quisiera|deseo salir|salirme|retirarme|cancelar|parar|desuscribirme de? "
     "aqui|aca|esto|todo|servicio? $",
     "stop", 0.9},
    {"^ eliminame|eliminenme|borrame|borrenme|elimina|quitame de tu|su|la|esta? lista|aqui|aca $", "stop", 0.9},
    {"^ sacame|saquenme|retirenme|quitenme|eliminenme|sacarme de? la|esta? lista|aqui|aca|esto? $", "stop", 0.9},
    {"^ la baja $", "stop", 0.8},
    {"^ baja baja baja? $", "stop", 0.9},
    {"^ =b =a =j =a $", "stop", 0.85},
    {"^ cancelar|anular|cancelen|anulen mi|la? suscripcion|inscripcion|registro|servicio|mensajes $", "stop", 0.93},
    {"^ no mas $", "stop", 0.85},
    {"^ no mas mensajes|sms|avisos|mensaje|publicidad $", "stop", 0.95},
    {"^ no me " WRITE " mas|nada|nunca? mas|sms|mensajes? por? $", "stop", 0.95},
    {"^ no me|nos vuelv* a " WRITE " mas? $", "stop", 0.93},
    {"^ no " WRITE " mas|mensajes mensajes? $", "stop", 0.9},
    {"^ no escrib*|eskrib*|mand*|envi*|molest*|llam*|insist*|contact* $", "stop", 0.9},
    {"^ para|pare|paren ya $", "stop", 0.9},
    {"^ para|pare|paren de " WRITE " .. $", "stop", 0.9},
    {"^ no quiero|deseo que? me? " WRITE " mas? nada? $", "stop", 0.93},
    {"^ no quiero|deseo mas|recibir|que mas|me? mensajes|sms|avisos|publicidad|nada|mensaje|notificaciones $", "stop",
     0.95},
    {"^ no quiero|deseo seguir|continuar|participar mas? $", "stop", 0.8},
    {"^ no quiero|deseo mas $", "stop", 0.85},
    {"^ dejen|deja|deje|dejame|dejenme|para|paren de|en? " WRITE "|paz mas|mensajes|sms? $", "stop", 0.93},
    {"^ borr*|elimin*|suprim*|olvid*|destru* todos|todas? mi|mis|lo|la|el|los|todo|toda " DATA
     " todos? de? su|la|tu? lista|base|sistema? $",
     "erase", 0.95},
    {"^ quiero|quisiera|deseo|pido|solicito|necesito|puedes|puede|pueden que? borr*|elimin*|suprim*|olvid* "
     "todos? "
     "mi|mis|los|el|la|toda|todo " DATA " mis|los|personales? datos? $",
     "erase", 0.95},
    {"^ borr*|elimin*|olvid* todo|me $", "erase", 0.85},
    {"^ quiero|quisiera|deseo|pido|solicito que? borr*|elimin* todo|toda $", "erase", 0.88},
    {"^ borrenme|borrame|eliminenme|eliminame|olvidenme|olvidame|borrar|eliminar|borra $", "erase", 0.85},
    {"^ quiero|deseo|quisiera que me|se borr*|elimin*|olvid* $", "erase", 0.85},
    {"^ quiero|deseo|quisiera borr*|elimin* $", "erase", 0.8},
    {"^ mis|mi datos|dato|informacion $", "mydata", 0.93},
    {"^ que|cuales|cual son|es? mis|datos|informacion|info|saben|sabes|sabe "
     "datos|informacion|tienen|tiene|tienes|guardan|hay|de "
     "de? mi|mis|mio|sobre? mi|tienen|datos|tienes? $",
     "mydata", 0.93},
    {"^ quiero|quisiera|deseo|puedo|necesito|ver|muestr*|mostrar|ensen*|dame|deme ver|saber|conocer|tener? "
     "que|mis|mi|los " DATA " tienen|guardan|mios? de? mi? $",
     "mydata", 0.93},
    {"^ que tienen|saben|sabes|guardan|tienes sobre|de mi $", "mydata", 0.93},
    {"^ corregir|rectificar|correccion|corrige|corrijan|corrigan|rectificacion|corregir $", "rectify", 0.93},
    {"^ quiero|quisiera|deseo|necesito|puedo? "
     "corregir|rectificar|cambiar|modificar|actualizar|corrijan|corrija|arreglar "
     "un|mi|mis|el|los? dato|datos|nombre|numero|respuesta|informacion|error? $",
     "rectify", 0.93},
    {"^ mi|mis|el|la|los|hay|esta datos|dato|nombre|numero|respuesta|registro|celular .. "
     "mal|equivocad*|errad*|incorrect* $",
     "rectify", 0.93},
    {"^ esta|estan|salio mal|equivocad*|errad*|incorrect* mi|mis|el|la|los? " DATA "|respuesta $", "rectify", 0.9},
    {"^ hay|es un? error $", "rectify", 0.8},
    {"^ me equivoque|confundi|equivoke", "rectify", 0.8},
    {"^ cambiar|corregir|modificar|actualizar|rectificar mi|mis|el|los|un? " DATA "|respuesta|error $", "rectify",
     0.93},
    {"^ "
     "idioma|lengua|lenguaje|language|quechua|quechuapi|kechua|runasimi|runasimipi|castellano|espanol|aymara|aimara|"
     "castellanupi|lang $",
     "language", 0.93},
    {"^ en|quiero|habl*|cambiar|cambia|escribe|puede*|prefiero en|el|de|a|hablar|ser? "
     "idioma|lengua|quechua|runasimi|"
     "castellano|espanol|aymara|aimara $",
     "language", 0.93},
    {"^ quiero|cambiar|cambia|habla*|se|prefiero .. quechua|runasimi|castellano|espanol|idioma|lengua|aymara "
     "$",
     "language", 0.85},
    {"^ asesor|asesora|humano|humana|operador|operadora|agente|encargado|encargada|ejecutivo|asesoria $", "agent", 0.9},
    {"^ persona $", "agent", 0.7},
    {"^ quiero|quisiera|deseo|necesito|puedo|prefiero|me? "
     "hablar|habl*|comunic*|pas*|atiend*|atend*|convers*|contact* .. " STAFF " $",
     "agent", 0.93},
    {"^ quiero|quisiera|deseo|necesito|prefiero un|una|al|el? asesor|asesora|humano|operador*|agente $", "agent", 0.9},
    {"^ llamenme|llamame|llameme $", "agent", 0.88},
    {"^ me? pueden|puede|podria|podrian .. llamar*|llamen|llame $", "agent", 0.88},
    {"^ con un|una|el|la? " STAFF " $", "agent", 0.85},
    {"^ un|una|con humano|humana|asesor|asesora $", "agent", 0.8},
    {"^ quiero|quisiera|deseo|necesito|prefiero|pido que me llame|llamen $", "agent", 0.9},
    {"^ una|alguna persona|alguien real|verdad $", "agent", 0.85},
    {"^ denuncia|denunciar|queja|quejarme|reclamo|reclamar|reclamacion|libro de? reclamaciones? $", "agent", 0.8},
    {"^ quiero|deseo|voy a? hacer|poner|presentar? una|un? denuncia*|queja|quejarme|reclam* $", "agent", 0.85},
    {"^ ayuda|ayudame|ayudeme|ayudenme|help|yanapay|yanapaykuway|yanapaway|auxilio|sos|instrucciones|ayudita "
     "$",
     "help", 0.93},
    {"^ necesito|quiero|quisiera|pido ayuda $", "help", 0.9},
    {"^ me ayudas|ayuda|puedes|puede ayudar? $", "help", 0.85},
    {"^ no entiendo|entendi|entendy|comprendo|comprendi|capto|entendido .. $", "help", 0.93},
    {"^ no te|le|lo|se|les entiendo|entendi|comprendo .. $", "help", 0.9},
    {"^ que|k es|significa|son|quiere|cosa eso|esto|esta|decir|es .. $", "help", 0.88},
    {"^ que|k significa|quiere decir? $", "help", 0.88},
    {"^ como funciona|es|se|hago|uso|contesto|respondo .. $", "help", 0.85},
    {"^ manam|manan hamut* $", "help", 0.9},
    {"^ de que trata|se .. $", "help", 0.8},
    {"^ que|k debo|tengo|puedo que? hacer|poner|escribir|responder $", "help", 0.85},
    {"^ que|k .. hago|pongo|escribo|respondo|digo $", "help", 0.85},
    {"^ menu|inicio|volver|principal|opciones|volber $", "menu", 0.93},
    {"^ menu principal|inicial|de .. $", "menu", 0.92},
    {"^ a? al|el|del inicio|menu|principio|comienzo $", "menu", 0.9},
    {"^ ver|el|ir|volver|regresar|quiero|muestr*|mostrar ver|al|el|a|del? al|el? "
     "menu|inicio|principio|opciones $",
     "menu", 0.92},
    {"^ volver|regresar al|a inicio|menu|principio $", "menu", 0.92},
    {"^ qallariyman kutinay* .. $", "menu", 0.85},
    {"^ atras|regresar|retroceder|anterior|back|regresa|retrocede|devolver $", "back", 0.93},
    {"^ volver|regresar|ir|quiero|un? paso? hacia|para|a? la? atras|regresar|anterior $", "back", 0.93},
    {"^ a? la|el|al? pregunta|paso anterior|pasada|pasado $", "back", 0.9},
    {"^ a? la|el? pregunta|paso|de de|antes antes? $", "back", 0.85},
    {"^ volver|regresar a la pregunta anterior $", "back", 0.92},
    {"^ "
     "continuar|continua|continue|continuemos|continuo|seguir|sigamos|sigue|siga|sigo|seguimos|reanudar|"
     "retomar|retomemos|"
     "proseguir|prosigamos|resume $",
     "resume", 0.92},
    {"^ quiero|quisiera|deseo|puedo|podemos|vamos a? continuar|seguir|retomar|reanudar $", "resume", 0.9},
    {"^ quiero|quisiera|deseo? seguir|continuar|sigamos|retomar con? la|las|el|lo "
     "encuesta|pregunta*|conversacion|diagnostico|"
     "cuestionario|anterior $",
     "resume", 0.9},
    {"^ seguir|continuar|sigamos donde .. $", "resume", 0.85},
    {"^ "
     "empezar|empesar|comenzar|iniciar|empecemos|comencemos|iniciemos|start|alta|arrancar|empieza|empiezo|"
     "empiece|"
     "comienza|comencemos|empezemos|qallariy|participar|inscribirme|suscribirme|empecemo $",
     "start", 0.93},
    {"^ quiero|quisiera|deseo|vamos|podemos|puedo a? "
     "empezar|comenzar|iniciar|participar|inscribirme|arrancar|registrarme|"
     "suscribirme la|el? encuesta|diagnostico|programa? $",
     "start", 0.85},
    {"^ quiero|quisiera|deseo|dame|deme darme|la|mi|el? de? alta $", "start", 0.9},
    {"^ darme|dar|dame|deme de alta $", "start", 0.9},
    {"^ de|desde|otra nuevo|cero|vez $", "start", 0.6},
    {"^ "
     "gracias|grax|graxias|gracia|grac|grasias|sulpayki|sulpayqui|anay|yusulpayki|thanks|agradecid*|grazie|"
     "pachi|graciaz $",
     "thanks", 0.93},
    {"^ ok|ya|listo|muchas|muchisimas|mil|muy|bueno|perfecto|chevere|excelente|genial|oki|okey "
     "muchas|muchisimas? "
     "gracias|grax|agradecid*|grasias hermano|hermana|dios? $",
     "thanks", 0.92},
    {"^ gracias|grax|grasias bendiciones|saludos|exitos|hermano|hermana|chau|adios|bye|igualmente|totales|chaucito $",
     "thanks", 0.9},
    {"^ muchas|mil? gracias por .. $", "thanks", 0.88},
    {"^ le|te|se|les agradezco|agradece|pasaste .. $", "thanks", 0.9},
    {"^ muy amable $", "thanks", 0.88},
    {"^ dios le|te|lo pague|bendiga $", "thanks", 0.88},
    {"^ \xF0\x9F\x99\x8F $", "thanks", 0.75},
    {"^ " HELLO " $", "greet", 0.95},
    {"^ " HELLO "? buen|buenos|buenas|wenas|wenos|muy dia|dias|tardes|noches|tarde|noche|buenas? $", "greet", 0.95},
    {"^ " HELLO "? que|como|k tal|estas|esta|estan|va|van|ay|hay|hubo|fue todo? $", "greet", 0.9},
    {"^ " HELLO " " HELLO " $", "greet", 0.93},
    {"^ " HELLO " k|que|ke ase|hace|haces|ases|ay|hay $", "greet", 0.85},
    {"^ " HELLO " .. informacion|info|informes|consulta|pregunta $", "greet", 0.78},
    {"^ buen|buena $", "greet", 0.6},
    {"^ "
     "allinllachu|allillanchu|allinllanchu|allillachu|allianchu|rimaykullayki|napaykullayki|imaynalla|"
     "kamisaraki|wayqi $",
     "greet", 0.93},
    {"^ allin punchaw|punchay|tuta|sukha|chisi $", "greet", 0.92},
    {"^ \xF0\x9F\x91\x8B $", "greet", 0.85},
    {"& dar|darme|darse|den|denme|dan|doy|deme|dame|daria|tramit*|solicit*|pid* baja : servicio|programa|lista|"
     "sistema|numero|ya|" AROUND "|" HOW,
     "stop", 0.85},
    {"& salir|salirme|retir*|desuscrib*|desafili*|detener* : conversacion|chat|encuesta|grupo|lista|servicio|"
     "programa|ya|mas|no|" AROUND "|" HOW,
     "stop", 0.8},
    {"& no|dej*|par*|basta|evit*|nunca|tampoco|cans* "
     "escrib*|eskrib*|manden|mandes|mandar*|mandando|envien|envies|enviar*|enviando|molest*|llamar|llamen|llame|llames|"
     "llegue*|recibir|fastidi*|insist*|contact* "
     ": ya|mas|mensaj*|sms|aviso*|publicidad|nada|volv*|vuelv*|whatsapp|celular|numero|cosas|nunca|jamas|tanto|tantos|"
     "otra|nuevo|" AROUND,
     "stop", 0.88},
    {"& mensaj*|sms|avisos|publicidad|spam|notificacion* basta|dej*|par*|quiero|deseo|quisiera|seguir|recibir|llegue*|"
     "cans*|interesa*|mas no|basta|dej*|par*|ni : ya|cosas|tantos|tanto|ningun*|ustedes|mas|recibir|recibiendo|" AROUND,
     "stop", 0.88},
    {"& quit*|sac*|borr*|elimin*|retir*|remuev*|remov* lista|grupo|agenda|contactos : " AROUND, "stop", 0.88},
    {"& cancel*|anul* suscri*|inscri*|servicio|mensaj*|registro|afiliacion|participacion : " AROUND "|" HOW, "stop",
     0.88},
    {"& no seguir|participar|continuar : mas|ya|encuesta|programa|conversa*|hablando|chat|" AROUND, "stop", 0.8},
    {"& borr*|elimin*|suprim*|olvid*|destru*|desaparezca*|limpi* "
     "dato*|informacion|info|registr*|conversacion*|historial|cuenta|todo|toda|mio|mia|mios|perfil|respuesta*|numero|"
     "nombre : personal*|teng*|tien*|guard*|sobre|sistema|base|dij*|di|cont*|ya|mias|ahi|" AROUND "|" HOW,
     "erase", 0.88},
    {"& que|cual*|ver|vea|veo|viendo|mostr*|muestr*|ensen*|saber|conocer|consult*|revis*|dame|deme|mand*|envi*|"
     "descarg* dato*|informacion|info|registr*|sab*|conoc*|" SAID " " MINE
     " : tien*|teng*|sobre|son|personal*|apunt*|regist*|ya|hasta|ahora|yo|he|ahi|cosas|cuanto|" AROUND,
     "mydata", 0.86},
    {"& que|cual* dato*|informacion|info tien*|guard*|teng* : mi|mis|mia|mio|sobre|personal*|ya|son|" AROUND, "mydata",
     0.85},
    {"& correg*|corrij*|corrig*|rectific*|rectifiq*|cambi*|modific*|modifiq*|actualiz*|actualic*|arregl*|edit*|enmend* "
     "dato*|numero|nombre|informacion|monto|error|equivoc*|dije|dado|anterior|" SAID
     " : antes|algo|otra|cosa|ya|yo|he|hice|di|ultim*|edad|direccion|correo|rubro|negocio|ruc|venta*|" AROUND "|" HOW,
     "rectify", 0.86},
    {"& equivoc*|ekivok*|confund*|mal|erron*|incorrect*|errad*|error|erre|falso|falsa dato*|numero|nombre|info*|" SAID
     " : antes|ayer|sin|querer|creo|disculp*|perdon*|es|estan|hay|era|algo|anterior|ultim*|he|" AROUND,
     "rectify", 0.86},
    {"& no "
     "quise|queria|era|es responder|decir|poner|escribir|puse|dije|contest*|marcar : eso|asi|lo|que|" AROUND,
     "rectify", 0.8},
    {"& habl*|convers*|comuni*|contact*|atiend*|atend*|pas*|deriv*|llamar*|llame*|llamen*|charl*|conect*|coneq*|"
     "consult*|comunic*|trat* " STAFF
     "|asesores|ejecutiv*|ser|tecnico|gerente|duen*|profesional : real|verdad|directamente|humano|humana|numero|"
     "telefono|necesario|ya|misma|mismo|ahi|pe|no|robot|maquina|" AROUND "|" HOW,
     "agent", 0.88},
    {"& llamar|llamarme|llamen|llame|llamenme|llameme|telefone* me|nos|pued*|podri*|por|al|a : celular|numero|telefono|"
     "ya|hoy|manana|tarde|" AROUND,
     "agent", 0.86},
    {"& " STAFF "|asesores real|verdad|ahi|disponible|haya|existe|carne|necesito|quiero|tienen|busco : hueso|algun|"
     "no|es|robot|maquina|esta|estan|atienda|" AROUND,
     "agent", 0.84},
    {"& numero|telefono|celular|correo|contacto llamar*|contact*|comunicar*|consult*|" STAFF " : tienen|cual|es|pasa*|"
     "den|deme|dame|" AROUND,
     "agent", 0.8},
    {"& ayud*|explic*|expliq*|auxili*|socorr* : otra|nuevo|entend*|pregunta*|responder|contestar|" HOW "|" AROUND,
     "help", 0.86},
    {"& no|nada|poco|tampoco entend*|entiend*|comprend*|compriend*|capt*|cach* : pregunta*|nada|bien|muy|casi|mucho|"
     "responder|contestar|que|dice*|dijo|quier*|decir|pregunt*|he|mensaje|ni|jota|todavia|aun|lo|" AROUND,
     "help", 0.9},
    {"& no se|sabria|sabemos responder|contestar|poner|escribir|llenar|respondo|contesto|pongo|escribo|usar|uso : que|"
     "eso|ahi|debo|" AROUND,
     "help", 0.88},
    {"& que|como|k cosa|funciona|respond*|contest*|escrib*|pongo|poner|contesto|llen*|uso|usa|usar|marc*|hago|hacer : "
     "ahi|"
     "ahora|entonces|debo|tengo|va|pregunta|se|digo|" AROUND,
     "help", 0.84},
    {"& que significa|refier*|trata|decir : quier*|eso|pregunta|palabra|esa|ese|es|cosa|con|" AROUND, "help", 0.85},
    {"& repit*|repet*|reexpli* : pregunta*|otra|nuevo|mensaje|" AROUND, "help", 0.8},
    {"& menu|opciones|inicio : ver|vea|muestr*|mostr*|volv*|vuelv*|regres*|abr*|ensen*|dame|deme|otra|otras|cuales|son|"
     "principal|inicial|inicio|lista|llev*|mand*|envi*|pon*|pas*|tien*|lista|salir|nuevo|quiero|la|las|el|los|al|"
     "a|me|su|que|hay|ir|vamos|puedo|favor|un|una|todas",
     "menu", 0.86},
    {"& volv*|vuelv*|regres*|retroced*|retrosed*|devuelv*|atras|atrasito|anterior|pregunta|paso "
     "atras|anterior|antes|antesito|pasad*|previ*|quiero|pase : "
     "un|pase|paso|pregunta|hacia|poco|estaba|hace|rato|otra|respond*|" AROUND,
     "back", 0.88},
    {"& atras|atrasito : un|una|uno|paso|pasito|pregunta|hacia|a|la|quiero|ir|puedo|volver|mas", "back", 0.86},
    {"& volv*|vuelv*|regres*|retroced*|retrosed* pregunta|paso : " AROUND, "back", 0.82},
    {"& quechua|kechua|runasimi*|castellano|kastellano|espanol|aymara|aimara|idioma|lengua|ingles : habl*|cambi*|"
     "escrib*|pon*|respond*|contest*|convers*|traduc*|traduzc*|entiend*|otro|otra|no|solo|hable*|se|si|ya|mas|"
     "pregunt*|dime|diga*|explic*|expliq*|prefier*|idioma|lengua|elegir|escog*|seri*|poco|tien*|" AROUND,
     "language", 0.85},
    {"& sigo|sigue|siga|sigam*|seguir|seguim*|segui|sigui*|continu*|retom*|reanud*|prosig*|proseg*|avanc*|avanz* "
     "qued*|estab*|encuesta|pregunta*|conversacion|diagnostico|cuestionario|quiero|quisiera|deseo|vamos|nomas|adelante|"
     "podemos|puedo|ya|listo|anterior|dej*|siguiente : donde|ahi|desde|con|nos|me|la|las|lo|el|que|a|de|entonces|hab*|"
     "en|para|y|un|rato|ayer|antes|responder|respond*|si|dale",
     "resume", 0.86},
    {"& empezar|empezam*|empecemos|empiez*|empesemos|comenzar|comienz*|comencemos|comenzam*|iniciar|iniciemos|iniciam*|"
     "arranc*|reinici*|reempez* : otra|nuevo|nuevamente|cero|principio|inicio|encuesta|diagnostico|ya|desde|volv*|"
     "programa|cuestionario|listo|entonces|si|dale|cuando|ahora|" AROUND,
     "start", 0.86},
    {"& desde|de|al|volver|volvamos principio|cero|comienzo : otra|nuevo|vez|todo|el|del|quiero|a|al|vamos|de|desde|"
     "vuelta",
     "start", 0.8},
    {"& quiero|quisiera|deseo|gustaria inscribir*|registrar*|participar|afiliar*|anotar*|apuntar* : " AROUND, "start",
     0.82},
    {"& " HELLO
     "|buen|buenas|buenos dia|dias|tarde|tardes|tardecit*|noche|noches|va|esta|estas|estan|tal|encuentr*|hay|"
     "amanec* : " HELLO "|como|le|les|te|que|todo|todos|bien|muy|ahi|feliz|bendecid*|lindo|bonito|tenga|tengan|"
     "usted|ustedes|ha|han|se|me|por|quien|gusto|un",
     "greet", 0.88},
    {"& grac*|grasi*|graci*|agradec*|agradezc*|agradesc*|amable|amables|bendig*|bendicion*|pague|pasast* : "
     "muy|much*|mil|"
     "dios|los|lo|la|las|le|les|te|se|que|por|su|sus|tu|ayuda|ayudita|informacion|info|tiempo|atencion|apoyo|eso|esto|"
     "=ha|=han|sido|ok|listo|ya|nomas|siempre|usted|ustedes|de|corazon|verdad|totales|infinit*|un|una|millon|es|son|"
     "dato*|consejo*|orientacion|respuesta|todo|todos|tan|bastante|ayud*|respond*|ante*|mano|chevere|bueno|excelente|"
     "perfecto|servicio|paciencia|hasta|luego|pronto|chau",
     "thanks", 0.86},
};

const struct pattern_table command_table = TABLE(TABLE_COMMANDS, commands);

/* Leaves out the tokens that are among `words`. The rest keep pointing into `from`. */
static void leave_out(const struct lexed *from, const char *words, struct lexed *out)
{
    out->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        const struct token *token = &from->tokens[i];
        if (token->kind != TOKEN_WORD || !token_is(token, words))
            out->tokens[out->count++] = *token;
    }
}

static enum error read_command(const struct lexed *lexed, const struct recognise_index *index, struct recognised *out)
{
    struct pattern_match match;
    if (!pattern_table_find(&command_table, 0, index, lexed, &match))
        return ERR_NOT_FOUND;
    return recognised_set(out, slice_of(match.pattern->value), match.confidence);
}

enum error recognise_command(const struct reading *reading, struct recognised *out)
{
    struct lexed plain, bare;
    if (read_command(reading->lexed, reading->index, out) == OK)
        return OK;
    leave_out(reading->lexed, courtesies, &plain);
    if (plain.count < reading->lexed->count && read_command(&plain, reading->index, out) == OK)
        return OK;
    leave_out(&plain, salutations, &bare);
    if (bare.count == plain.count)
        return ERR_NOT_FOUND;
    return read_command(&bare, reading->index, out);
}
