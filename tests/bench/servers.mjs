// What `make bench` starts, on loopback and unix sockets, and how it ends: Redis, the daemon, the bare servers, and the
// loads. All of it ends with this process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

export const top = fileURLToPath(new URL('../../', import.meta.url));
export const build = path.resolve(top, process.env.BUILD ?? 'build');
export const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chaski-bench-'));
// Redis serves from one core, and has one to itself where there are two: else the kernel now and then puts it beside
// the daemon that wakes it and leaves another core idle, for a tenth of a second.
const cores = os.cpus().length;
export const workers = Math.max(1, cores - 1);
const [serverCores, redisCore] = cores > 1 ? [`0-${cores - 2}`, `${cores - 1}`] : ['0', '0'];
export const account = 'AC00000000000000000000000000000001';
export const patienceMs = 30000;
const publicUrl = 'https://gw.ejemplo.pe';
const token = '12345678901234567890123456789012'; // made up
const script = path.join(top, 'tests/bench/diagnostico.tsv');
const children = new Set();

function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], cwd: top, ...options });
  children.add(child);
  child.on('exit', () => children.delete(child));
  child.on('error', (error) => { throw new Error(`${command}: ${error.message}`); });
  child.text = '';
  child.stdout?.on('data', (data) => { child.text += data; });
  child.stderr?.on('data', (data) => { child.text += data; });
  child.stdin?.on('error', () => {});
  return child;
}

// What stands beside Redis in production has the other cores, and so has the bare echo that stands for it.
function startBesideRedis(command, args, options) {
  return start('taskset', ['-c', serverCores, command, ...args], options);
}

export async function end(child, signal = 'SIGTERM') {
  if (!children.has(child)) return;
  const exit = once(child, 'exit');
  const impatient = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  child.kill(signal);
  await exit;
  clearTimeout(impatient);
}

function clear() {
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
}
process.on('exit', clear);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

export const pause = (ms) => new Promise((next) => { setTimeout(next, ms); });

export async function until(what, probe, ms = patienceMs) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(20);
  }
}

// ---- Redis, only as much of its protocol as is needed here

export class Redis {
  constructor(name, fsync) {
    this.dir = path.join(dir, name);
    this.fsync = fsync;
    fs.mkdirSync(this.dir);
    this.socket = path.join(this.dir, 'redis.sock');
  }

  async start() {
    // The AOF is never rewritten meanwhile: a rewrite in one round and not in another would be measured instead.
    this.child = start('redis-server', ['--port', '0', '--unixsocket', this.socket, '--dir', this.dir, '--save', '',
      '--server_cpulist', redisCore,
      '--appendonly', 'yes', '--appendfsync', this.fsync, '--maxmemory-policy', 'noeviction',
      '--hash-max-listpack-value', '4096', '--hash-max-listpack-entries', '128', '--stream-node-max-bytes', '1024',
      '--lazyfree-lazy-expire', 'yes', '--latency-tracking', 'no', // as embedded
      '--auto-aof-rewrite-percentage', '0']);
    await until('redis answers', () => this.command('PING').then((reply) => reply === 'PONG', () => false));
    return this;
  }

  command(...args) {
    return this.commands([args]).then(([reply]) => reply);
  }

  // Sends many commands at once and gives their replies in order.
  commands(list) {
    const text = list.map((args) => `*${args.length}\r\n${args.map(
      (arg) => `$${Buffer.byteLength(String(arg))}\r\n${arg}\r\n`).join('')}`).join('');
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.socket);
      const replies = [];
      let bytes = '';
      socket.setEncoding('latin1');
      socket.on('error', reject);
      socket.on('data', (data) => {
        bytes += data;
        for (let at = 0, found; ; at = found.next) {
          found = parse(bytes, at);
          if (!found) {
            bytes = bytes.slice(at);
            break;
          }
          replies.push(found.value);
        }
        if (replies.length < list.length) return;
        socket.destroy();
        resolve(replies);
      });
      socket.write(text);
    });
  }

  async usedMemory() {
    return Number(/used_memory:(\d+)/.exec(await this.command('INFO', 'memory'))[1]);
  }

  // Puts on disk what it has written, so that its own sync, up to a second later, finds nothing left to do.
  sync() {
    const folder = path.join(this.dir, 'appendonlydir');
    for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.incr.aof'))) {
      const file = fs.openSync(path.join(folder, name), 'r+');
      fs.fdatasyncSync(file);
      fs.closeSync(file);
    }
  }
}

