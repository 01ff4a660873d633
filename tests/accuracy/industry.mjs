// Measures `chaski classify industry` on first-person phrases: accuracy, top three, calibration error, and how often it
// is sure. usage: node tests/accuracy/industry.mjs [-v] FILE.tsv…   Exit 1 when a file is below what is asked of such
// phrases, or when a line is not answered. A file has a line of names, `text` and `industry`, then rows; # is a remark.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CHASKI = process.env.CHASKI ?? 'build/chaski';
const ACCURACY = 0.85, TOP_THREE = 0.95; // of owners' chat
const BINS = 10;

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

function judge(file) {
  const rows = readRows(file), answers = classify(rows);
  console.log(file);
  const judged = answers.map((answer, i) => ({ ...answer, right: Number(answer.labels[0] === rows[i].label) }));
  if (verbose) judged.forEach((answer, i) => { if (!answer.right) show(rows[i], answer); });
  const count = (holds) => judged.filter(holds).length;
  const right = count((a) => a.right), top = count((a, i) => a.labels.includes(rows[i].label));
  const sure = count((a) => a.sure), sureRight = count((a) => a.sure && a.right);
  console.log(`  ${right}/${rows.length} right = ${(right / rows.length).toFixed(4)}, top three ${
    (top / rows.length).toFixed(4)}, calibration error ${calibrationError(judged).toFixed(4)}`);
  console.log(`  sure of ${sure}, right in ${sureRight} of those = ${(sureRight / Math.max(1, sure)).toFixed(4)}`);
  return right / rows.length >= ACCURACY && top / rows.length >= TOP_THREE;
}

const passed = files.map(judge);
process.exit(files.length > 0 && passed.every(Boolean) ? 0 : 1);
