// Texts to measure, each from a seed and its number alone: Spanish and Quechua as owners and staff write, emoji, texts
// that end or turn at a segment's border, and bytes that mean harm. No line ends and no NUL: those frame the lines of
// the pipe. Each is { kind, bytes }.
export function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const spanish = (
  '¿Cuánto vendes al día? ¿Cuántos clientes vienen a la semana? Tu negocio está creciendo. Crédito para la micro ' +
  'y pequeña empresa: la cuota depende de cuánto vendas. Capacitación gratuita, aquí o por Internet; pregunta por ' +
  'el turno de la mañana. Formaliza tu bodega: saca tu RUC, elige tu régimen y pide orientación. Según la región ' +
  'hay más opciones. El año pasado bajó la venta; este año subió un poco. Sí, también atendemos los sábados. ' +
  '¡Felicitaciones! Escribe MENÚ o BAJA. Vendo comida, jugos y menú en Huánuco hace 3 años con mi señora. ' +
  'Teléfono (01) 205 9000, anexo 12. Único requisito: DNI.'
).split(' ');
const quechua = (
  "Allillanchu imaynallam kachkanki ñuqa wasiypi qhatuni p'unchaw p’unchaw pʼunchaw llank'ay llank’ani ch'aska " +
  "yachaykuy yanapayku qullqi qullqita munani sut’i q’uñi wawqiykuna Qusqu suyupi ñan mikhuna khuyay tukuy sunqu " +
  "arí manam hayk’a runa hamun sapa punchaw qam hina rantikuq kanku ¿Imatam munanki? Paqarin kutimuy"
).split(' ');
const emoji = [
  '😀', '👍🏽', '👨‍👩‍👧', '🇵🇪', '🇧🇴🇪🇨', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩🏿‍🌾', '🧑‍🤝‍🧑', '😀', '✅', '☎', '🌽', 'e\u0301',
  'ñ',
];
const signs = [
  '“', '”', '«', '»', '‘', '’', '–', '—', '…', '\u00a0', '•', 'º', 'ª', '°', '€', '[x]', '{', '}', '~', '^',
  '\\', '|', '`', '´', 'S/ 1,500', '500', '20%', '@', '$', '_', 'Ç', 'ç', 'à', 'ü', '\t', '\f', '\u200b',
  '\ufeff', '½', '→', '\r',
];
const fillers = ['a', 'a', 'ñ', 'ó', 'α', '€', '😀', ' ', 'á ', 'palabra '];
const borderPieces = ['€', '[', '😀', '👨‍👩‍👧', '🇵🇪', 'e\u0301', 'ó', 'a', ' ', '…', '“', '\u200b', 'ñ'];
const borders = [
  69, 70, 71, 133, 134, 135, 148, 149, 154, 155, 156, 159, 160, 161, 199, 200, 201, 264, 297, 304, 305, 306,
  307, 457, 459,
];
const harm = [
  [0xed, 0xa0, 0xbd], [0xed, 0xb8, 0x80], [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], [0xc0, 0x80], [0xc1, 0xbf],
  [0xe0, 0x80, 0xaf], [0xf0, 0x80, 0x80, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xff], [0xfe], [0x80], [0xbf], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3], [0x1b], [0x1b, 0x65], [0x01],
  [0x08], [0x7f], [0xc2, 0x80], [0xc2, 0x9b], [0xef, 0xbb, 0xbf], [0xef, 0xbf, 0xbe], [0xef, 0xbf, 0xbf],
  [0xf4, 0x8f, 0xbf, 0xbf], [0xe2, 0x80, 0xae], [0xe2, 0x80, 0x8d], [0xef, 0xb8, 0x8f], [0xcc, 0x81],
  [0xcc, 0x83], [0xcd, 0xa1], [0xe2, 0x83, 0xa3], [0xf0, 0x9f, 0x87, 0xb5],
  [0xe0, 0xa4, 0xa8, 0xe0, 0xa5, 0x8d], [0xe1, 0x84, 0x80], [0xe1, 0x85, 0xa1], [0x61], [0x20], [0xc3, 0xb1],
  [0xc3, 0xa1],
];

const emojiTexts = [...emoji, ...emoji, 'hola ', 'Perú ', 'ya '];
const mixedTexts = [...spanish.map((w) => w + ' '), ...signs, ...emoji];

const makers = {
  spanish: (r) => words(r, spanish, 0.06),
  quechua: (r) => words(r, quechua, 0.04),
  emoji: (r) => pieces(r, emojiTexts, 60),
  border: atBorder,
  mixed: (r) => pieces(r, mixedTexts, 60),
  hostile: (r) => Buffer.concat(Array.from({ length: few(r, 60) }, () => harmful(r))),
};
export const kinds = Object.keys(makers);

// Most texts are short, as most messages are: what costs time is the libraries' on long ones.
const few = (r, most) => 1 + Math.floor(r() * r() * most);
const pick = (r, items) => items[Math.floor(r() * items.length)];

function words(r, list, share) {
  const units = few(r, 400);
  let text = '';
  while (text.length < units) text += (text && ' ') + (r() < share ? pick(r, signs) : pick(r, list));
  return text;
}

function pieces(r, list, most) {
  return Array.from({ length: few(r, most) }, () => pick(r, list)).join('');
}

// A filler up to just before a border, something that may straddle it, and a rest that is short or another segment.
function atBorder(r) {
  const piece = pick(r, fillers), border = borders[Math.floor(r() * r() * borders.length)] - Math.floor(r() * 4);
  let text = piece.repeat(Math.ceil(border / piece.length)).slice(0, border);
  if (/[\ud800-\udbff]$/u.test(text)) text = text.slice(0, -1);
  text += pick(r, borderPieces) + pick(r, borderPieces);
  return r() < 0.7 ? text : text + pick(r, fillers).repeat(few(r, 160));
}

function harmful(r) {
  const bytes = pick(r, harm);
  return Buffer.concat(Array(r() < 0.02 ? 30 : 1).fill(Buffer.from(bytes)));
}

export function text(seed, number) {
  const r = random(Math.imul(seed ^ Math.imul(number + 1, 0x9e3779b1), 0x85ebca6b));
  const kind = kinds[number % kinds.length];
  return { kind, bytes: Buffer.from(makers[kind](r)) };
}
