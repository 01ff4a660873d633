// The daemon under test: started in milliseconds, on one port for all its lives, with a failpoint if wanted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as wire from './wire.mjs';
import { childrenOf, end, isAlive, isGone, keep, kill, makeFolder, until } from './processes.mjs';

export const top = fileURLToPath(new URL('../../../', import.meta.url));
export const binary = path.resolve(process.env.CHASKI_FAULTS ?? path.join(top, 'build/faults/chaski'));

// The points that the sources pass: FAILPOINT("NAME").
export function placedFailpoints() {
  const names = new Set();
  for (const name of fs.readdirSync(path.join(top, 'gateway')).filter((one) => one.endsWith('.c'))) {
    const text = fs.readFileSync(path.join(top, 'gateway', name), 'utf8');
    for (const [, point] of text.matchAll(/FAILPOINT\("([^"]+)"\)/g)) names.add(point);
  }
  return [...names].sort();
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// Maps and scalars, the latter in double quotes.
function yaml(value, indent = '') {
  const lines = Object.entries(value).map(([name, item]) => (typeof item === 'object'
    ? `${indent}${name}:\n${yaml(item, `${indent}  `)}`
    : `${indent}${name}: ${JSON.stringify(String(item))}\n`));
  return lines.join('');
}

function channelSettings(name, kind, url) {
  const rate = 1000;
  if (kind === 'sms')
    return { provider: 'twilio', account_sid: wire.accountSid, auth_token: wire.authToken, from: wire.businessNumber,
      reply: 'async', api_base: url, rate };
  return { provider: 'whatsapp_cloud', phone_number_id: wire.phoneNumberId, access_token: wire.accessToken,
    app_secret: wire.appSecret, verify_token: wire.verifyToken, api_base: `${url}/v25.0`, rate };
}

export class Daemon {
  // `settings` replace those below at their top level; `more` are further ones of each channel.
  constructor({ redis, provider, channels, options = [], settings = {}, more = {} }) {
    Object.assign(this, { redis, provider, channels, options, settings, more });
    this.folder = makeFolder();
    this.died = new Map(); // failpoint → how often
    this.log = '';
  }

  async prepare() {
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    this.config = path.join(this.folder, 'chaski.yaml');
    const settings = {
      listen: `127.0.0.1:${this.port}`, public_url: wire.publicUrl, state_dir: path.join(this.folder, 'var'),
      flows: path.join(top, 'config/flows'), catalogue: path.join(top, 'models/catalogue.yaml'),
      models: path.join(top, 'models/registry'), redis: { url: `unix:${this.redis.socket}` },
      channels: Object.fromEntries(this.channels.map(({ name, kind }) =>
        [name, { ...channelSettings(name, kind, this.provider.url), ...this.more }])),
      ...this.settings,
    };
    fs.writeFileSync(this.config, yaml(settings), { mode: 0o600 });
    return this;
  }

  // Starts a life. Ready or not, it takes connections when this returns; false when it died before.
  async start({ failpoint = '', seed = 1 } = {}) {
    const env = { ...process.env, CHASKI_FAILPOINT: failpoint, CHASKI_FAILPOINT_SEED: String(seed) };
    const child = keep(spawn(binary, ['serve', '-c', this.config, ...this.options],
      { cwd: top, env, stdio: ['ignore', 'pipe', 'pipe'] }));
    let serving = false;
    const read = (data) => {
      this.log = (this.log + data).slice(-20000);
      if (this.log.includes('msg="serving"')) serving = true;
      for (const [, name] of String(data).matchAll(/^failpoint (\S+)$/gm))
        this.died.set(name, (this.died.get(name) ?? 0) + 1);
    };
    this.log = '';
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    this.child = child;
    await until(() => `the daemon serves\n${this.log}`, () => serving || isGone(child), 40000, 2);
    if (!serving && child.signalCode !== 'SIGKILL')
      throw new Error(`the daemon ended with ${child.exitCode ?? child.signalCode}:\n${this.log}`);
    return serving;
  }

  async ready(ms = 20000) {
    const isReady = () => fetch(`${this.url}/readyz`).then((answer) => answer.status === 200, () => false);
    await until(() => `the daemon is ready\n${this.log}`, isReady, ms, 20);
  }

  // How many webhooks lie in its spool: files named SEQUENCE-BYTES-CHANNEL.
  spooled() {
    const folder = path.join(this.folder, 'var/spool');
    return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.includes('-')).length : 0;
  }

  get isGone() {
    return isGone(this.child);
  }

  // Worker processes: children that are this program (an embedded Redis is another one).
  workers() {
    return this.isGone ? [] : childrenOf(this.child.pid).filter((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'chaski';
      } catch {
        return false;
      }
    });
  }

  // Kills one worker, if there are workers, and tells whether it did.
  killWorker(chance) {
    const workers = this.workers();
    return workers.length > 0 && kill(workers[chance.between(0, workers.length - 1)]);
  }

  // Kills the daemon: its workers too, or the master alone, whose workers must then go by themselves.
  async killAll({ masterOnly = false } = {}) {
    const workers = this.workers();
    const gone = end(this.child, 'SIGKILL');
    if (!masterOnly) workers.forEach((pid) => kill(pid));
    await gone;
    await until('workers end when their master is killed', () => !workers.some(isAlive), 10000);
  }

  async stop() {
    return end(this.child, 'SIGTERM', 60000);
  }
}
