// The broadcasts' break: a broadcast to many people while the daemon and its workers are killed, at points and at
// random, while it is paused and resumed; near its end it is cancelled. Each person is in the ledger once, the sums are
// what a recount finds, and who was called was called once, but for those in doubt. It may cost just what all of them
// cost: whatever stayed reserved for who is not fed would stop it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Api, states } from '../blackbox/lib/broadcasts.mjs';
import { binary, top } from './lib/daemon.mjs';
import { Verdict, readAside, settle, shardOf } from './lib/ledger.mjs';
import { pause, until } from './lib/processes.mjs';
import { countDead, progress, setUp, tearDown } from './lib/world.mjs';

const PATIENCE_MS = 90000;
const settings = { bulk_hours: '00:00-24:00', bulk_days: 'all', monthly_cap: 0, broadcast_hold: 1 };
const PRICE = 0.05; // of a segment
const points = ['cast.reserved', 'cast.feeding', 'cast.fed', 'outbox.intended', '', 'outbox.answered', 'outbox.telling',
  'outbox.told'];
const named = points.filter(Boolean);
const ENOUGH = 40; // kills in which every point must be met

// One person talks until she has agreed to notices; the others are as she is.
async function seedPeople({ redis, load, daemon }, people) {
  load.start();
  load.stop();
  await until('somebody agreed', () => load.finished, PATIENCE_MS);
  load.end();
  const model = load.persons[0].number, key = (number) => `ck:{s${shardOf(number)}}:contact:${number}`;
  const numbers = Array.from({ length: people }, (_, n) => `9${String(40000000 + n)}`);
  for (let from = 0; from < people; from += 1000) {
    await redis.all(numbers.slice(from, from + 1000).map((number) =>
      ['COPY', key(model), key(`+51${number}`)]));
  }
  await until('the daemon is idle', () => daemon.workers().length > 0, PATIENCE_MS);
  return numbers;
}

// A life of the daemon that ends at a point, or at random; now and then the broadcast rests for a while.
async function live(world, api, id, point) {
  const { chance, daemon } = world, before = countDead(daemon);
  if (!await daemon.start({ failpoint: point && `${point}:${chance.between(1, point.startsWith('cast') ? 20 : 300)}` }))
    return;
  if (chance.happens(0.3)) {
    await api.ask('POST', `/broadcasts/${id}/pause`).catch(() => {});
    await pause(chance.between(0, 400));
  }
  await api.ask('POST', `/broadcasts/${id}/resume`).catch(() => {});
  if (point) await until('the point', () => countDead(daemon) > before, 3000, 2).catch(() => {});
  else await pause(chance.between(300, 1200));
  if (!point && daemon.killWorker(chance)) world.random++;
  await daemon.killAll();
  world.random++;
}

function judge(world, rows, shown, doubts) {
  const verdict = new Verdict(), calls = new Map();
  for (const { to, reference } of world.provider.accepted) calls.set(to, [...calls.get(to) ?? [], reference]);
  const inDoubt = new Set([...doubts.values()].map(({ to }) => to));
  for (const state of states) {
    const count = rows.filter((row) => row.state === state).length;
    if (count !== shown[state]) verdict.add('miscounted', 1, `${state}: sum ${shown[state]}, recount ${count}`);
  }
  const names = new Set(rows.map((row) => row.number));
  verdict.add('miscounted', Math.abs(rows.length - names.size), 'somebody is in the ledger twice');
  verdict.add('miscounted', Math.abs(rows.length - shown.people), `${rows.length} rows of ${shown.people} people`);
  for (const { number, state } of rows) {
    const count = calls.get(number)?.length ?? 0;
    if (count > 1 && !inDoubt.has(number)) verdict.add('repeated', count - 1, `${number} was sent to ${count} times`);
    if (['sent', 'delivered', 'read'].includes(state) && !count) verdict.add('unsent', 1, `${number} is ${state}`);
    const none = ['queued', 'dropped', 'excluded'].includes(state);
    if (none && count) verdict.add('unasked', count, `${number} is ${state}`);
  }
  const paid = rows.filter(({ state }) => !['queued', 'dropped', 'excluded'].includes(state)).length;
  verdict.add('miscounted', Math.abs(Math.round(shown.cost / PRICE) - paid), `${shown.cost} spent on ${paid} people`);
  if (shown.reason) verdict.add('miscounted', 1, `it paused for its ${shown.reason}`);
  verdict.figures.inDoubt = inDoubt.size;
  return verdict;
}

const counted = (names, of) => names.map((name) => `${name} ${of(name) ?? 0}`).join(', ');

export async function broadcastKills({ seed, count, options = [] }) {
  const people = Number(process.env.PEOPLE ?? (count >= ENOUGH ? 20000 : 2000));
  const world = await setUp({ seed, options, settings, people: 1,
    linesOf: () => ['hola', '1', 'menu', 'cursos', '1', '1'], perSecond: 20,
    more: { price: PRICE }, provider: { busy: 0.005, silent: 0.002 } });
  const { daemon, redis } = world;
  world.random = 0;
  await daemon.start();
  await daemon.ready();
  const numbers = await seedPeople(world, people);
  const added = await promisify(execFile)(binary, ['user', 'add', 'ana', '--role', 'sender', '-c', daemon.config],
    { cwd: top });
  const api = new Api(daemon, added.stdout.trim()), from = world.provider.accepted.length;
  world.provider.accepted.splice(0, from);
  const id = await api.send({ numbers, channels: ['smsa'], budget: people * PRICE }); // to the message
  await api.reaches(id, 'sending');
  await daemon.killAll();
  for (let lives = 0; world.done < count; lives++) {
    await live(world, api, id, points[lives % points.length]);
    world.done = world.random + countDead(daemon);
    progress(`broadcast: ${world.done} of ${count} kills, ${world.provider.accepted.length} of ${people} sent`);
    if (world.provider.accepted.length > people * 0.9) break;
  }
  await daemon.start();
  await daemon.ready();
  await api.ask('POST', `/broadcasts/${id}/resume`);
  await until('most is sent', () => world.provider.accepted.length > people * 0.9, PATIENCE_MS, 50);
  await api.good('POST', `/broadcasts/${id}/cancel`);
  const asked = Date.now();
  await until('nobody waits any more', async () => (await api.show(id)).queued === 0, PATIENCE_MS, 20);
  const closed = Date.now() - asked;
  await settle(redis, PATIENCE_MS);
  const shown = await api.show(id), rows = await api.whole(`/broadcasts/${id}/recipients`);
  const verdict = judge(world, rows, shown, await readAside(redis, 'doubt'));
  await tearDown(world);
  const missed = count >= ENOUGH ? named.filter((name) => !daemon.died.get(name)) : [];
  if (missed.length) verdict.examples.push(`never reached: ${missed.join(', ')}`);
  return {
    seed, done: world.done, ...world.load.counts, sent: world.provider.accepted.length, ...verdict.figures,
    missed: missed.length, examples: verdict.examples, seconds: (Date.now() - world.began) / 1000,
    note: `${people} people: ${counted(states, (state) => shown[state])}; cancelled, closed in ${closed} ms; ${
      world.random} kills at random, at points: ${counted(named, (name) => daemon.died.get(name))}`,
  };
}
