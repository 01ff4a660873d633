// What a test file started and made goes when the file ends, however that is: its tests passed or failed, a signal
// came, or the runner is gone (its reader closed the pipe, or it was killed: then nobody else would tell us). Nothing
// outlives a run but what was started without own(). A program of spawnSync() is waited for first: nothing can be
// done meanwhile.
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

const patienceMs = 20000; // how long a program may take to end by itself
const children = new Set();
const folders = new Set();
const runner = process.ppid;

// Takes a child process into care, and gives it back.
export function own(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

// Makes a folder that goes with the test file.
export function tempDir(name = 'test') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `chaski-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeDir(folder) {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.delete(folder);
}

export function ended(child) {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

// Ends a child by a signal, or by SIGKILL when it does not go, and gives its exit code or the signal's name.
export async function endProcess(child, signal = 'SIGTERM') {
  if (!ended(child)) {
    const exit = once(child, 'exit');
    const impatient = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    child.kill(signal);
    await exit;
    clearTimeout(impatient);
  }
  return child.exitCode ?? child.signalCode;
}

after(async () => {
  for (const child of [...children].reverse()) await endProcess(child); // who uses another goes first
  for (const folder of folders) removeDir(folder);
});

// The last resort, which cannot wait for anything.
function clear() {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function leave() {
  clear();
  process.exit(1);
}

process.on('exit', clear);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE']) process.prependListener(signal, leave);
for (const stream of [process.stdout, process.stderr]) stream.on('error', leave);
setInterval(() => {
  if (process.ppid !== runner) leave();
}, 200).unref();
