// The timers' break: the daemon and its workers are killed while timers come due, fire and are said, and each timer
// must have fired once. It talks by a flow of its own (flows/avisos.yaml), whose timers wait seconds.
import path from 'node:path';
import { top } from './lib/daemon.mjs';
import { Verdict, countTimers, groupBy, readAside, readPersons, settle } from './lib/ledger.mjs';
import { pause, until } from './lib/processes.mjs';
import { countDead, progress, setUp, tearDown } from './lib/world.mjs';

const PATIENCE_MS = 60000;
const settings = {
  flows: path.join(top, 'tests/faults/flows'), bulk_hours: '00:00-24:00', bulk_days: 'all', monthly_cap: 0,
};

// Every other pair of people falls silent behind a question, and is reminded; the others end, and are asked later.
const isSilent = (n) => n % 4 < 2;
const linesOf = (n) => (isSilent(n) ? ['hola'] : ['hola', 'si']);

// Where the daemon dies in turn: at points that a timer passes, and at no point, just when those that came due in its
// absence are fired.
const points = ['timer.due', 'timer.fired', '', 'turn.committed', 'outbox.intended', ''];
const ENOUGH = 40; // kills in which every point must be met
const FIRST_LOOK_MS = 1000; // TIMERS_LOOK_MS of gateway/timers.h

// What a person was told, by the words in capitals: { RECUERDO: 1, … } over the messages, those in doubt among them,
// each counted once by its reference.
function countWords(calls, doubts) {
  const texts = new Map([...calls.map((call) => [call.reference, call.text]), ...doubts.map(([r, { text }]) =>
    [r, text])]);
  const counts = {};
  for (const text of texts.values()) {
    const word = /RECUERDO|SEGUIMIENTO|GRACIAS|PREGUNTA/.exec(text)?.[0] ?? text;
    counts[word] = (counts[word] ?? 0) + 1;
  }
  return counts;
}

// A person's journal: every message once, and every timer, whose ids are "timer:NAME:DUE".
function judgeTurns(verdict, person, held) {
  const who = person.number;
  const timers = held.ids.filter((id) => id.startsWith('timer:'));
  const heard = held.ids.filter((id) => !id.startsWith('timer:'));
  verdict.add('lost', person.accepted.filter((id) => !heard.includes(id)).length, `${who}: ${heard} of its messages`);
  verdict.add('doubled', heard.length - new Set(heard).size, `${who}: the journal is ${heard}`);
  const names = new Set(timers.map((id) => id.split(':')[1]));
  verdict.add('refired', timers.length - names.size, `${who}: the journal's timers are ${timers}`);
}

function judgeWords(verdict, person, calls, doubts) {
  const who = person.number;
  const told = countWords(calls, doubts);
  const wanted = person.lines.length === 1 ? { PREGUNTA: 1, RECUERDO: 1 }
    : { PREGUNTA: 1, GRACIAS: 1, SEGUIMIENTO: 1 };
  for (const word of ['PREGUNTA', 'GRACIAS', 'RECUERDO', 'SEGUIMIENTO']) {
    const byTimer = word === 'RECUERDO' || word === 'SEGUIMIENTO';
    const count = told[word] ?? 0;
    const least = wanted[word] ?? 0;
    // who was long in answering, because the daemon was away, may have been reminded before
    const most = word === 'RECUERDO' ? 1 : least;
    const words = `${who}: ${word} ${count} times, of ${JSON.stringify(told)}`;
    verdict.add(byTimer ? 'unfired' : 'unsent', least - count, words);
    verdict.add(byTimer ? 'refired' : 'unasked', count - most, words);
  }
  const again = calls.filter(({ reference }, i) => calls.findIndex((call) => call.reference === reference) < i
    && !doubts.some(([one]) => one === reference));
  verdict.add('repeated', again.length, `${who}: ${again[0]?.reference} was sent again`);
}

async function judge({ redis, load, provider }) {
  const verdict = new Verdict();
  const [held, doubts, dead] = [await readPersons(redis, load.persons), await readAside(redis, 'doubt'),
    await readAside(redis, 'dead')];
  const calls = groupBy(provider.accepted, (call) => call.to);
  const doubtsOf = groupBy([...doubts], ([, { to }]) => to);
  load.persons.forEach((person, i) => {
    judgeTurns(verdict, person, held[i]);
    judgeWords(verdict, person, calls.get(person.number) ?? [], doubtsOf.get(person.number) ?? []);
  });
  for (const [reference, { code }] of dead) verdict.add('dead', 1, `${reference}: ${code}`);
  verdict.figures.inDoubt = doubts.size;
  for (const fault of load.faults) verdict.add('lost', 1, fault);
  const fired = held.flatMap(({ ids }) => ids).filter((id) => id.startsWith('timer:')).length;
  return { verdict, fired };
}

// A life that ends while timers fire.
async function live(world, point) {
  const { chance, daemon } = world;
  const failpoint = point && `${point}:${chance.between(1, 30)}`;
  const before = countDead(daemon);
  if (!await daemon.start({ failpoint })) return;
  if (point) {
    await until('the point', () => countDead(daemon) > before, 2500, 2).catch(() => {});
  } else {
    await pause(FIRST_LOOK_MS + chance.between(0, 600));
    for (let i = 0; i < 2; i++, await pause(chance.between(0, 30))) if (daemon.killWorker(chance)) world.random++;
  }
  await daemon.killAll();
  world.random++;
}

export async function timerKills({ seed, count, options = [] }) {
  const world = await setUp({ seed, options, settings, linesOf, perSecond: 100, people: 32,
    provider: { busy: 0.005, silent: 0.005 } });
  const { daemon, load, redis } = world;
  world.random = 0;
  load.start();
  for (let lives = 0; world.done < count; lives++) {
    await live(world, points[lives % points.length]);
    world.done = world.random + countDead(daemon);
    progress(`timers: ${world.done} of ${count} kills, ${load.counts.accepted} messages accepted`);
  }
  await daemon.start();
  await daemon.ready();
  load.stop();
  await until(() => `${load.open} of the people end\n${daemon.log}`, () => load.finished, PATIENCE_MS);
  await until('all timers fire', async () => await countTimers(redis) === 0, PATIENCE_MS, 100).catch(() => {});
  await settle(redis, PATIENCE_MS);
  const { verdict, fired } = await judge(world);
  const left = await countTimers(redis);
  verdict.add('unfired', left, `${left} timers still wait`);
  await tearDown(world);
  const named = points.filter((name, i) => name && points.indexOf(name) === i);
  const missed = named.filter((name) => !daemon.died.get(name));
  if (count < ENOUGH) missed.length = 0;
  if (missed.length) verdict.examples.push(`never reached: ${missed.join(', ')}`);
  return {
    seed, done: world.done, ...load.counts, sent: world.provider.accepted.length, ...verdict.figures,
    missed: missed.length, examples: verdict.examples, seconds: (Date.now() - world.began) / 1000,
    note: `${fired} timers fired, for ${load.persons.length} people; ${world.random} kills between points, at points: ${
      named.map((name) => `${name} ${daemon.died.get(name) ?? 0}`).join(', ')}`,
  };
}
