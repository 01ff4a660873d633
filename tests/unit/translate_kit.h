/* A small flow of one file, for tests of its words in other languages. */
#ifndef TESTS_TRANSLATE_KIT_H
#define TESTS_TRANSLATE_KIT_H

static const char translate_flow[] =
    "flow: puesto\nversion: 1\nlanguages: [es]\nstart: inicio\nreturning: inicio\n"
    "slots:\n  ventas: {type: money, names: {1..2/month: poco}}\n  elige: {type: choice, transient: true}\n"
    "  tiempo: {type: tenure}\n"
    "texts: {opted_out: a, opted_in: b, opted_help: c, not_words: d, resumed: e, switched: f, greeted: Hola, thanked: "
    "h,\n"
    "  nothing_back: i, language: Solo castellano, old_button: k, closed: Aqui, confirm: 'Bien: {{doubt}}?', 'yes': "
    "Si,\n"
    "  'no': 'No', period: p, day: dia, week: semana, month: mes, year: anio, list_button: ver}\n"
    "commands: {menu: menu, help: menu, mydata: menu, rectify: menu, erase: menu, agent: menu, language: idioma}\n"
    "states:\n"
    "  inicio:\n    ask: {es: 'Cuanto vendes?', es.sms: 'Vendes?'}\n    slot: ventas\n    period: month\n"
    "    retry: [Otra vez, Un numero]\n    otherwise: {to: fin, say: Seguimos}\n"
    "    next: [{when: ventas > 5, to: fin, say: 'Vendes {{ventas}}'}, fin]\n"
    "  fin: {say: Listo, end: true}\n"
    "  menu:\n    aside: true\n    ask: Que quieres?\n    slot: elige\n"
    "    options:\n      - {value: seguir, title: Seguir, words: ['^ dale']}\n      - {value: irme, title: Irme}\n"
    "    retry: [Elige]\n    otherwise: resume\n    next: [{when: elige = irme, to: fin}, resume]\n"
    "  idioma:\n    aside: true\n    ask: 'Idioma:'\n    slot: elige\n    options: languages\n    retry: [Elige]\n"
    "    tries: 1\n    otherwise: inicio\n    next: [{when: open, to: resume}, inicio]\n";

/* A language that nobody speaks, whole. */
static const char translate_tongue[] =
    "name: Lojban\nreviewed: true\n"
    "phrases:\n  called: ['lojban|lojo']\n  unknown: na djuno\n  refused: na cusku\n  yesno: {yes: go'i, 'no': na "
    "go'i, maybe: la'a}\n"
    "  ruc: {yes: ponse, 'no': na ponse}\n  regime: {NRUS: n, RER: r, RMT: m, RG: g, none: no}\n"
    "  trend: {up: zenba, same: mintu, down: jdika}\n"
    "  goal: {finance: jdini, customers: c, digital: d, formalise: f, export: e, public_sales: p, training: t, debts: "
    "x,\n"
    "    other: drata}\n"
    "  amount: {money: '# rupnu', range: '# bi o #'}\n"
    "  period: {day: '# ca djedi', week: '# ca jeftu', month: '# ca masti', year: '# ca nanca'}\n"
    "  tenure: {not_open: za u, opening: ca, month: '# masti', months: '# masti', year: '# nanca', years: '# nanca',\n"
    "    both: '# e #'}\n"
    "  pages: {more: za, back: pu}\n";

static const char translate_words[] =
    "flow: puesto\nlanguage: jbo\ntexts:\n"
    "  inicio.ask: {jbo: 'xo do vecnu', jbo.sms: 'xo vecnu'}\n  inicio.retry.1: za u ku\n  inicio.next.1.say: 'do "
    "vecnu {{ventas}}'\n"
    "  menu.options.irme: cliva\n  menu.options.irme.words: ['^ klama']\n  slots.ventas.names.1..2/month: cmalu\n"
    "  texts.greeted: coi\n";

#endif
