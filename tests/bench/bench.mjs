// `make bench`: what a turn costs, measured in one run, interleaved, so that the ratios mean something whatever else
// the machine does. Starts everything itself on loopback and unix sockets, and ends what it started. A wrong or
// missing answer fails it; a figure never does, for timing is no test.
//
// bench.mjs [--quick] [--rounds=3] [--seconds=3] [--contacts=20000] [--only=WORDS]
// With --only (a regular expression) just the measurements whose names match, for work on one of them: no targets then.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { measureTimers } from './timers.mjs';

const top = fileURLToPath(new URL('../../', import.meta.url));
const build = path.resolve(top, process.env.BUILD ?? 'build');
const option = (name, fallback) =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const quick = process.argv.includes('--quick');
const rounds = option('rounds', quick ? 1 : 3);
const seconds = option('seconds', quick ? 0.3 : 3);
const contacts = option('contacts', quick ? 200 : 20000);
const posts = quick ? 6000 : 20000; // more than the outbox holds: what is called while the sink waits is not counted
const only = new RegExp(process.argv.find((arg) => arg.startsWith('--only='))?.slice('--only='.length) ?? '');
const warmUp = quick ? 0.1 : 0.5;
const publicUrl = 'https://gw.ejemplo.pe';
const token = '12345678901234567890123456789012'; // made up
const account = 'AC00000000000000000000000000000001';
const script = path.join(top, 'tests/bench/diagnostico.tsv');
const patienceMs = 30000;
const workers = Math.max(1, os.cpus().length - 1); // Redis serves from one core, and needs it

// ---- what is started, and how it ends

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'chaski-bench-'));
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

async function end(child, signal = 'SIGTERM') {
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

async function until(what, probe, ms = patienceMs) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((next) => { setTimeout(next, 20); });
  }
}

// ---- Redis, only as much of its protocol as is needed here

class Redis {
  constructor(name, fsync) {
    this.dir = path.join(dir, name);
    this.fsync = fsync;
    fs.mkdirSync(this.dir);
    this.socket = path.join(this.dir, 'redis.sock');
  }

