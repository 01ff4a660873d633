// The breaks: each puts the real daemon and a real Redis under load, breaks something again and again, lets
// everything settle, and compares the ledgers. Each gives a row of figures; nothing here decides what is good but
// lib/ledger.mjs.
import { Chance } from './lib/chance.mjs';
import { broadcastKills } from './broadcast.mjs';
import { placedFailpoints } from './lib/daemon.mjs';
import { judge, settle } from './lib/ledger.mjs';
import { script } from './lib/load.mjs';
import { pause, until } from './lib/processes.mjs';
import { channels, countDead, progress, setUp, tearDown } from './lib/world.mjs';
import { timerKills } from './timers.mjs';
import { trainingKills } from './trainings.mjs';

const SETTLE_MS = 90000;
const LATE_MS = 20000; // for what was accepted to have its effect

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
  const points = placedFailpoints().filter((name) => !/^(spool|timer|cast|merge|training)\./.test(name));
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

// Where the daemon dies with a spool, at one of the first `most` passes: while Redis is away, or back again, so that
// what was spooled is replayed and what comes meanwhile goes behind it.
const spoolPlans = [
  { point: 'spool.written', replays: false, most: 12 }, { point: 'spool.written', replays: true, most: 4 },
  { point: 'spool.renamed', replays: false, most: 12 }, { point: 'spool.renamed', replays: true, most: 4 },
  { point: 'spool.committed', replays: true, most: 30 },
];
const nameOf = ({ point, replays }) => `${point} ${replays ? 'in replay' : 'without Redis'}`;

// A life with Redis in which nothing is broken, so that the spool empties itself and people come further.
async function calmLife({ daemon, redis }) {
  await redis.stop('SIGKILL');
  await redis.start();
  await daemon.start();
  await until('an empty spool', () => daemon.spooled() === 0, 5000).catch(() => {});
  await daemon.killAll();
}

// A life of the daemon over a spool that ends at the plan's point; returns how often the point was met: each worker
// that the master starts again has the failpoint too.
async function spoolLife(world, plan) {
  const { chance, daemon, redis } = world;
  const met = () => daemon.died.get(plan.point) ?? 0;
  const before = met();
  await redis.stop('SIGKILL');
  if (plan.replays) { // something to replay, left by a life that ended anyhow
    await daemon.start();
    const enough = daemon.spooled() + chance.between(10, 40);
    await until('something to replay', () => daemon.spooled() >= enough, 5000).catch(() => {});
    await daemon.killAll();
    await redis.start();
  }
  await daemon.start({ failpoint: `${plan.point}:${chance.between(1, plan.most)}` });
  await until(plan.point, () => met() > before, 3000, 2).catch(() => {});
  await daemon.killAll();
  world.random += plan.replays ? 2 : 1;
  return met() - before;
}

// Under Redis' absence, the spool's own failpoints in turn, each as often: the daemon dies while it takes and while it
// replays.
export async function spoolKills({ seed, count, golden, options = [] }) {
  const world = await setUp({ seed, options, perSecond: 200, people: 48 });
  const share = Math.ceil(count / spoolPlans.length);
  const counts = spoolPlans.map(() => 0);
  world.random = 0;
  world.load.start();
  for (let lives = 0; lives < 3 * share * spoolPlans.length && counts.some((one) => one < share); lives++) {
    const next = lives % spoolPlans.length;
    if (next === 0) {
      await calmLife(world);
      world.random++;
    }
    if (counts[next] >= share) continue;
    counts[next] += await spoolLife(world, spoolPlans[next]);
    world.done = world.random + countDead(world.daemon);
    progress(`spool kills: ${counts.join(' ')} of ${share} each, ${world.load.counts.accepted} messages accepted`);
  }
  await world.redis.stop('SIGKILL');
  await world.redis.start();
  await world.daemon.start();
  await world.daemon.ready();
  const row = await finish(world, golden);
  const missed = spoolPlans.filter((_, i) => counts[i] < share);
  row.note = `${world.random} between points, at points: ${spoolPlans.map((plan, i) =>
    `${nameOf(plan)} ${counts[i]}`).join(', ')}`;
  row.missed = missed.length;
  if (missed.length) row.examples.push(`not reached ${share} times: ${missed.map(nameOf).join(', ')}`);
  return row;
}

// How much of each break: `full` is `make faults`, `part` is in `make test`; the environment's number replaces both.
export const breaks = [
  { name: 'kills', run: kills, unit: 'kills', variable: 'KILLS', full: 2000, part: 200, seed: 11 },
  { name: 'redis', run: redisKills, unit: 'kills', variable: 'REDIS_KILLS', full: 200, part: 30, seed: 12 },
  { name: 'repeats', run: repeats, unit: 'copies', variable: 'MESSAGES', full: 100000, part: 12000, seed: 13 },
  { name: 'spool', run: spool, unit: 's away', variable: 'SPOOL_SECONDS', full: 60, part: 4, seed: 14 },
  { name: 'spool-kills', run: spoolKills, unit: 'kills', variable: 'SPOOL_KILLS', full: 75, part: 5, seed: 15 },
  { name: 'timers', run: timerKills, unit: 'kills', variable: 'TIMER_KILLS', full: 120, part: 6, seed: 16 },
  { name: 'broadcast', run: broadcastKills, unit: 'kills', variable: 'BROADCAST_KILLS', full: 60, part: 6, seed: 17 },
  { name: 'trainings', run: trainingKills, unit: 'kills', variable: 'TRAINING_KILLS', full: 60, part: 6, seed: 18 },
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
  unfired: 'timers that did not fire, or whose words were neither sent nor listed in doubt',
  refired: 'timers that fired twice, or whose words went twice',
  miscounted: 'people who are not in exactly one state of the ledger, or not in its sums',
};

export const violationsOf = (row) => Object.keys(violations).filter((name) => row[name] > 0);
