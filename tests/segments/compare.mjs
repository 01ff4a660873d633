// The three-way comparison: `chaski text segments`, the segmenter of the tests, and the two npm libraries, on texts of
// texts.mjs. What differs is either explained by a rule that is named and proved here, and counted, or unexplained.
import { createRequire } from 'node:module';
import calculator from 'sms-segments-calculator';
import splitSms from 'split-sms';
import { Segments } from './chaski.mjs';
import { capacity, decode, measure, render, split } from './segmenter.mjs';
import { kinds, text as textOf } from './texts.mjs';

// The default, which is a contract, and those that take turns: the options, and the same for the segmenter.
const others = [
  [['--policy', 'exact', '--split'], { policy: 'exact' }],
  [['--policy', 'cheapest', '--split'], { policy: 'cheapest' }],
  [['--policy', 'cheapest', '--shift', 'es', '--split'], { policy: 'cheapest', shift: true }],
  [['--policy', 'exact', '--shift', 'es', '--reference', '16', '--split'],
    { policy: 'exact', shift: true, wide: true }],
  [['--shift', 'es', '--reference', '16', '--split'], { policy: 'plain', shift: true, wide: true }],
];
const batch = 500;
const { resolve } = createRequire(import.meta.url);
const GraphemeSplitter = createRequire(resolve('sms-segments-calculator'))('grapheme-splitter'); // what it splits with
const splitter = new GraphemeSplitter();

function bySplitSms(text) {
  const { characterSet, bytes, parts } = splitSms.split(text, { summary: true });
  const encoding = characterSet === 'GSM' ? 'GSM-7' : 'UCS-2';
  return { encoding, units: encoding === 'GSM-7' ? bytes : bytes / 2, segments: parts.length };
}

function byCalculator(text) {
  const message = new calculator.SegmentedMessage(text, 'auto', false);
  const encoding = message.encodingName;
  return { encoding, units: message.messageSize / (encoding === 'GSM-7' ? 7 : 16), segments: message.segmentsCount };
}

// The calculator's rule, in our words: it fills segments with whole graphemes (of its own library's Unicode), each put
// into a new segment where it does not fit, and there even where it is longer than a segment. When a second segment is
// begun, the first gives back what its header leaves no room for, and that goes ahead without asking for room.
function wholeGraphemes(text, encoding) {
  const most = capacity(encoding, true, false), segments = [[]];
  const used = (sizes) => sizes.reduce((sum, size) => sum + size, 0);
  for (const size of splitter.splitGraphemes(text).map((grapheme) => grapheme.length)) {
    const room = segments.length > 1 ? most : capacity(encoding, false, false);
    if (used(segments.at(-1)) + size > room) {
      segments.push([]);
      if (segments.length === 2) while (used(segments[0]) > most) segments[1].unshift(segments[0].pop());
    }
    segments.at(-1).push(size);
  }
  return segments.length;
}

const same = (a, b) => a.encoding === b.encoding && a.units === b.units && a.segments === b.segments;

// Gives the name of the rule by which the calculator differs, or undefined.
function explain(text, ours, its) {
  if (ours.encoding !== 'UCS-2' || its.encoding !== 'UCS-2' || its.units !== ours.units) return undefined;
  if (wholeGraphemes(text, 'UCS-2') !== its.segments) return undefined;
  return its.segments > ours.segments ? 'calculator: graphemes kept whole cost a segment more' :
    'calculator: a grapheme that is too long is put into a segment all the same';
}

export class Comparison {
  constructor(seed) {
    this.seed = seed;
    this.usual = new Segments();
    this.others = others.map(([options]) => new Segments(options));
    this.counts = { texts: 0, comparisons: 0 };
    this.kinds = {};
    this.encodings = { 'GSM-7': 0, 'UCS-2': 0, 'GSM-7-ES': 0, rewritten: 0 };
    this.explained = {};
    this.unexplained = [];
  }

  differ(name, text, got, expected) {
    if (this.unexplained.length < 20) this.unexplained.push({ name, text: JSON.stringify(text), got, expected });
    this.counts.unexplained = (this.counts.unexplained ?? 0) + 1;
  }

  expect(name, text, got, expected) {
    this.counts.comparisons++;
    if (JSON.stringify(got) !== JSON.stringify(expected)) this.differ(name, text, got, expected);
  }

  // Every text whose number is in [first, first + count).
  async run(first, count) {
    for (let at = first; at < first + count; at += batch) {
      const turn = (at / batch) % others.length;
      const made = Array.from({ length: Math.min(batch, first + count - at) }, (_, i) => textOf(this.seed, at + i));
      const lines = made.map(({ bytes }) => bytes);
      const [answers, split] = await Promise.all([this.usual.ask(lines), this.others[turn].ask(lines)]);
      made.forEach(({ kind, bytes }, i) => {
        const written = this.judge(kind, bytes, answers[i], split[i], others[turn]);
        const asSent = Math.floor((at + i) / kinds.length) % 2; // what the libraries are asked of, by turns
        this.oracles(asSent ? answers[i].sent : written);
      });
    }
  }

  judge(kind, bytes, answer, other, [options, settings]) {
    const text = decode(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes);
    this.counts.texts++;
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    for (const { encoding } of [answer, other]) this.encodings[encoding]++;
    if (answer.sent !== text) this.encodings.rewritten++;
    this.chaski('text segments', text, answer, {});
    this.chaski(options.join(' '), text, other, settings);
    this.parts(options.join(' '), other, settings);
    return text;
  }

  chaski(name, text, answer, settings) {
    const sent = render(text, settings);
    const { encoding, units, segments: count } = measure(sent, settings);
    const got = { sent: answer.sent, encoding: answer.encoding, units: answer.units, count: answer.count };
    this.expect(name, text, got, { sent, encoding, units, count });
  }

  parts(name, answer, settings) {
    const got = answer.segments.map(({ octets, text }) => ({ text, octets }));
    const made = answer.count > 255 ? [] : split(answer.sent, { ...settings, reference: answer.reference });
    if (JSON.stringify(got) !== JSON.stringify(made) && answer.sent.includes('\u094d')) {
      const older = split(answer.sent, { ...settings, reference: answer.reference, conjunctsPart: true });
      if (JSON.stringify(got) === JSON.stringify(older)) {
        this.explain('segmenter: its Unicode joins conjuncts, libutf8proc does not yet');
        return;
      }
    }
    this.expect(name, answer.sent, got, made);
  }

  explain(rule) {
    this.counts.comparisons++;
    this.explained[rule] = (this.explained[rule] ?? 0) + 1;
  }

  oracles(text) {
    const ours = measure(text), its = byCalculator(text), other = bySplitSms(text);
    this.expect('split-sms', text, other, ours);
    const rule = same(ours, its) ? undefined : explain(text, ours, its);
    if (rule) this.explain(rule);
    else this.expect('sms-segments-calculator', text, its, ours);
  }

  async end() {
    await Promise.all([this.usual, ...this.others].map((segments) => segments.end()));
  }
}