function parse(bytes, at) {
  const lineEnd = bytes.indexOf('\r\n', at);
  if (lineEnd < 0) return null;
  const [kind, line, next] = [bytes[at], bytes.slice(at + 1, lineEnd), lineEnd + 2];
  if (kind === '+' || kind === '-') return { value: line, next };
  if (kind === ':') return { value: Number(line), next };
  if (kind === '$') {
    const length = Number(line);
    if (length < 0) return { value: null, next };
    return bytes.length < next + length + 2 ? null
      : { value: bytes.slice(next, next + length), next: next + length + 2 };
  }
  const value = [];
  let item = { next };
  for (let i = 0; i < Number(line); i++) {
    item = parse(bytes, item.next);
    if (!item) return null;
    value.push(item.value);
  }
  return { value, next: item.next };
}

// ---- the daemon and the programs of build/bench

export class Chaski {
  constructor(name, redis, sinkPort, durability, { flows = `${top}config/flows`, more = '' } = {}) {
    this.config = path.join(dir, `${name}.yaml`);
    const channel = (reply) => `    provider: twilio\n    account_sid: ${account}\n    auth_token: "${token}"\n` +
      `    from: "+5117654321"\n    reply: ${reply}\n    api_base: http://127.0.0.1:${sinkPort}\n`;
    fs.writeFileSync(this.config, `listen: 127.0.0.1:0\npublic_url: ${publicUrl}\nstate_dir: ${dir}/${name}-var\n` +
      `redis:\n  url: "unix:${redis.socket}"\n  durability: ${durability}\nflows: ${flows}\n${more}` +
      `catalogue: ${top}models/catalogue.yaml\nmodels: ${top}models/registry\nchannels:\n` +
      `  sms:\n${channel('sync')}  smsa:\n${channel('async')}`, { mode: 0o600 });
  }

  async start() {
    this.child = startBesideRedis(process.env.CHASKI ?? path.join(build, 'chaski'),
      ['serve', '-c', this.config, '--workers', `${workers}`]);
    const serving = await until('chaski serves', () => /msg="serving".* port=(\d+)/.exec(this.child.text) ??
      (this.child.exitCode !== null ? { ended: true } : null));
    if (serving.ended) throw new Error(`chaski ended: ${this.child.text}`);
    this.port = Number(serving[1]);
    await until('chaski is ready', async () => (await fetch(`http://127.0.0.1:${this.port}/readyz`)).status === 200);
    return this;
  }
}

// A program of build/bench that says a line for a line.
class Asked {
  constructor(program, args, begin = start) {
    this.name = program;
    this.child = begin(path.join(build, 'bench', program), args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async line() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.name} ended`);
    return JSON.parse(value);
  }

  ask(word) {
    this.child.stdin.write(`${word}\n`);
    return this.line();
  }

  async close() {
    const exit = once(this.child, 'exit');
    this.child.stdin.end();
    const [code] = await exit;
    if (code !== 0) throw new Error(`${this.name} ended with ${code}`);
  }
}

export class Bare extends Asked {
  static async start(what) {
    const bare = what === 'echo' ? new Bare('bare', [what, publicUrl, token], startBesideRedis)
      : new Bare('bare', [what]); // the provider is elsewhere
    bare.port = await bare.line();
    return bare;
  }
}

// The thread on each CPU that sleeps for a millisecond: by how many microseconds its sleeps ended late.
export class Witness extends Asked {
  constructor() {
    super('delay', []);
  }

  watch(seconds) {
    return this.ask(`${seconds}`);
  }
}

// Runs a program of build/bench to its end and gives the JSON that it printed.
export async function run(program, args) {
  const child = start(path.join(build, 'bench', program), args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${child.text}`);
  return JSON.parse(child.text);
}

let nextOwner = 1; // nobody speaks twice in a run

function loadArguments(port, args) {
  const owner = nextOwner;
  nextOwner += 1000000;
  return ['-p', port, '-s', script, '-u', publicUrl, '-k', token, '-f', owner, ...args];
}

export function load(port, args) {
  return run('load', loadArguments(port, args));
}

// A load that stays, with its connections and its conversations, and goes on for a slice when it is asked to.
export class Load extends Asked {
  constructor(port, args) {
    super('load', loadArguments(port, [...args, '-i']));
  }

  slice(warmUp, seconds, rate = 0) {
    return this.ask(`${warmUp} ${seconds} ${rate}`);
  }
}
