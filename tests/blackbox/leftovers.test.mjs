// What a test file started and made is gone when the file ends: by itself, by a signal, or because the runner is gone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { test } from 'node:test';
import { until } from './lib/daemon.mjs';
import { own } from './lib/leftovers.mjs';

const library = new URL('./lib/leftovers.mjs', import.meta.url).href;

// A test file with a child and a folder, whose one test does `act`.
const file = (act) => `
  import { spawn } from 'node:child_process';
  import { test } from 'node:test';
  import { own, tempDir } from '${library}';
  const child = own(spawn('sleep', ['60'], { stdio: 'ignore' }));
  process.stderr.write(JSON.stringify({ child: child.pid, folder: tempDir('leftovers') }));
  test('one', () => ${act});`;

const wait = 'new Promise((next) => setTimeout(next, 60000))';

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// As itself, or below a shell that is its runner.
function start(act, below) {
  const args = ['--input-type=module', '-e', file(act)];
  const [command, ...rest] = below ? ['sh', '-c', '"$@"; :', 'sh', process.execPath, ...args]
    : [process.execPath, ...args];
  return own(spawn(command, rest,
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_TEST_CONTEXT: '' } }));
}

for (const [name, act, signal, below] of [
  ['its tests passed', '0'],
  ['a test failed', '{ throw new Error("no") }'],
  ...['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'].map((one) => [`${one} comes`, wait, one]),
  ['the runner was killed', wait, 'SIGKILL', true],
]) {
  test(`nothing is left when ${name}`, async () => {
    const run = start(act, below);
    const [told] = await once(run.stderr, 'data');
    const { child, folder } = JSON.parse(told);
    if (signal) run.kill(signal);
    await until('all is gone', () => !isAlive(child) && !fs.existsSync(folder));
  });
}
