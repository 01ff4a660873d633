// Counts how many of the composed utterances `chaski parse` reads as expected: per type, and overall.
// A value of ! wants whatever is not sure.
// usage: node tests/accuracy/accuracy.mjs [-v] FILE.tsv…   Exit 1 below the floor of any file, when one is wrong and
// sure of it (what is unsure is asked back), or when a line is not answered.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CHASKI = process.env.CHASKI ?? 'build/chaski';
const WRITTEN_ON = '2026-11-23'; // the day the files say they were written on
const FLOOR = 0.95;
const SURE = 0.75; // dialog/recognise.h: RECOGNISE_SURE

const words = process.argv.slice(2);
const verbose = words.includes('-v');
const files = words.filter((word) => word !== '-v');

/** Reads a table into rows, and groups them by type. */
function readRows(file) {
  const byType = new Map();
  readFileSync(file, 'utf8').split('\n').forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return;
    const [type, text, expected] = line.split('\t');
    if (expected === undefined) throw new Error(`${file}:${index + 1}: a row is TYPE, text, value, remark`);
    if (!byType.has(type)) byType.set(type, []);
    byType.get(type).push({ text, expected, place: `${file}:${index + 1}` });
  });
  return byType;
}

/** Asks chaski for all rows of one type at once, as a pipe would. */
function parse(type, rows) {
  const run = spawnSync(CHASKI, ['parse', type, '--now', WRITTEN_ON], {
    input: rows.map((row) => row.text + '\n').join(''), encoding: 'utf8',
  });
  const answers = run.stdout.split('\n').slice(0, -1);
  if (run.status !== 0 || answers.length !== rows.length)
    throw new Error(
      `parse ${type}: exit ${run.status}, ${answers.length} answers to ${rows.length} lines: ${run.stderr}`);
  return answers;
}

function judge(file) {
  let right = 0, total = 0, sureAndWrong = 0;
  console.log(file);
  for (const [type, rows] of readRows(file)) {
    const answers = parse(type, rows);
    let rightOfType = 0;
    rows.forEach((row, i) => {
      const [value, confidence] = answers[i].split('\t');
      if (row.expected === '!' ? !(Number(confidence) >= SURE) : value === row.expected) return rightOfType++;
      if (Number(confidence) >= SURE) sureAndWrong++;
      if (verbose) console.log(
        `    ${row.place}: "${row.text}" gave ${answers[i].replace('\t', ' ')}, not ${row.expected}`);
    });
    console.log(`  ${type.slice(0, 40).padEnd(42)}${rightOfType}/${rows.length}`);
    right += rightOfType;
    total += rows.length;
  }
  const share = right / total;
  console.log(
    `  ${'all'.padEnd(42)}${right}/${total} = ${(100 * share).toFixed(1)} %, sure and wrong: ${sureAndWrong}`);
  return share >= FLOOR && sureAndWrong === 0;
}

const passed = files.map(judge);
process.exit(files.length > 0 && passed.every(Boolean) ? 0 : 1);
