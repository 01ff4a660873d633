// `make bench-overtake`: how long a reply waits while a broadcast runs. NOTICES (100,000) notices go to as many people
// on a channel of RATE (500) messages a second; others write on the same channel, WRITERS (10) messages a second, and
// are answered over it too. Prints the time from their webhook to the reply's arrival at the fake of the provider,
// beside the same without a broadcast, and whether the bulk kept to its rate. Fails where p95 is above P95_MS. All on
// loopback, ends by itself.
import { execFileSync } from 'node:child_process';
import { shardOf } from '../faults/lib/ledger.mjs';
import { Api, agree, anyHour, numberOf } from '../blackbox/lib/broadcasts.mjs';
import { Chaski, Redis, binary, channels, secrets, top, until } from '../blackbox/lib/daemon.mjs';
import { FakeTwilio } from '../blackbox/lib/fakes.mjs';
import { TwilioPhone } from '../blackbox/lib/phones.mjs';
import { accountSid } from '../blackbox/lib/webhooks.mjs';

const notices = Number(process.env.NOTICES ?? 100000);
const rate = Number(process.env.RATE ?? 500);
const perSecond = Number(process.env.WRITERS ?? 10);
const PER_BROADCAST = 20000; // numbers that one request's body holds
const ALONE_S = 20;
const P95_MS = 2000; // that a reply may wait beside a broadcast
const words = ['hola', '1', 'menu', 'cursos', '1', '1'];

const sleep = (ms) => new Promise((next) => setTimeout(next, ms));
const rank = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];

// The fake, which keeps only when a reply came, not a hundred thousand calls.
class Provider extends FakeTwilio {
  constructor(account) {
    super(account);
    Object.assign(this, { bulk: 0, since: new Map(), waits: [] });
  }

  created(call) {
    const began = this.since.get(call.params.To);
    if (began === undefined) this.bulk++;
    else this.waits.push(performance.now() - began);
    this.since.delete(call.params.To);
    this.calls.length = 0;
    return super.created(call);
  }

  took() {
    return this.waits.splice(0).sort((a, b) => a - b);
  }
}

// One person agrees to notices; the others are as she is.
async function seed(redis, chaski) {
  const model = numberOf(9999999), numbers = Array.from({ length: notices }, (_, n) => numberOf(n));
  const key = (number) => `ck:{s${shardOf(number)}}:contact:${number}`;
  await agree(chaski, [model], words);
  for (let from = 0; from < notices; from += 200)
    await Promise.all(numbers.slice(from, from + 200).map((number) => redis.command('COPY', key(model), key(number))));
  return numbers.map((number) => number.slice(3));
}

// Lets people who are asked something else each time write, until told that it is enough.
async function write(chaski, provider, enough, first) {
  const began = performance.now();
  let n = 0;
  for (; !enough(); n++) {
    const number = numberOf(5000000 + first + n);
    provider.since.set(number, performance.now());
    await new TwilioPhone(chaski, number, 'smsa').say('hola');
    await sleep(Math.max(0, began + (n + 1) * 1000 / perSecond - performance.now()));
  }
  await until('all are answered', () => provider.since.size === 0, 30000);
  return n;
}

function tell(name, waits) {
  const [p50, p95, p99, most] = [0.5, 0.95, 0.99, 1].map((part) => Math.round(rank(waits, part)));
  console.log(`${name}: ${waits.length} replies, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, longest ${most} ms`);
  return p95;
}

const redis = await new Redis().start();
const provider = await new Provider({ sid: accountSid, authToken: secrets.authToken }).start();
const all = channels({ twilio: provider.url });
const chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour, workers: 2,
  channels: { sms: all.sms, smsa: { ...all.smsa, rate } } }).start();
const token = execFileSync(binary,
  ['user', 'add', 'ana', '--role', 'sender', '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const api = new Api(chaski, token.trim());
const numbers = await seed(redis, chaski);

const aloneEnds = performance.now() + ALONE_S * 1000;
const alone = await write(chaski, provider, () => performance.now() > aloneEnds, 0);
tell('without a broadcast', provider.took());

const ids = [];
for (let from = 0; from < notices; from += PER_BROADCAST)
  ids.push(await api.send({ numbers: numbers.slice(from, from + PER_BROADCAST), channels: ['smsa'] }));
await until('the first goes out', () => provider.bulk > 0, 30000);
const began = performance.now();
let done = false;
const ended = until('the broadcasts are done', async () => {
  await sleep(500);
  return (await Promise.all(ids.map((id) => api.show(id)))).every(({ state }) => state === 'done');
}, notices / rate * 3000 + 60000).then(() => { done = true; });
await write(chaski, provider, () => done, alone);
await ended;
const seconds = (performance.now() - began) / 1000;
const p95 = tell('while it runs', provider.took());
const reached = (provider.bulk / seconds).toFixed(0);
console.log(`${provider.bulk} notices in ${seconds.toFixed(0)} s: ${reached} a second of the ${rate} allowed`);
await chaski.remove();
await redis.remove();
await provider.close();
if (!(p95 <= P95_MS)) throw new Error(`p95 is ${p95} ms, and may be ${P95_MS}`);
