// The trainings' break: people sign up, leave and are erased while the daemon and its workers are killed, at the
// trainer's points and at random, and staff add seats. The roster is held against what each person wrote: everybody in
// one state, no seat too many, those who wait behind those who sit, and each told once what became of her.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Api } from '../blackbox/lib/broadcasts.mjs';
import { binary, top } from './lib/daemon.mjs';
import { Verdict, groupBy, readAside, readPersons, settle, shards } from './lib/ledger.mjs';
import { pause, until } from './lib/processes.mjs';
import { countDead, progress, setUp, tearDown } from './lib/world.mjs';

const PATIENCE_MS = 60000;
const DAY_MS = 86400000;
const ENOUGH = 40; // kills in which every point must be met
const codes = ['caja', 'feria']; // of trainings 1 and 2
const seats = 40;
const points = ['training.wished', 'training.done', 'training.told', '', 'turn.committed', 'outbox.intended', ''];
const named = points.filter(Boolean);

// What the n-th person does: two sign up and stay, two sign up and leave, one is erased, one comes back.
const deeds = ['stay', 'leave', 'stay', 'leave', 'erase', 'return'];
const deedOf = (n) => deeds[n % deeds.length];
const trainingOf = (n) => 1 + Math.floor(n / deeds.length) % 2;
function linesOf(n) {
  const join = `me apunto ${codes[trainingOf(n) - 1]}`, leave = `no puedo ir a ${codes[trainingOf(n) - 1]}`;
  const rest = { stay: [], leave: [leave], erase: ['borrar', '1'], return: [leave, join] };
  return ['hola', '1', join, ...rest[deedOf(n)]];
}

// What each telling is known by, and how often each deed earns one.
const words = { seat: /^Tienes lugar/, waiting: /lista de espera/, moved: /^Se liber/, left: /^Listo, ya no/ };
const joins = { stay: 1, leave: 1, erase: 1, return: 2 };
const leaves = { stay: 0, leave: 1, erase: 0, return: 1 };

async function readRoster(redis, id) {
  const key = `ck:{staff}:training:${id}:`;
  const [people, waiting, sums, record] = await redis.all([['HGETALL', `${key}people`],
    ['ZRANGE', `${key}waiting`, 0, -1, 'WITHSCORES'], ['HGETALL', `${key}sums`],
    ['HGET', 'ck:{staff}:trainings', id]]);
  const pairs = (list) => Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i], list[2 * i + 1]]);
  const rows = new Map(pairs(people).map(([who, row]) => {
    const [state, seq] = row.split(' ');
    return [who, { state, seq: Number(seq) }];
  }));
  return { rows, waiting: new Map(pairs(waiting)), sums: new Map(pairs(sums)), seats: JSON.parse(record).seats };
}

// The roster against itself. An erased person's row is gone and its sum stays, which is counted as left.
function judgeRoster(verdict, id, { rows, waiting, sums, seats: most }, erased) {
  const of = (state) => [...rows].filter(([, row]) => row.state === state);
  const [sit, wait, left] = [of('seat'), of('waiting'), of('left')];
  verdict.add('miscounted', sit.length - most, `training ${id}: ${sit.length} sit on ${most} seats`);
  if (wait.length && sit.length < most) verdict.add('miscounted', 1, `training ${id}: a seat is free, and some wait`);
  for (const [name, count] of [['seat', sit.length], ['waiting', wait.length], ['left', left.length + erased]])
    if (Number(sums.get(name) ?? 0) !== count)
      verdict.add('miscounted', 1, `training ${id}: sum of ${name} ${sums.get(name)}, recount ${count}`);
  const known = wait.every(([who, { seq }]) => Number(waiting.get(who)) === seq);
  if (!known || waiting.size !== wait.length)
    verdict.add('miscounted', 1, `training ${id}: the list of those who wait`);
  const places = [...rows.values()].map(({ seq }) => seq);
  verdict.add('miscounted', places.length - new Set(places).size, `training ${id}: two have one place`);
  const first = Math.min(...wait.map(([, { seq }]) => seq));
  for (const [who, { seq }] of sit)
    if (seq > first) verdict.add('disordered', 1, `training ${id}: ${who} sits, number ${seq}, and ${first} waits`);
}

// What a person was told, each message once by its reference.
function countWords(calls, doubts) {
  const texts = [...new Map([...doubts.map(([reference, { text }]) => [reference, text]),
    ...calls.map(({ reference, text }) => [reference, text])]).values()];
  return Object.fromEntries(Object.entries(words).map(([name, pattern]) =>
    [name, texts.filter((text) => pattern.test(text)).length]));
}

function judgePerson(verdict, n, { number: who }, rosters, held, told) {
  const deed = deedOf(n), row = rosters[trainingOf(n) - 1].rows.get(who);
  const others = rosters[2 - trainingOf(n)].rows.has(who);
  const good = { stay: ['seat', 'waiting'], return: ['seat', 'waiting'], leave: ['left'], erase: [undefined] }[deed];
  if (!good.includes(row?.state) || others)
    verdict.add('lost', 1, `${who}, who is to ${deed}: her row is ${JSON.stringify(row)}`);
  const ids = held.ids.filter((id) => id.startsWith('training:'));
  verdict.add('doubled', ids.length - new Set(ids).size, `${who}: the journal's tellings are ${ids}`);
  if (deed === 'erase') return; // what she had not been told is told to nobody
  const say = `${who}, who is to ${deed}, is ${row?.state} and was told ${JSON.stringify(told)}`;
  const answers = told.seat + told.waiting;
  verdict.add('unsent', joins[deed] - answers, say);
  verdict.add('unasked', answers - joins[deed], say);
  verdict.add('unsent', leaves[deed] - told.left, say);
  verdict.add('unasked', told.left - leaves[deed], say);
  verdict.add('unasked', told.moved - told.waiting, say);
  const sits = told.seat + told.moved;
  if (deed === 'stay' && sits !== (row?.state === 'seat' ? 1 : 0)) verdict.add(sits ? 'unasked' : 'unsent', 1, say);
}

