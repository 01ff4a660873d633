// What `make bench` found: every slice's figures, by name, and what is said of them at the end.

// What the target for p99 at half load needs: slices in which the host took nothing, and a machine that has nothing
// else to do, but for so many percent of a CPU.
const slicesEnough = 20, turnsEnough = 5000, foreignMost = 10;
const standstillUs = 2000; // twice the sleep of the witness
const p99Most = 10; // ms, of a slice; the target is for their median, as all others are

export const results = new Map(); // name -> rows of { turns_s, p50_ms, p99_ms, daemon_us, redis_us, stolen, … }

export function keep(name, row) {
  results.set(name, [...(results.get(name) ?? []), row]);
}

// Values that came in ascending order or not; the part of 0.5 is the median.
export function quantile(values, part) {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * part, below = Math.floor(at);
  return sorted[below] + (sorted[Math.ceil(at)] - sorted[below]) * (at - below);
}

const rows = (name) => results.get(name) ?? [];
const of = (name, key) => rows(name).map((row) => row[key]).filter((value) => value !== undefined);
const cell = (values, digits) => (values.length ? quantile(values, 0.5).toFixed(digits) : '-');
const between = (values, digits) =>
  `${quantile(values, 0.25).toFixed(digits)}-${quantile(values, 0.75).toFixed(digits)}`;

export function printTable() {
  const widths = [34, 8, 10, 17, 9, 9, 11, 10, 9];
  const line = (cells) => cells.map((text, i) => (i ? text.padStart(widths[i]) : text.padEnd(widths[i]))).join('');
  console.log(line(['what', 'slices', 'a second', 'middle half', 'p50 ms', 'p99 ms', 'server us', 'Redis us',
    'stolen %']));
  for (const name of results.keys()) {
    const speeds = of(name, 'turns_s');
    if (!speeds.length) continue;
    console.log(line([name, `${speeds.length}`, cell(speeds, 0), between(speeds, 0), cell(of(name, 'p50_ms'), 2),
      cell(of(name, 'p99_ms'), 2), cell(of(name, 'daemon_us'), 1), cell(of(name, 'redis_us'), 1),
      cell(of(name, 'stolen'), 1)]));
  }
}

// Of slices that were compared with each other: what slowed one slowed the other.
function ratios(name, other) {
  const below = new Map(rows(other).map((row) => [row.compared, row.turns_s]));
  return rows(name).filter((row) => below.has(row.compared)).map((row) => row.turns_s / below.get(row.compared));
}

function verdict(word, name, text) {
  console.log(`  ${word.padEnd(8)} ${name.padEnd(46)} ${text}`);
}

function target(name, values, digits, good, want, what = 'pairs') {
  if (!values.length) return;
  const figure = quantile(values, 0.5);
  const spread = values.length > 1 ? ` (${between(values, digits)}, ${values.length} ${what})` : '';
  verdict(good(figure) ? 'reached' : 'MISSED', name, `${figure.toFixed(digits)}${spread}, target ${want}`);
}

const ms = (us, part) => (us.length ? (quantile(us, part) / 1000).toFixed(2) : '-');

// Whether the machine stood still for nobody: no steal, and no thread that goes before all others woke late, for the
// kernel tells of steal by hundredths of a second.
const stoodStill = (row) => !row.untouched || quantile(row.late.us, 1) > standstillUs;

// The slices of half load, all of them and those in which the host took nothing, with what the machine itself did.
function printHalfLoad(foreign) {
  const halves = rows('turn, always, half load');
  if (!halves.length) return;
  const echoes = rows('bare echo, that rate');
  const untouched = halves.filter((row) => !stoodStill(row));
  const times = (list) => list.flatMap((row) => row.us ?? []);
  const say = (what, list, echo) => {
    const [us, echoUs, late] = [times(list), times(echo), list.flatMap((row) => row.late.us)];
    console.log(`  ${what}: ${list.length} slices, ${us.length} turns: p50 ${ms(us, 0.5)}, p99 ${ms(us, 0.99)} ms; ` +
      `a sleeping thread woke late by p99 ${ms(late, 0.99)}, longest ${ms(late, 1)} ms; ` +
      `echo at that rate in ${echo.length}: p99 ${ms(echoUs, 0.99)} ms`);
    return us;
  };
  const taken = halves.reduce((sum, row) => sum + row.stolen, 0) / halves.length;
  console.log(`\nhalf load, ${cell(of('turn, always, half load', 'rate'), 0)} turns a second, half of what was ` +
    `measured the instant before; the host took ${taken.toFixed(1)} % of the CPU time` +
    `${halves.every((row) => row.late.ahead) ? '' : '; the sleeping threads had no right to go ahead of others'}`);
  const synced = rows('disk, 12 KB synced').flatMap((row) => row.times);
  const [p50, p99, longest] = [0.5, 0.99, 1].map((part) => quantile(synced, part).toFixed(2));
  console.log(`  between the slices the disk synced 12 KB ${synced.length} times: p50 ${p50}, p99 ${p99}, longest ` +
    `${longest} ms`);
  say('all', halves, echoes);
  const us = say('the host took nothing', untouched, echoes.filter((row) => !stoodStill(row)));
  const name = 'p99 at half load where the host took nothing, ms';
  const beyond = untouched.filter((row) => row.p99_ms >= p99Most).length;
  console.log(`  of these slices ${beyond} had a p99 of ${p99Most} ms or more`);
  if (foreign > foreignMost)
    verdict('no word', name, `not measurable: other programs had ${foreign.toFixed(0)} % of a CPU`);
  else if (untouched.length >= slicesEnough && us.length >= turnsEnough)
    target(name, untouched.map((row) => row.p99_ms), 2, (x) => x < p99Most, `under ${p99Most}`, 'slices');
  else
    verdict('no word', name, `not measurable: the host took ${taken.toFixed(1)} %, and nothing in only ` +
      `${untouched.length} of ${halves.length} slices (${us.length} turns)`);
}

export function printTargets(memory, foreign) {
  console.log('\ntargets (median of pairs of slices, and the middle half of them):');
  target('durable turn to bare echo, 256 connections', ratios('turn, always, 256', 'bare echo, 256'), 2,
    (x) => x >= 0.5, 'at least 0.5');
  target('always to everysec, 256 connections', ratios('turn, always, 256', 'turn, everysec, 256'), 2,
    (x) => x >= 0.85, 'at least 0.85');
  target('bytes a contact', memory ? [memory.contactBytes] : [], 0, (x) => x <= 1024, 'at most 1024');
  target('outbound to bare libcurl multi', of('outbound, daemon', 'of_bare'), 2, (x) => x >= 0.6, 'at least 0.6');
  target('idle Redis, a million timers to none', of('timers, idle', 'ratio'), 2, (x) => x <= 1.5, 'at most 1.5');
  printHalfLoad(foreign);
}
