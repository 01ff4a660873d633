// `make segments`: COUNT texts (a million) of SEED, from number FIRST on, measured and split three ways. Prints what
// was compared, the differences that a named rule explains, and those that none does; ends with 1 where there are any.
import { Comparison } from './compare.mjs';

const number = (name, fallback) => Number(process.env[name] ?? fallback);
const seed = number('SEED', 20261123), first = number('FIRST', 0), count = number('COUNT', 1_000_000);
const chunk = 50_000;
const comparison = new Comparison(seed);
const show = (counts) => Object.entries(counts).map(([name, n]) => `${n} ${name}`).join(', ');

for (let at = first; at < first + count; at += chunk) {
  await comparison.run(at, Math.min(chunk, first + count - at));
  if (process.stderr.isTTY) process.stderr.write(`\r${comparison.counts.texts} texts`);
}
await comparison.end();
if (process.stderr.isTTY) process.stderr.write('\r');
console.log(`seed ${seed}, texts ${first} to ${first + count - 1}: ${show(comparison.kinds)}`);
console.log(`answered: ${show(comparison.encodings)}`);
console.log(`${comparison.counts.comparisons} comparisons`);
for (const [rule, n] of Object.entries(comparison.explained)) console.log(`explained: ${n} ${rule}`);
for (const { name, text, got, expected } of comparison.unexplained)
  console.log(`UNEXPLAINED: ${name}: ${text}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
console.log(`${comparison.counts.unexplained ?? 0} unexplained`);
process.exitCode = comparison.unexplained.length ? 1 : 0;
