// A redis-server of our own on a unix socket, and a pipelined client of it.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { end, isGone, keep, makeFolder, until } from './processes.mjs';

// One reply from `at`: { value, next }, or null when it is not whole. Errors are Error objects.
function parse(bytes, at) {
  const stop = bytes.indexOf('\r\n', at);
  if (stop < 0) return null;
  const line = bytes.toString('latin1', at + 1, stop);
  const next = stop + 2;
  switch (bytes[at]) {
    case 0x2b: return { value: line, next };
    case 0x2d: return { value: new Error(line), next };
    case 0x3a: return { value: Number(line), next };
    case 0x24: {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      if (bytes.length < next + length + 2) return null;
      return { value: bytes.toString('utf8', next, next + length), next: next + length + 2 };
    }
    default: return parseItems(bytes, Number(line), next);
  }
}

function parseItems(bytes, count, from) {
  const items = [];
  let next = from;
  for (let i = 0; i < count; i++) {
    const item = parse(bytes, next);
    if (!item) return null;
    items.push(item.value);
    next = item.next;
  }
  return { value: count < 0 ? null : items, next };
}

const write = (args) => {
  const parts = args.map(String);
  return `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
};

// Sends all commands at once on a connection of their own, and gives the replies in their order.
export function ask(socketPath, commands) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    const replies = [];
    const fail = () => reject(new Error('Redis closed the connection'));
    let pieces = [];
    socket.on('error', reject);
    socket.on('close', fail);
    socket.on('data', (data) => {
      pieces.push(data);
      const bytes = pieces.length > 1 ? Buffer.concat(pieces) : data;
      let at = 0;
      for (let reply; at < bytes.length && (reply = parse(bytes, at)); at = reply.next) replies.push(reply.value);
      pieces = at < bytes.length ? [bytes.subarray(at)] : [];
      if (replies.length < commands.length) return;
      resolve(replies);
      socket.destroy();
    });
    socket.write(commands.map(write).join(''));
  });
}

// A kill may end a write in the middle of a transaction. Redis 7 by default (aof-load-truncated yes) then cuts off
// the last, broken command only: MULTI stays in the file without EXEC, and when the next start reads it, half of the
// transaction is played together with the one behind it. So the server is made to refuse such a file, and
// redis-check-aof cuts before the MULTI.
export class Redis {
  constructor() {
    this.folder = makeFolder();
    this.socket = path.join(this.folder, 'redis.sock');
    this.truncates = process.env.AOF_LOAD_TRUNCATED ?? 'no';
    this.repaired = 0;
  }

  async start() {
    if (await this.launch()) return this;
    this.repair();
    if (!await this.launch()) throw new Error(`redis-server does not start: ${path.join(this.folder, 'redis.log')}`);
    return this;
  }

  // Whether the server came up: it does not over a file that ends in the middle.
  async launch() {
    const options = ['--port', '0', '--unixsocket', this.socket, '--dir', this.folder, '--appendonly', 'yes',
      '--appendfsync', 'always', '--aof-load-truncated', this.truncates, '--save', '',
      '--maxmemory-policy', 'noeviction', '--logfile', 'redis.log'];
    this.child = keep(spawn('redis-server', options, { stdio: 'ignore' }));
    const answers = () => this.all([['PING']]).then(([reply]) => reply === 'PONG', () => false);
    await until('redis answers', async () => isGone(this.child) || await answers(), 60000);
    return !isGone(this.child);
  }

  repair() {
    const folder = path.join(this.folder, 'appendonlydir');
    const manifest = fs.readdirSync(folder).find((name) => name.endsWith('.manifest'));
    const options = { input: 'y\n', stdio: ['pipe', 'pipe', 'pipe'] };
    execFileSync('redis-check-aof', ['--fix', path.join(folder, manifest)], options);
    this.repaired++;
  }

  // Runs commands, a thousand at a time, and gives their replies.
  async all(commands) {
    const replies = [];
    for (let i = 0; i < commands.length; i += 1000)
      replies.push(...await ask(this.socket, commands.slice(i, i + 1000)));
    return replies;
  }

  stop(signal = 'SIGKILL') {
    return end(this.child, signal);
  }
}