async function judge({ redis, load, provider }) {
  const verdict = new Verdict(), doubts = await readAside(redis, 'doubt');
  const rosters = [await readRoster(redis, 1), await readRoster(redis, 2)];
  const held = await readPersons(redis, load.persons);
  const calls = groupBy(provider.accepted, (call) => call.to);
  const doubtsOf = groupBy([...doubts], ([, { to }]) => to);
  rosters.forEach((roster, i) => judgeRoster(verdict, i + 1, roster,
    load.persons.filter((_, n) => deedOf(n) === 'erase' && trainingOf(n) === i + 1).length));
  load.persons.forEach((person, n) => {
    const hers = calls.get(person.number) ?? [], open = doubtsOf.get(person.number) ?? [];
    judgePerson(verdict, n, person, rosters, held[n], countWords(hers, open));
    const again = hers.filter(({ reference }, i) => hers.findIndex((call) => call.reference === reference) < i
      && !doubts.has(reference));
    verdict.add('repeated', again.length, `${person.number}: ${again[0]?.reference} was sent again`);
  });
  for (const fault of load.faults) verdict.add('lost', 1, fault);
  verdict.figures.inDoubt = doubts.size;
  return { verdict, rosters };
}

// A life of the daemon that ends at a point, or at random; now and then staff add a seat.
async function live(world, api, point) {
  const { chance, daemon } = world, before = countDead(daemon);
  const most = point.startsWith('training') ? 12 : 60;
  if (!await daemon.start({ failpoint: point && `${point}:${chance.between(1, most)}` })) return;
  if (chance.happens(0.3)) await addSeats(api, 1 + chance.between(0, 1), chance.between(1, 3)).catch(() => {});
  if (point) await until('the point', () => countDead(daemon) > before, 4000, 2).catch(() => {});
  else await pause(chance.between(400, 1200));
  if (!point && daemon.killWorker(chance)) world.random++;
  await daemon.killAll();
  world.random++;
}

async function addSeats(api, id, more) {
  const { etag, json } = await api.ask('GET', `/trainings/${id}`);
  return api.ask('PATCH', `/trainings/${id}`, { seats: json.seats + more }, { 'If-Match': etag });
}

async function makeTrainings({ daemon }) {
  const added = await promisify(execFile)(binary, ['user', 'add', 'ana', '--role', 'admin', '-c', daemon.config],
    { cwd: top });
  const api = new Api(daemon, added.stdout.trim());
  for (const code of codes)
    await api.good('POST', '/trainings', { code: code.toUpperCase(), title: 'Caja y precios', seats,
      starts_at: new Date(Date.now() + 7 * DAY_MS).toISOString(), place: 'Municipalidad de Wanchaq' });
  return api;
}

// Whether no wish waits to be done, and nothing to be told.
async function isQuiet(redis) {
  const left = await redis.all([...shards.flatMap((n) => [['XLEN', `ck:{s${n}}:wishes`],
    ['XLEN', `ck:{staff}:tells:${n}`]]), ['HLEN', 'ck:{staff}:telling']]);
  return left.every((one) => one === 0);
}

const count = (names, of) => names.map((name) => `${name} ${of(name) ?? 0}`).join(', ');

export async function trainingKills({ seed, count: wanted, options = [] }) {
  const world = await setUp({ seed, options, linesOf, perSecond: 120, people: 24,
    provider: { busy: 0.005, silent: 0.005 } });
  const { daemon, load, redis } = world;
  world.random = 0;
  await daemon.start();
  await daemon.ready();
  const api = await makeTrainings(world);
  await daemon.killAll();
  load.start();
  for (let lives = 0; world.done < wanted; lives++) {
    await live(world, api, points[lives % points.length]);
    world.done = world.random + countDead(daemon);
    progress(`trainings: ${world.done} of ${wanted} kills, ${load.counts.accepted} messages accepted`);
  }
  await daemon.start();
  await daemon.ready();
  load.stop();
  await until(() => `${load.open} of the people end\n${daemon.log}`, () => load.finished, PATIENCE_MS);
  await until('all wishes are done and told', () => isQuiet(redis), PATIENCE_MS, 50);
  await settle(redis, PATIENCE_MS);
  const { verdict, rosters } = await judge(world);
  await tearDown(world);
  const missed = wanted >= ENOUGH ? named.filter((name) => !daemon.died.get(name)) : [];
  if (missed.length) verdict.examples.push(`never reached: ${missed.join(', ')}`);
  const states = rosters.map(({ rows, seats: most }) => `${count(['seat', 'waiting', 'left'], (state) =>
    [...rows.values()].filter((row) => row.state === state).length)} of ${most} seats`);
  return {
    seed, done: world.done, ...load.counts, sent: world.provider.accepted.length, ...verdict.figures,
    missed: missed.length, examples: verdict.examples, seconds: (Date.now() - world.began) / 1000,
    note: `${load.persons.length} people; ${states.join('; ')}; ${world.random} kills at random, at points: ${
      count(named, (name) => daemon.died.get(name))}`,
  };
}
