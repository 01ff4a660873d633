// `make faults`: every break in full, a table of figures, exit 1 on any violation. Arguments name the breaks to run.
// KILLS, REDIS_KILLS, MESSAGES, SPOOL_SECONDS, SPOOL_KILLS, TIMER_KILLS, BROADCAST_KILLS (and its PEOPLE),
// TRAINING_KILLS scale them; SEED replaces the seeds; WORKERS gives --workers.
import { breaks, readGolden, violations, violationsOf } from './breaks.mjs';
import { progress } from './lib/world.mjs';

const ofTheirOwn = ['lost', 'doubled', 'unsent', 'repeated'];
const others = (row) => violationsOf(row).filter((name) => !ofTheirOwn.includes(name));

const columns = [
  ['break', (row) => row.name], ['done', (row) => `${row.done} ${row.unit}`], ['messages', (row) => row.messages],
  ['accepted', (row) => row.accepted], ['sent', (row) => row.sent], ['lost', (row) => row.lost],
  ['doubled', (row) => row.doubled], ['unsent', (row) => row.unsent], ['sent twice', (row) => row.repeated],
  ['in doubt', (row) => row.inDoubt],
  ['other', (row) => others(row).map((name) => `${name} ${row[name]}`).join(' ') || 0],
  ['seconds', (row) => row.seconds.toFixed(1)], ['seed', (row) => row.seed],
];

function printTable(rows) {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, of]) => String(of(row))))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  for (const line of cells)
    console.log(line.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  '));
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !breaks.some((one) => one.name === name));
if (unknown.length) {
  console.error(`faults: no break "${unknown[0]}": there are ${breaks.map((one) => one.name).join(', ')}`);
  process.exit(2);
}
const options = process.env.WORKERS ? ['--workers', process.env.WORKERS] : [];
const golden = await readGolden();
const rows = [];
for (const one of breaks.filter(({ name }) => !wanted.length || wanted.includes(name))) {
  const count = Number(process.env[one.variable] ?? one.full);
  const seed = Number(process.env.SEED ?? one.seed);
  try {
    rows.push({ name: one.name, unit: one.unit, ...await one.run({ seed, count, golden, options }) });
  } catch (error) {
    console.error(`\nfaults: ${one.name}, seed ${seed}, broke off: ${error.message}`);
    process.exit(1);
  }
}
progress('');
printTable(rows);
let bad = false;
for (const row of rows) {
  if (row.note) console.log(`${row.name}: ${row.note}`);
  for (const name of violationsOf(row)) {
    bad = true;
    console.log(`${row.name}: VIOLATION ${row[name]} ${violations[name]}`);
  }
  for (const example of row.examples) console.log(`${row.name}:   ${example.slice(0, 400)}`);
}
const seconds = rows.reduce((sum, row) => sum + row.seconds, 0).toFixed(0);
console.log(`${bad ? 'faults: violated' : 'faults: nothing lost, nothing twice'}, in ${seconds} s`);
process.exit(bad ? 1 : 0);
