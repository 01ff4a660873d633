// A minute of `make faults`: the daemon and Redis are killed under load and the ledgers of both ends compared; what
// the breaks do and what must be 0 is in tests/faults/breaks.mjs. Each test says its figures.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { breaks, readGolden, violationsOf } from '../faults/breaks.mjs';
import { binary, placedFailpoints, top } from '../faults/lib/daemon.mjs';
import { clear } from '../faults/lib/processes.mjs';

after(clear);

let golden;
const options = process.env.WORKERS ? ['--workers', process.env.WORKERS] : [];

test('failpoints are in the build that is for them, and in no other', () => {
  const points = placedFailpoints();
  const ships = fs.readFileSync(path.join(top, 'build/chaski'), 'latin1');
  const tests = fs.readFileSync(binary, 'latin1');
  assert.ok(points.length > 10);
  for (const point of points) {
    assert.ok(tests.includes(point), `${binary} lacks ${point}`);
    assert.ok(!ships.includes(`\0${point}\0`), `build/chaski has ${point}`);
  }
});

for (const one of breaks) {
  test(`${one.name}: nothing is lost, nothing comes twice`, async (t) => {
    golden ??= await readGolden();
    const count = Number(process.env[one.variable] ?? one.part);
    const { examples, note, ...row } = await one.run({ seed: one.seed, count, golden, options });
    const figures = ['done', 'messages', 'accepted', 'sent', 'lost', 'doubled', 'unsent', 'repeated', 'inDoubt', 'seed']
      .map((name) => `${name} ${row[name]}`).join(', ');
    t.diagnostic(`${one.name} (${one.unit}): ${figures}, ${row.seconds.toFixed(1)} s`);
    if (note) t.diagnostic(note);
    assert.deepEqual(violationsOf(row), [], examples.join('\n'));
  });
}
