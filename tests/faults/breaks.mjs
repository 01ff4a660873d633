// The breaks: each puts the real daemon and a real Redis under load, breaks something again and again, lets
// everything settle, and compares the ledgers. Each gives a row of figures; nothing here decides what is good but
// lib/ledger.mjs.
import { Chance } from './lib/chance.mjs';
import { Daemon, placedFailpoints } from './lib/daemon.mjs';
import { judge, settle } from './lib/ledger.mjs';
import { Load, script } from './lib/load.mjs';
import { pause, until } from './lib/processes.mjs';
import { Provider } from './lib/provider.mjs';
import { Redis } from './lib/redis.mjs';
import { Wires } from './lib/wires.mjs';

const channels = [{ name: 'smsa', kind: 'sms' }, { name: 'wa', kind: 'wa' }];
const SETTLE_MS = 90000;
const LATE_MS = 20000; // for what was accepted to have its effect
const started = Date.now();

// Says how far a run is, on a terminal only.
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${((Date.now() - started) / 1000).toFixed(0)} s  ${text}`);
}

// Everything that a break needs, running: Redis, the provider, a daemon that is prepared but not started.
async function setUp({ seed, wires = 24, options = [], provider: manners = {}, receipts = 0, ...load }) {
  const chance = new Chance(seed);
  const world = { chance, seed, began: Date.now(), done: 0 };
  world.redis = await new Redis().start();
  world.provider = await new Provider(chance, {
    ...manners, onAccepted: (call) => receipts && chance.happens(receipts) && world.load.tell(call),
  }).start();
  world.daemon = await new Daemon({ redis: world.redis, provider: world.provider, channels, options }).prepare();
  world.wires = new Wires(world.daemon.port, wires, chance);
  world.load = new Load({ wires: world.wires, chance, channels, people: 48, ...load });
  return world;
}

async function tearDown(world) {
  world.load.end();
  world.wires.close();
  if (!world.daemon.isGone) await world.daemon.stop();
  world.provider.close();
  await world.redis.stop();
}

// Lets the last conversations end and the outbox empty itself, and compares.
async function finish(world, golden) {
  const { load, redis, provider, daemon } = world;
  const compare = () => judge({ redis, load, provider, golden });
  const rest = async () => {
    await settle(redis, SETTLE_MS);
    await until('the last statuses are taken', () => load.finished, 20000);
  };
  load.stop();
  await until(() => `${load.open} of the people, copies and statuses end\n${daemon.log}`, () => load.finished, 120000);
  await rest();
  // What was spooled, or whose lease a dead worker held, may still come; nothing that is wrong becomes right by
  // waiting.
  await until('everything has its effect', async () => (await compare()).isWhole, LATE_MS, 500).catch(() => {});
  await rest();
  const verdict = await compare();
  await tearDown(world);
  return {
    seed: world.seed, done: world.done, ...load.counts, sent: provider.accepted.length, ...verdict.figures,
    examples: verdict.examples, seconds: (Date.now() - world.began) / 1000,
  };
}

// What the flow answers to each line of the script, from a conversation that nothing disturbs: kind → line → texts.
export async function readGolden() {
  const world = await setUp({ seed: 1, wires: 2, people: channels.length });
  const golden = {};
  await world.daemon.start();
  await world.daemon.ready();
  world.load.start(channels.length * script.length);
  await until(() => `an undisturbed conversation\n${world.daemon.log}`, () => world.load.finished, 20000);
  await settle(world.redis, 20000);
  for (const { channel, number } of world.load.persons)
    golden[channel.kind] = world.provider.accepted.filter((call) => call.to === number).map((call) => [call.text]);
  await tearDown(world);
  for (const [kind, lines] of Object.entries(golden))
    if (lines.length !== script.length || new Set(lines.flat()).size !== script.length)
      throw new Error(`the script wants one reply a line, each its own, on ${kind}: ${JSON.stringify(lines)}`);
  return golden;
}

const countDead = (daemon) => [...daemon.died.values()].reduce((a, b) => a + b, 0);

// One life of the daemon: a failpoint or none, a random end if it is not reached; workers, if there are, are killed
// before.
async function live(world, point) {
  const { chance, daemon } = world;
  const drains = point.startsWith('drain.');
  const pass = chance.between(1, chance.happens(0.5) ? 8 : 80); // at once, or with many messages under way
  const failpoint = !point || drains ? point : `${point}:${pass}`;
  if (!await daemon.start({ failpoint, seed: chance.between(1, 1e9) })) return;
  const ms = chance.between(5, 220);
  const deadline = Date.now() + ms;
  const strikes = daemon.workers().length ? chance.between(1, 4) : 0;
  for (let i = 0; i < strikes && !daemon.isGone; i++) {
    await pause(ms / strikes);
    if (daemon.killWorker(chance)) world.random++;
  }
  while (!daemon.isGone && Date.now() < deadline) await pause(2);
  if (daemon.isGone) return;
  if (drains) {
    await daemon.stop();
    return;
  }
  await daemon.killAll({ masterOnly: chance.happens(0.5) });
  world.random++;
}

// SIGKILL of workers and daemon at random times and at every failpoint that is placed.
export async function kills({ seed, count, golden, options = [] }) {
  const world = await setUp({ seed, options, perSecond: 400, receipts: 0.3, provider: { busy: 0.005, silent: 0.01 } });
  const points = placedFailpoints().filter((name) => !name.startsWith('spool.') && !name.startsWith('timer.'));
  world.random = 0;
  world.load.start();
  for (let lives = 0; world.done < count; lives++) {
    await live(world, lives % 3 ? points[(lives - Math.floor(lives / 3)) % points.length] : '');
    world.done = world.random + countDead(world.daemon);
    progress(`kills: ${world.done} of ${count}, ${world.load.counts.accepted} messages accepted`);
  }
  await world.daemon.start();
  await world.daemon.ready();
  const row = await finish(world, golden);
  const died = Object.fromEntries(points.map((name) => [name, world.daemon.died.get(name) ?? 0]));
  row.note = `${world.random} at random, at points: ${points.map((name) => `${name} ${died[name]}`).join(', ')}`;
  const missed = points.filter((name) => !died[name]);
  const enough = count >= 50 * points.length; // between two kills there is little time to come to a point
  if (missed.length && enough) row.examples.push(`never reached: ${missed.join(', ')}`);
  row.missed = enough ? missed.length : 0;
  return row;
}

// SIGKILL of redis-server under load; the daemon must live through it.
export async function redisKills({ seed, count, golden, options = [] }) {
  const world = await setUp({ seed, options, perSecond: 150, receipts: 0.3, provider: { busy: 0.005 } });
  const { chance, daemon, redis, load } = world;
  await daemon.start();
  await daemon.ready();
  const workers = daemon.workers();
  load.start();
  for (; world.done < count; world.done++) {
    const before = load.counts.accepted;
    await until(() => `messages are accepted again\n${daemon.log}`, () => load.counts.accepted > before, 20000, 2);
    await pause(chance.between(0, 150));
    load.burst(24); // so that commits are under way when it dies
    await pause(chance.between(0, 6));
    await redis.stop('SIGKILL');
    await pause(chance.between(0, 60));
    await redis.start();
    progress(`redis: ${world.done + 1} of ${count} kills, ${load.counts.accepted} messages accepted`);
  }
  const lived = !daemon.isGone && String(daemon.workers()) === String(workers);
  const row = await finish(world, golden);
  row.missed = lived && daemon.child.exitCode === 0 ? 0 : 1;
  row.note = `${redis.repaired} kills tore the AOF, and redis-check-aof cut it before the torn transaction`;
  if (row.missed) row.examples.push(`the daemon did not live through it: exit ${daemon.child.exitCode}`);
  return row;
}

// Every webhook one to ten times, shuffled over connections, and so over workers.
export async function repeats({ seed, count, golden, options = [] }) {
  const chance = new Chance(seed + 1);
  const world = await setUp({
    seed, options, wires: 64, people: 256,
    repeats: () => chance.between(1, 10),
  });
  await world.daemon.start();
  await world.daemon.ready();
  world.load.start(count);
  await until(() => `${world.load.open} people and copies to go\n${world.daemon.log}`, () => {
    progress(`repeats: ${world.load.counts.accepted} of ${count} messages, ${world.wires.answered} answers`);
    return world.load.finished;
  }, 900000, 100);
  world.done = world.load.counts.copies;
  return finish(world, golden);
}

// Redis away under the load of a provider that tries each message once.
export async function spool({ seed, count: seconds, golden, options = [] }) {
  const world = await setUp({ seed, options, perSecond: 100, retries: false, people: 400 });
  const { daemon, redis, load } = world;
  await daemon.start();
  await daemon.ready();
  load.start();
  await until('messages are accepted', () => load.counts.accepted > 50);
  await redis.stop('SIGKILL');
  await pause(200);
  const { accepted: before, turnedAway } = load.counts;
  await pause(seconds * 1000);
  world.done = seconds;
  const whileAway = load.counts.accepted - before;
  const away = load.counts.turnedAway - turnedAway;
  await redis.start();
  await daemon.ready(30000);
  const row = await finish(world, golden);
  row.note = whileAway ? `${whileAway} accepted while Redis was away, ${away} turned away`
    : `this daemon has no spool: ${away} messages were turned away, and none of them had an effect`;
  row.missed = !whileAway && placedFailpoints().some((name) => name.startsWith('spool.')) ? 1 : 0;
  if (row.missed) row.examples.push('the sources have a spool, and nothing was accepted while Redis was away');
  return row;
}

// Under Redis' absence, the spool's own failpoints: the daemon dies while it takes and while it replays.
export async function spoolKills({ seed, count, golden, options = [] }) {
  const points = placedFailpoints().filter((name) => name.startsWith('spool.'));
  const world = await setUp({ seed, options, perSecond: 200, people: 48 });
  const { chance, daemon, redis, load } = world;
  world.random = 0;
  load.start();
  for (let lives = 0; points.length && world.done < count; lives++) {
    await redis.stop('SIGKILL');
    if (await daemon.start({ failpoint: `${points[lives % points.length]}:${chance.between(1, 6)}` })) {
      await until('the point, or time', () => daemon.isGone, chance.between(50, 300), 2).catch(() => {});
      await redis.start();
      await until('the point, or time', () => daemon.isGone, chance.between(100, 700), 2).catch(() => {});
    } else {
      await redis.start();
    }
    if (!daemon.isGone) {
      await daemon.killAll();
      world.random++;
    }
    world.done = world.random + countDead(daemon);
    progress(`spool kills: ${world.done} of ${count}, ${load.counts.accepted} messages accepted`);
  }
  await daemon.start();
  await daemon.ready();
  const row = await finish(world, golden);
  row.note = points.length ? `at points: ${points.map((name) => `${name} ${daemon.died.get(name) ?? 0}`).join(', ')}`
    : 'this daemon has no spool';
  return row;
}

// How much of each break: `full` is `make faults`, `part` is in `make test`; the environment's number replaces both.
export const breaks = [
  { name: 'kills', run: kills, unit: 'kills', variable: 'KILLS', full: 2000, part: 200, seed: 11 },
  { name: 'redis', run: redisKills, unit: 'kills', variable: 'REDIS_KILLS', full: 200, part: 30, seed: 12 },
  { name: 'repeats', run: repeats, unit: 'copies', variable: 'MESSAGES', full: 100000, part: 12000, seed: 13 },
  { name: 'spool', run: spool, unit: 's away', variable: 'SPOOL_SECONDS', full: 60, part: 4, seed: 14 },
  { name: 'spool-kills', run: spoolKills, unit: 'kills', variable: 'SPOOL_KILLS', full: 100, part: 20, seed: 15 },
];

// The figures that must be 0, and what each counts.
export const violations = {
  lost: 'accepted messages without their effect',
  doubled: 'effects beyond one a message',
  disordered: 'people whose messages took effect in another order',
  unsent: 'replies neither sent nor listed in doubt',
  unasked: 'replies that the flow does not give',
  repeated: 'sends again, outside those listed in doubt',
  misplaced: 'people who got replies in another order',
  dead: 'messages given up',
  untold: 'delivery statuses taken and not kept',
  missed: 'points never reached, or a daemon that ended',
};

export const violationsOf = (row) => Object.keys(violations).filter((name) => row[name] > 0);
