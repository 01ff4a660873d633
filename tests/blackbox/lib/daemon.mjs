// Starts what a black-box test needs: a real redis-server and the built daemon, each in a folder of its own, on
// sockets and ports that the system chooses; leftovers.mjs ends them if a test does not.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endProcess, ended, own, removeDir, tempDir } from './leftovers.mjs';

export const top = fileURLToPath(new URL('../../../', import.meta.url));
export const binary = path.resolve(process.env.CHASKI ?? path.join(top, 'build/chaski'));
export const publicUrl = 'https://gw.ejemplo.pe';

export { own, removeDir, tempDir };

// Waits until `probe` gives something true, looking every 20 ms; fails with `what` after `ms`.
export async function until(what, probe, ms = 15000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((next) => setTimeout(next, 20));
  }
}

// Sends one command to a Redis on a unix socket and gives the reply, parsed (errors as Error objects).
export function redisCommand(socketPath, ...args) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    let bytes = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (data) => {
      bytes = Buffer.concat([bytes, data]);
      const parsed = parseReply(bytes, 0);
      if (parsed) {
        socket.destroy();
        resolve(parsed.value);
      }
    });
    const parts = args.map((arg) => Buffer.from(String(arg)));
    socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`),
      ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')])]));
  });
}

function parseReply(bytes, at) {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return null;
  const line = bytes.toString('utf8', at + 1, end);
  const kind = String.fromCharCode(bytes[at]);
  if (kind === '+') return { value: line, next: end + 2 };
  if (kind === '-') return { value: new Error(line), next: end + 2 };
  if (kind === ':') return { value: Number(line), next: end + 2 };
  if (kind === '$') {
    const length = Number(line);
    if (length < 0) return { value: null, next: end + 2 };
    if (bytes.length < end + 4 + length) return null;
    return { value: bytes.toString('utf8', end + 2, end + 2 + length), next: end + 4 + length };
  }
  const items = [];
  let next = end + 2;
  for (let i = 0; i < Number(line); i++) {
    const item = parseReply(bytes, next);
    if (!item) return null;
    items.push(item.value);
    next = item.next;
  }
  return { value: Number(line) < 0 ? null : items, next };
}

export class Redis {
  constructor(extra = []) {
    this.dir = tempDir();
    this.socket = path.join(this.dir, 'redis.sock');
    this.extra = extra;
  }

  async start() {
    this.child = own(spawn('redis-server',
      ['--port', '0', '--unixsocket', this.socket, '--dir', this.dir, '--appendonly', 'yes',
      '--appendfsync', 'always', '--aof-load-truncated', 'no', '--save', '', '--maxmemory-policy', 'noeviction',
      ...this.extra],
        { stdio: 'ignore' }));
    await until('redis answers', () => this.command('PING').then((reply) => reply === 'PONG', () => false));
    return this;
  }

  command(...args) {
    return redisCommand(this.socket, ...args);
  }

  async keys(pattern) {
    return (await this.command('KEYS', pattern)).sort();
  }

  // All keys but those in which workers say who they are and which shards they hold: they come by and by after a start.
  async keysOfWork() {
    return (await this.keys('ck:*')).filter((key) => !/^ck:(workers|\{s\d+\}:(lease|fence))$/.test(key));
  }

  async stop(signal = 'SIGTERM') {
    await endProcess(this.child, signal);
  }

  async remove() {
    if (this.child) await this.stop('SIGKILL');
    removeDir(this.dir);
  }
}

// The settings that tests use unless they say otherwise.
export const secrets = {
  authToken: '12345678901234567890123456789012',
  appSecret: 'chaski-app-secret-0001',
  accessToken: 'EAAG-test-token',
  verifyToken: 'verify-0123456789',
  hookSecret: 'hook-0123456789abcdef',
};

export function channels({ twilio = 'http://127.0.0.1:9', meta = 'http://127.0.0.1:9' } = {}) {
  const account = 'AC00000000000000000000000000000001';
  return {
    sms: { provider: 'twilio', account_sid: account, auth_token: secrets.authToken, from: '+5117654321',
      reply: 'sync' },
    smsa: { provider: 'twilio', account_sid: account, auth_token: secrets.authToken, from: '+5117654321',
      reply: 'async', api_base: twilio },
    wa: { provider: 'whatsapp_cloud', phone_number_id: '200300400500600', access_token: secrets.accessToken,
      app_secret: secrets.appSecret, verify_token: secrets.verifyToken, api_base: meta },
    ussd: { provider: 'africastalking_ussd', service_code: '*384*1#', hook_secret: secrets.hookSecret },
    ussdi: { provider: 'infobip_ussd', service_code: '*384*1#', hook_secret: secrets.hookSecret },
    demo: { provider: 'simulator' },
  };
}

// Writes a value as YAML of our subset: maps, lists, and every scalar in double quotes.
function yaml(value, indent = '') {
  return Object.entries(value).map(([key, item]) => {
    if (Array.isArray(item)) return `${indent}${key}: [${item.map((part) => JSON.stringify(part)).join(', ')}]\n`;
    if (typeof item === 'object') return `${indent}${key}:\n${yaml(item, `${indent}  `)}`;
    return `${indent}${key}: ${JSON.stringify(String(item))}\n`;
  }).join('');
}

export class Chaski {
  // `settings` replaces top-level settings of the test configuration.
  constructor(settings = {}) {
    this.dir = tempDir();
    this.log = '';
    this.settings = {
      listen: '127.0.0.1:0',
      public_url: publicUrl,
      state_dir: path.join(this.dir, 'var'),
      flows: path.join(top, 'config/flows'),
      catalogue: path.join(top, 'models/catalogue.yaml'),
      models: path.join(top, 'models/registry'),
      channels: channels(),
      ...settings,
    };
    this.config = path.join(this.dir, 'chaski.yaml');
  }

  async start({ ready = true, program = binary, env = {} } = {}) {
    fs.writeFileSync(this.config, yaml(this.settings), { mode: 0o600 });
    const from = this.log.length;
    this.child = own(spawn(program, ['serve', '-c', this.config],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: top, env: { ...process.env, ...env } }));
    this.child.stdout.on('data', (data) => { this.log += data; });
    this.child.stderr.on('data', (data) => { this.log += data; });
    const serving = await until(`serving\n${this.log}`,
      () => /msg="serving".* port=(\d+)/.exec(this.log.slice(from)) ?? ended(this.child), 40000);
    if (serving === true) throw new Error(`chaski ended: ${this.log.slice(from)}`);
    this.port = Number(serving[1]);
    this.url = `http://127.0.0.1:${this.port}`;
    if (ready) await this.ready();
    return this;
  }

  // Waits until it is ready, and Redis answers each of its workers: one alone says only of itself that it is.
  async ready() {
    await until(`ready\n${this.log}`, async () => (await fetch(`${this.url}/readyz`)).status === 200
      && /^chaski_redis_up 1$/m.test(await this.metrics()), 20000);
  }

  async metrics() {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  // Ends it and gives its exit code, or the signal's name.
  stop(signal = 'SIGTERM') {
    return endProcess(this.child, signal);
  }

  async remove() {
    if (this.child) await this.stop('SIGTERM');
    removeDir(this.dir);
  }
}
