// Pieces of an outage of Redis: a proxy that makes it slow or half dead, owners who go on writing meanwhile, and the
// ledger of what was promised to them, against what Redis holds in the end.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { tempDir, until } from './daemon.mjs';
import { newSid, smsRequest } from './phones.mjs';
import { send } from './webhooks.mjs';

// A TCP proxy before a Redis on a unix socket. `mode` may change at any time: 'pass'; 'stall' (takes connections and
// bytes, and hands on nothing, as a half-open connection does); 'trickle' (a byte a second of each answer); 'refuse'
// (closes whatever comes). What was kept back while it stalled is never handed on.
export class Proxy {
  constructor(socketPath) {
    Object.assign(this, { socketPath, mode: 'pass', delayMs: 0, pairs: new Set(), timers: new Set() });
    this.server = net.createServer((client) => this.take(client));
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `redis://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  later(ms, action) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action();
    }, ms);
    this.timers.add(timer);
  }

  take(client) {
    client.on('error', () => {});
    if (this.mode === 'refuse') return client.destroy();
    const server = net.connect(this.socketPath);
    server.on('error', () => client.destroy());
    this.pairs.add(client).add(server);
    for (const [from, to] of [[client, server], [server, client]]) {
      from.on('close', () => {
        this.pairs.delete(from);
        to.destroy();
      });
      from.on('data', (data) => this.carry(data, to, from === server));
    }
  }

  carry(data, to, answer) {
    if (this.mode === 'stall') return;
    if (this.mode === 'trickle' && answer)
      for (let i = 0; i < data.length; i++) this.later(1000 * (i + 1), () => to.write(data.subarray(i, i + 1)));
    else if (this.delayMs) this.later(this.delayMs, () => to.write(data));
    else to.write(data);
  }

  // Cuts the connections, so that the other side begins anew in the mode that holds now.
  cut() {
    for (const socket of this.pairs) socket.destroy();
  }

  async close() {
    for (const timer of this.timers) clearTimeout(timer);
    this.cut();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }
}

// Owners who write one message after the other, each as soon as the one before was answered; `ledger` maps a number to
// the ids that were answered 2xx, in order. Other answers are counted by status and sent again under the same id, as
// by a patient person.
export class Writers {
  constructor(chaski, { channel = 'sms', count = 10, prefix = '+5198755', pauseMs = 0 } = {}) {
    Object.assign(this, { chaski, channel, pauseMs, going: true, statuses: {}, ledger: new Map() });
    this.numbers = Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`);
    this.done = Promise.all(this.numbers.map((number) => this.write(number)));
  }

  async write(number) {
    const taken = [];
    this.ledger.set(number, taken);
    for (let i = 0; this.going; i++) {
      const sid = newSid();
      const request = smsRequest(this.channel, { from: number, text: `mensaje ${i}`, sid });
      const answer = await send(this.chaski.url, request).catch(() => ({ status: 0 }));
      this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
      if (answer.status === 200) taken.push(sid);
      await new Promise((next) => setTimeout(next, this.pauseMs));
    }
  }

  get promised() {
    return [...this.ledger.values()].reduce((sum, ids) => sum + ids.length, 0);
  }

  async stop() {
    this.going = false;
    await this.done;
  }
}

// The ids of a person's turns, in the order in which they were committed.
export async function committedIds(redis, number) {
  const [key] = await redis.keys(`ck:*:turns:${number}`);
  if (!key) return [];
  const entries = await redis.command('LRANGE', key, 0, -1);
  return entries.map((entry) => entry.slice(entry.indexOf(':') + 1, entry.indexOf('\n')));
}

// Proves that each promised message had one effect, in order; gives how many there were. Messages that were answered
// otherwise may have taken effect or not.
export async function provePromises(redis, ledger) {
  let proved = 0;
  for (const [number, promised] of ledger) {
    const ids = await committedIds(redis, number);
    assert.equal(new Set(ids).size, ids.length, `${number}: an effect twice`);
    const kept = ids.filter((id) => promised.includes(id));
    assert.deepEqual(kept, promised, `${number}: ${promised.length} promised, ${kept.length} of them kept in order`);
    proved += promised.length;
  }
  return proved;
}

// The names of the spooled files, those of a folder below ('damaged', 'failed') where it is named.
export function spooledFiles(chaski, folder = '.') {
  return fs.readdirSync(path.join(chaski.settings.state_dir, 'spool', folder)).filter((name) => /^\d{20}-/.test(name))
    .sort();
}

export async function readiness(chaski) {
  const answer = await fetch(`${chaski.url}/readyz`);
  return { status: answer.status, ...await answer.json() };
}

// Waits until nothing is spooled.
export const emptied = (chaski, ms = 20000) =>
  until('an empty spool', async () => (await readiness(chaski)).spooled === 0, ms);

export async function metric(chaski, line) {
  const found = (await chaski.metrics()).split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

// A small disk of memory, or null where this process may not mount one; `remount('ro')` makes it read-only.
export function smallDisk(size = '16m') {
  const dir = tempDir('disk');
  const mount = (...args) => execFileSync('mount', args, { stdio: 'ignore' });
  try {
    mount('-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', dir);
  } catch {
    return null;
  }
  return {
    dir,
    remount: (how) => mount('-o', `remount,${how}`, dir),
    fill(leave = 0) {
      const { bavail, bsize } = fs.statfsSync(dir);
      const bytes = Buffer.alloc(Math.max(0, bavail * bsize - leave));
      try {
        fs.writeFileSync(path.join(dir, 'ballast'), bytes);
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error;
      }
    },
    free: () => fs.rmSync(path.join(dir, 'ballast'), { force: true }),
    remove: () => execFileSync('umount', ['-l', dir], { stdio: 'ignore' }),
  };
}
