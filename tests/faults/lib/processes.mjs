// What a run starts and makes, and that nothing of it is left when the run ends, however it ends.
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const children = new Set();
const folders = new Set();
const runner = process.ppid;

// Takes a child process into care, and gives it back.
export function keep(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

export function makeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chaski-faults-'));
  folders.add(folder);
  return folder;
}

export const isGone = (child) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

// Sends a signal, if the process is still there, and waits until it is not: SIGKILL after `patienceMs`.
export async function end(child, signal, patienceMs = 20000) {
  if (isGone(child)) return child.exitCode ?? child.signalCode;
  const gone = once(child, 'exit');
  const impatient = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  child.kill(signal);
  await gone;
  clearTimeout(impatient);
  return child.exitCode ?? child.signalCode;
}

export function clear() {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.clear();
}

// The children of a process, by the kernel's list.
export function childrenOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

export function isAlive(pid) {
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export function kill(pid, signal = 'SIGKILL') {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

// Waits until `probe` gives something true, looking every `every` ms; fails with `what` after `ms`.
export async function until(what, probe, ms = 20000, every = 10) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${typeof what === 'function' ? what() : what}`);
    await pause(every);
  }
}

export const pause = (ms) => new Promise((next) => setTimeout(next, ms));

process.on('exit', clear);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'])
  process.prependListener(signal, () => process.exit(1));
setInterval(() => {
  if (process.ppid !== runner) process.exit(1); // who started us is gone, and its reader with it
}, 200).unref();