  async start() {
    // The AOF is never rewritten meanwhile: a rewrite in one round and not in another would be measured instead.
    this.child = start('redis-server', ['--port', '0', '--unixsocket', this.socket, '--dir', this.dir, '--save', '',
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

// ---- the daemon and the bare servers

class Chaski {
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
    this.child = start(process.env.CHASKI ?? path.join(build, 'chaski'),
      ['serve', '-c', this.config, '--workers', `${workers}`]);
    const serving = await until('chaski serves', () => /msg="serving".* port=(\d+)/.exec(this.child.text) ??
      (this.child.exitCode !== null ? { ended: true } : null));
    if (serving.ended) throw new Error(`chaski ended: ${this.child.text}`);
    this.port = Number(serving[1]);
    await until('chaski is ready', async () => (await fetch(`http://127.0.0.1:${this.port}/readyz`)).status === 200);
    return this;
  }
}

class Bare {
  async start(...args) {
    this.child = start(path.join(build, 'bench/bare'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.port = Number((await this.lines.next()).value);
    return this;
  }

  async ask(word) {
    this.child.stdin.write(`${word}\n`);
    return JSON.parse((await this.lines.next()).value);
  }
}

// Runs a program of build/bench to its end and gives the JSON that it printed.
async function run(program, args) {
  const child = start(path.join(build, 'bench', program), args.map(String), { stdio: ['ignore', 'pipe', 'pipe'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${child.text}`);
  return JSON.parse(child.text);
}

let nextOwner = 1; // nobody speaks twice in a run

function load(port, args) {
  const owner = nextOwner;
  nextOwner += 1000000;
  return run('load', ['-p', port, '-s', script, '-u', publicUrl, '-k', token, '-f', owner, ...args]);
}

// Microseconds of CPU that a process, all that it started and all that ended among them, has had.
function cpu(pid) {
  const stats = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      const text = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
      const rest = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
      return { pid: Number(name), parent: rest[1], ticks: rest[11] + rest[12] + rest[13] + rest[14] };
    } catch {
      return null; // it ended meanwhile
    }
  }).filter(Boolean);
  const of = (one) => stats.filter((stat) => stat.parent === one)
    .reduce((sum, stat) => sum + of(stat.pid), stats.find((stat) => stat.pid === one)?.ticks ?? 0);
  return of(pid) * 10000;
}

// Hundredths of a second of CPU that all had, and those that the machine was ready to use and its host withheld.
function machine() {
  const ticks = fs.readFileSync('/proc/stat', 'latin1').split('\n', 1)[0].split(/ +/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, part) => sum + part, 0), stolen: ticks[7] };
}

// ---- the measurements

const results = new Map(); // name -> list of {turns_s, p50_ms, p99_ms, daemon_us, redis_us, stolen: %}

function keep(name, value) {
  results.set(name, [...(results.get(name) ?? []), value]);
  const texts = Object.entries(value).map(([key, number]) => `${key} ${number.toFixed(number < 100 ? 2 : 0)}`);
  console.error(`  ${name}: ${texts.join(', ')}`);
}

async function withCpu(daemon, redis, work) {
  const before = [cpu(daemon.pid), redis ? cpu(redis.pid) : 0, machine()];
  const result = await work();
  const after = [cpu(daemon.pid), redis ? cpu(redis.pid) : 0, machine()];
  const stolen = (after[2].stolen - before[2].stolen) / Math.max(1, after[2].all - before[2].all);
  return [result, after[0] - before[0], after[1] - before[1], stolen * 100];
}

async function turns(name, server, redis, connections, extra = []) {
  const [result, daemonUs, redisUs, stolen] = await withCpu(server.child, redis?.child, () => load(server.port,
    ['-c', connections, '-d', seconds, '-w', warmUp, ...extra]));
  keep(name, { turns_s: result.turns_s, p50_ms: result.p50_ms, p99_ms: result.p99_ms,
    daemon_us: daemonUs / result.messages, redis_us: redisUs / result.messages, stolen });
  return result;
}

// What the disk itself asks for a commit: so much, appended and synced, again and again, beside the AOF.
function disk(name) {
  const file = fs.openSync(path.join(dir, 'disk'), 'a'), bytes = Buffer.alloc(12 * 1024), times = [];
  const begin = process.hrtime.bigint();
  for (let at = begin; at - begin < 500e6;) {
    fs.writeSync(file, bytes);
    fs.fdatasyncSync(file);
    const now = process.hrtime.bigint();
    times.push(Number(now - at) / 1e6);
    at = now;
  }
  fs.closeSync(file);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor((times.length - 1) * share)];
  keep(name, { turns_s: times.length * 2, p50_ms: at(0.5), p99_ms: at(0.99) });
}

// The sink keeps its answers back while messages are accepted; from its first answer on only sending is measured.
async function outbound(sink, server, redis) {
  sink.child.stdin.write('hold\n');
  await load(server.port, ['-t', '/hooks/smsa', '-m', 'ack', '-c', 64, '-n', posts]);
  let held;
  const [count, daemonUs, redisUs] = await withCpu(server.child, redis.child, async () => {
    ({ held } = await sink.ask('go'));
    let [before, since, now] = [-1, Date.now(), null];
    for (;;) {
      now = await sink.ask('count');
      if (now.posts >= posts - held) return now;
      if (now.posts !== before) [before, since] = [now.posts, Date.now()];
      if (Date.now() - since > patienceMs) throw new Error(`the outbox stands still: ${held} held, ${now.posts} sent`);
      await new Promise((next) => { setTimeout(next, 50); });
    }
  });
  if (count.posts !== posts - held) throw new Error(`${count.posts} posts instead of ${posts - held}`);
  keep('outbound, daemon', { turns_s: count.posts / count.seconds, daemon_us: daemonUs / posts,
    redis_us: redisUs / posts });
}

async function barePosts(sink) {
  await sink.ask('go');
  const url = `http://127.0.0.1:${sink.port}/2010-04-01/Accounts/${account}/Messages.json`;
  const result = await run('post', ['-u', url, '-c', 64, '-d', seconds, '-w', warmUp]);
  keep('outbound, bare libcurl multi', { turns_s: result.posts_s });
}

// Whole conversations of many owners in a server of their own, and what its memory then holds, by kind of key.
async function memory(sinkPort) {
  const redis = await new Redis('memory', 'everysec').start();
  const chaski = await new Chaski('memory-daemon', redis, sinkPort, 'relaxed').start();
  const before = await redis.usedMemory();
  const result = await load(chaski.port, ['-c', 64, '-n', contacts]);
  const after = await redis.usedMemory();
  await end(chaski.child);
  const kinds = await keyKinds(redis);
  await end(redis.child);
  return { turns: result.turns, bytes: after - before, kinds };
}

// SAMPLES 0 counts every field: of a contact's few, a sample of five may miss the one that is most of it.
async function keyKinds(redis) {
  const kinds = {};
  let cursor = '0';
  do {
    const [next, keys] = await redis.command('SCAN', cursor, 'COUNT', 10000);
    const sampled = keys.filter((key) => {
      const kind = (kinds[key.split(':')[2] ?? 'other'] ??= { keys: 0, sampled: 0, bytes: 0 });
      return kind.keys++ < 64 || kind.keys % 50 === 0; // what a shard has once, and few of what each person has
    });
    const ask = sampled.map((key) => ['MEMORY', 'USAGE', key, 'SAMPLES', 0]);
    const sizes = ask.length ? await redis.commands(ask) : [];
    sampled.forEach((key, i) => {
      const kind = kinds[key.split(':')[2] ?? 'other'];
      kind.sampled++;
      kind.bytes += sizes[i];
    });
    cursor = next;
  } while (cursor !== '0');
  return kinds;
}

// A million timers that wait, and ten thousand that are due.
async function timers(sink) {
  await sink.ask('go');
  const size = quick ? { stored: 20000, people: 200, idleS: 2, afterS: 3 }
    : { stored: 1000000, people: 10000, idleS: 10, afterS: 25 };
  const pause = (ms) => new Promise((next) => { setTimeout(next, ms); });
  const tools = { top, dir, Redis, Chaski, load, cpu, end, until, pause, sinkPort: sink.port };
  const found = await measureTimers(size, tools);
  keep('timers, firing', found.firing);
  keep('timers, idle', { many_us: found.idle[0], none_us: found.idle[1], ratio: found.idle[0] / found.idle[1] });
  return `${size.stored} timers that wait: Redis has ${found.idle[0].toFixed(0)} us of CPU a second when idle, ` +
    `${found.idle[1].toFixed(0)} with none; ${size.people} that are due fire in ${found.firing.seconds.toFixed(1)} s ` +
    'from when the daemon was ready';
}

// ---- the report

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const of = (name, key = 'turns_s') => (results.get(name) ?? []).map((row) => row[key]).filter((v) => v !== undefined);
const cell = (values, digits) => (values.length ? median(values).toFixed(digits) : '-');

function table() {
  const widths = [34, 10, 17, 9, 9, 11, 10, 9];
  const line = (cells) => cells.map((text, i) => (i ? text.padStart(widths[i]) : text.padEnd(widths[i]))).join('');
  console.log(line(['what', 'a second', 'lowest-highest', 'p50 ms', 'p99 ms', 'server us', 'Redis us', 'stolen %']));
  for (const name of results.keys()) {
    const all = of(name);
    if (!all.length) continue;
    console.log(line([name, cell(all, 0), `${Math.min(...all).toFixed(0)}-${Math.max(...all).toFixed(0)}`,
      cell(of(name, 'p50_ms'), 2), cell(of(name, 'p99_ms'), 2), cell(of(name, 'daemon_us'), 1),
      cell(of(name, 'redis_us'), 1), cell(of(name, 'stolen'), 1)]));
  }
}

// Ratios of rounds, not of medians: what slowed one round slowed both of its sides.
function ratio(name, other) {
  const below = of(other);
  return of(name).map((value, round) => value / below[round]);
}

function target(name, values, digits, good, want) {
  const figure = median(values);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  console.log(`  ${good(figure) ? 'reached' : 'MISSED '}  ${name.padEnd(46)} ${figure.toFixed(digits)}` +
    `${values.length > 1 ? ` (${low}-${high})` : ''}, target ${want}`);
}

// What grows with messages and not with people: recorded answers, the journal, what is to be sent.
const ofTurns = new Set(['seen', 'turns', 'outbox', 'sends', 'receipt', 'early']);

function report(held) {
  let [contactBytes, turnBytes] = [0, 0];
  console.log();
  table();
  console.log(`\nRedis after ${contacts} conversations, ${held.turns} turns: ` +
    `${(held.bytes / held.turns).toFixed(0)} bytes a turn in all, ` +
    `${(held.bytes / contacts).toFixed(0)} bytes a contact with its whole conversation`);
  for (const [name, kind] of Object.entries(held.kinds).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mean = kind.sampled ? kind.bytes / kind.sampled : 0;
    if (ofTurns.has(name)) turnBytes += (mean * kind.keys) / held.turns;
    else contactBytes += (mean * kind.keys) / contacts;
    const share = ((mean * kind.keys) / contacts).toFixed(0).padStart(6);
    console.log(`  ${name.padEnd(10)} ${String(kind.keys).padStart(9)} keys of ${mean.toFixed(0).padStart(6)} bytes, ` +
      `${share} a contact (${ofTurns.has(name) ? 'grows with turns' : 'stays'})`);
  }
  console.log('\ntargets (median of the rounds\' own figures, lowest-highest):');
  target('durable turn to bare echo, 256 connections', ratio('turn, always, 256', 'bare echo, 256'), 2,
    (x) => x >= 0.5, 'at least 0.5');
  target('always to everysec, 256 connections', ratio('turn, always, 256', 'turn, everysec, 256'), 2,
    (x) => x >= 0.85, 'at least 0.85');
  target('p99 at half load, ms', of('turn, always, half load', 'p99_ms'), 2, (x) => x < 10, 'under 10');
  target('bytes a contact', [contactBytes], 0, (x) => x <= 1024, 'at most 1024');
  target('outbound to bare libcurl multi', ratio('outbound, daemon', 'outbound, bare libcurl multi'), 2,
    (x) => x >= 0.6, 'at least 0.6');
  target('idle Redis, a million timers to none', of('timers, idle', 'ratio'), 2, (x) => x <= 1.5, 'at most 1.5');
  console.log(`  and bytes a turn (answers, journal): ${turnBytes.toFixed(0)}`);
}

async function main() {
  const sink = await new Bare().start('sink');
  const echo = await new Bare().start('echo', publicUrl, token);
  const redis = { always: await new Redis('always', 'always').start(),
    everysec: await new Redis('everysec', 'everysec').start() };
  const chaski = { always: await new Chaski('always-daemon', redis.always, sink.port, 'strict').start(),
    everysec: await new Chaski('everysec-daemon', redis.everysec, sink.port, 'relaxed').start() };
  console.log(`${os.cpus().length} CPUs, workers: ${workers}, load ${os.loadavg()[0].toFixed(1)}; ` +
    `${rounds} rounds of ${seconds} s each; medians; server and Redis: CPU microseconds a message; stolen: CPU time ` +
    'that the host of this machine withheld');
  const steps = [256, 64, 1].flatMap((c) => [
    [`bare echo, ${c}`, (name) => turns(name, echo, null, c, ['-m', 'echo'])],
    [`turn, always, ${c}`, async (name) => {
      const result = await turns(name, chaski.always, redis.always, c);
      if (c !== 256) return;
      disk('disk, 12 KB synced');
      await turns('turn, always, half load', chaski.always, redis.always, c, ['-r', result.turns_s / 2]);
      await turns('bare echo, that rate', echo, null, c, ['-m', 'echo', '-r', result.turns_s / 2]); // the machine's own
    }],
    [`turn, everysec, ${c}`, (name) => turns(name, chaski.everysec, redis.everysec, c)],
  ]).concat([
    ['outbound, daemon', () => outbound(sink, chaski.always, redis.always)],
    ['outbound, bare libcurl multi', () => barePosts(sink)],
  ]).filter(([name]) => only.test(name));
  for (let round = 0; round < rounds; round++) {
    console.error(`round ${round + 1}`);
    const inTurn = round % 2 ? [...steps].reverse() : steps; // what drifts, drifts both ways
    for (const [name, step] of inTurn) await step(name);
  }
  await Promise.all(Object.values(chaski).map((one) => end(one.child)));
  await Promise.all(Object.values(redis).map((one) => end(one.child)));
  const said = only.test('timers') ? await timers(sink) : '';
  if (only.source === '(?:)') report(await memory(sink.port));
  else table();
  if (said) console.log(said);
  fs.writeFileSync(path.join(build, 'bench/result.json'), JSON.stringify(Object.fromEntries(results), null, 1));
}

await main();
process.exit(0);
