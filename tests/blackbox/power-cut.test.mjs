// Accepted means on disk: Redis is killed under load, and of what it wrote all is thrown away that it had not
// synchronised by then, as when the machine had lost its power. What was answered 2xx is there all the same.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Chaski, Redis, binary, removeDir, tempDir, top, until } from './lib/daemon.mjs';
import { Writers, emptied, provePromises } from './lib/outage.mjs';

// A sanitizer has to be the first library of a process, and so has this.
const skip = binary.includes('asan') && 'fsync is watched by LD_PRELOAD';
const cuts = Number(process.env.POWER_CUTS ?? 8);
const noteSize = 16; // as lib/synced_length.c writes them

// The file that Redis appends to.
function appendFile(redis) {
  const dir = path.join(redis.dir, 'appendonlydir');
  return path.join(dir, fs.readdirSync(dir).filter((name) => name.endsWith('.incr.aof')).sort().at(-1));
}

// Throws away what was not synchronised. Gives how much that was.
function cut(redis, notes) {
  const file = appendFile(redis), { ino, size } = fs.statSync(file), told = fs.readFileSync(notes);
  let at = told.length - told.length % noteSize - noteSize; // the kill may have cut the last one
  while (at >= 0 && Number(told.readBigUInt64LE(at)) !== ino) at -= noteSize;
  const synced = Number(told.readBigUInt64LE(at + 8));
  fs.truncateSync(file, synced);
  return size - synced;
}

test(`${cuts} cuts of Redis' power under load lose nothing that was accepted`, { skip }, async (t) => {
  const dir = tempDir(), library = path.join(dir, 'synced_length.so'), notes = path.join(dir, 'notes');
  const built = spawnSync('cc', ['-std=gnu11', '-O2', '-shared', '-fPIC', '-o', library,
    path.join(top, 'tests/blackbox/lib/synced_length.c')], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const redis = new Redis();
  const startRedis = async () => {
    Object.assign(process.env, { LD_PRELOAD: library, SYNCED_LENGTH: notes });
    await redis.start();
    delete process.env.LD_PRELOAD;
    delete process.env.SYNCED_LENGTH;
  };
  const chaski = new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 2 });
  try {
    await startRedis();
    await chaski.start();
    const writers = new Writers(chaski, { channel: 'sms', count: 24 });
    let thrown = 0;
    for (let i = 0; i < cuts; i++) {
      const goal = writers.promised + 150 + 17 * i;
      await until(`${goal} accepted`, () => writers.promised >= goal, 60000);
      await redis.stop('SIGKILL');
      thrown += cut(redis, notes);
      await startRedis();
      await chaski.ready();
    }
    await writers.stop();
    await emptied(chaski, 60000);
    t.diagnostic(`${await provePromises(redis, writers.ledger)} messages accepted, ${cuts} cuts, ${thrown} bytes that`
      + ' were not synchronised: 0 lost, 0 twice, order kept');
  } finally {
    await chaski.remove();
    await redis.remove();
    removeDir(dir);
  }
});
