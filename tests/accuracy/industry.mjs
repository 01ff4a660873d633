// Measures `chaski classify industry` on first-person phrases: accuracy, top three, calibration error (and what chance
// alone makes of it), and how often it is sure. usage: node tests/accuracy/industry.mjs [-v] FILE.tsv…   Exit 1 when a
// file is below what is asked of such phrases, or when a line is not answered. A file has a line of names, `text` and
// `industry`, then rows; # is a remark.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CHASKI = process.env.CHASKI ?? 'build/chaski';
const ACCURACY = 0.85, TOP_THREE = 0.95; // of owners' chat
const BINS = 10, DRAWS = 1000;

const words = process.argv.slice(2);
const verbose = words.includes('-v');
const files = words.filter((word) => word !== '-v');

function readRows(file) {
  const lines = readFileSync(file, 'utf8').split('\n')
    .map((line, index) => ({ line, place: `${file}:${index + 1}` }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'));
  if (lines.shift()?.line !== 'text\tindustry') throw new Error(`${file}: the first row must be: text, industry`);
  return lines.map(({ line, place }) => {
    const [text, label] = line.split('\t');
    if (label === undefined) throw new Error(`${place}: a row is a text, a tab and its industry`);
    return { text, label, place };
  });
}

/** Asks for all rows at once, as a pipe would; an answer is the three best labels and whether the model is sure. */
function classify(rows) {
  const run = spawnSync(CHASKI, ['classify', 'industry', '--top', '3'], {
    input: rows.map((row) => row.text + '\n').join(''), encoding: 'utf8',
  });
  const lines = run.stdout.split('\n').slice(0, -1);
  if (run.status !== 0 || lines.length !== rows.length)
    throw new Error(`classify: exit ${run.status}, ${lines.length} answers to ${rows.length} lines: ${run.stderr}`);
  return lines.map((line) => {
    const parts = line.split('\t');
    return { labels: [parts[0], parts[2], parts[4]], probability: Number(parts[1]), sure: parts[6] === 'sure' };
  });
}

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function makeDraw(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The error that a model would show of which every stated probability is true: the mean over draws, and what one draw
    in twenty exceeds. Few rows make it large. */
function errorsByChance(judged) {
  const draw = makeDraw(1);
  const errors = Array.from({ length: DRAWS }, () =>
    calibrationError(judged.map(({ probability }) => ({ probability, right: Number(draw() < probability) }))));
  errors.sort((a, b) => a - b);
  return [errors.reduce((sum, error) => sum + error, 0) / DRAWS, errors[Math.floor(DRAWS * 0.95)]];
}

/** How far stated probabilities are from the shares that came true: the mean over ten bins, weighed by rows. */
function calibrationError(judged) {
  const bins = Array.from({ length: BINS }, () => ({ stated: 0, right: 0 }));
  for (const { probability, right } of judged) {
    const bin = bins[Math.min(BINS - 1, Math.floor(probability * BINS))];
    bin.stated += probability;
    bin.right += right;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.stated - bin.right), 0) / judged.length;
}

function show(row, answer) {
  const given = answer.labels.map((label, i) => (i ? label : `${label} ${answer.probability.toFixed(2)}`)).join(', ');
  console.log(`    ${row.place}: "${row.text}" gave ${given}${answer.sure ? ' (sure)' : ''}, not ${row.label}`);
}

function tellCalibration(judged) {
  const [error, mean, high] = [calibrationError(judged), ...errorsByChance(judged)].map((number) => number.toFixed(4));
  console.log(`  calibration error ${error} (by chance alone ${mean}, one in twenty above ${high})`);
}

function judge(file) {
  const rows = readRows(file), answers = classify(rows);
  console.log(file);
  const judged = answers.map((answer, i) => ({ ...answer, right: Number(answer.labels[0] === rows[i].label) }));
  if (verbose) judged.forEach((answer, i) => { if (!answer.right) show(rows[i], answer); });
  const count = (holds) => judged.filter(holds).length;
  const right = count((a) => a.right), top = count((a, i) => a.labels.includes(rows[i].label));
  const sure = count((a) => a.sure), sureRight = count((a) => a.sure && a.right);
  console.log(`  ${right}/${rows.length} right = ${(right / rows.length).toFixed(4)}, top three ${
    (top / rows.length).toFixed(4)}`);
  tellCalibration(judged);
  console.log(`  sure of ${sure}, right in ${sureRight} of those = ${(sureRight / Math.max(1, sure)).toFixed(4)}`);
  return { judged, passed: right / rows.length >= ACCURACY && top / rows.length >= TOP_THREE };
}

const results = files.map(judge);
if (files.length > 1) {
  const all = results.flatMap(({ judged }) => judged);
  console.log(`all ${all.length} phrases of these files`);
  tellCalibration(all);
}
process.exit(files.length > 0 && results.every(({ passed }) => passed) ? 0 : 1);
