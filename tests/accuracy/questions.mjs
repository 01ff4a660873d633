// Counts the messages from hello to the recommendations, of owners made up from a seed who answer as people do, some of
// them with several facts at once: with the shipped flow, and with the same flow as a fixed form (without `hears`).
// usage: node tests/accuracy/questions.mjs [OWNERS] [SEED]   Exit 1 when a fact came out other than the owner told it.
import { spawnSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const CHASKI = process.env.CHASKI ?? 'build/chaski';
const OWNERS = Number(process.argv[2] ?? 200);
const SEED = Number(process.argv[3] ?? 1);
const TURNS_MAX = 60;
const FORM = 'build/questions';

let state = BigInt(SEED) * 0x9e3779b97f4a7c15n | 1n;
/** A number below `below`: xorshift, so that a seed is the same owners everywhere. */
function any(below) {
  state ^= state << 13n & 0xffffffffffffffffn;
  state ^= state >> 7n;
  state ^= state << 17n & 0xffffffffffffffffn;
  return Number(state % BigInt(below));
}
const pick = (list) => list[any(list.length)];

const TRADES = ['vendo abarrotes', 'tengo una bodega', 'vendo ropa', 'hago tortas por encargo', 'tengo un restaurante',
  'vendo comida en el mercado', 'coso uniformes', 'tejo chompas', 'crio cuyes', 'arreglo motos', 'tengo un salón',
  'hago mototaxi', 'carpintería', 'vendo celulares'];
const PLACES = [['Cusco', '08'], ['Lima', '15'], ['Juliaca', '21'], ['Huancayo', '12'], ['Trujillo', '13'],
  ['Piura', '20'], ['Iquitos', '16'], ['Ayacucho', '05'], ['Arequipa', '04'], ['Tacna', '23']];
const GOALS = [['un préstamo', 'finance'], ['más clientes', 'customers'], ['vender por internet', 'digital'],
  ['capacitarme', 'training'], ['formalizarme', 'formalise']];

const TRENDS = [['vendo más', 'up'], ['igual', 'same'], ['menos', 'down']];

const fact = (value, asked, told) => ({ value, asked, told });

/** What a made-up owner knows, how she says it when asked, and how she tells it unasked. */
function makeOwner() {
  const years = 1 + any(12), day = 20 * (2 + any(15)), heads = 1 + any(5), served = 5 * (1 + any(20));
  const [place, code] = pick(PLACES), [goal, goalValue] = pick(GOALS), [trend, going] = pick(TRENDS);
  const papers = any(2) === 1, alone = heads === 1;
  const facts = {
    tenure: fact(String(12 * years), [`${years} años`], [`hace ${years} años`, `llevo ${years} años`]),
    sales: fact(`${day}/day`, [`${day} al día`], [`vendo ${day} soles al día`, `saco ${day} diarios`]),
    trend: fact(going, [trend], []),
    customers: fact(`${served}/day`, [`${served} al día`], [`atiendo ${served} clientes al día`]),
    workers: fact(String(heads), [alone ? 'yo sola' : `somos ${heads}`], [alone ? 'trabajo sola' : `somos ${heads}`]),
    ruc: fact(papers ? 'yes' : 'no', [papers ? 'sí tengo' : 'no tengo'], [papers ? 'tengo ruc' : 'no tengo ruc']),
    regime: fact('NRUS', ['nuevo rus'], []),
    region: fact(code, [place, `en ${place}`], [`en ${place}`]),
    goal: fact(goalValue, [goal], [`necesito ${goal}`]),
  };
  const tells = pick([0, 0, 0, 1, 1, 2, 3, 4, 5, 7]);
  const extra = [];
  const able = Object.keys(facts).filter((slot) => facts[slot].told.length > 0);
  while (extra.length < tells) extra.push(...able.splice(any(able.length), 1));
  const activity = [pick(TRADES), ...extra.map((slot) => pick(facts[slot].told))].join(pick([', ', ' y ', ', ']));
  return { facts, tells, activity };
}

/** A conversation partner: one line in, one object out. */
function open(config) {
  const child = spawn(CHASKI, ['chat', '--json', '--channel', 'sms', '-c', config],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    say: async (words) => {
      child.stdin.write(words + '\n');
      return JSON.parse((await lines.next()).value);
    },
    close: () => child.stdin.end(),
  };
}

const textOf = (turn) => turn.replies.map((reply) => reply.text).join('\n');

/** What the owner answers to what was asked. */
function answer(owner, turn) {
  const known = owner.facts[turn.awaiting];
  if (/Entend[ií] bien/.test(textOf(turn))) return 'si';
  if (turn.awaiting === 'activity') return owner.activity;
  return known ? known.asked[0] : '1';
}

/** Talks from hello to the recommendations. Returns how many messages the owner wrote, and what was understood. */
async function talk(chat, owner) {
  let turn = await chat.say('hola'), messages = 1;
  while (turn.awaiting !== 'detalle' && !turn.ended && messages < TURNS_MAX) {
    turn = await chat.say(answer(owner, turn));
    messages++;
  }
  const understood = turn.facts;
  await chat.say('borrar');
  await chat.say('1');
  const wrong = Object.entries(owner.facts).filter(
    ([slot, own]) => understood[slot] !== undefined && understood[slot] !== own.value);
  return { messages, wrong, understood };
}

/** The shipped flow as a form: the same questions, and nothing is heard before it is asked. */
function writeForm() {
  mkdirSync(`${FORM}/flows`, { recursive: true });
  for (const name of readdirSync('config/flows').filter((file) => file.endsWith('.yaml'))) {
    const flow = readFileSync(`config/flows/${name}`, 'utf8');
    writeFileSync(`${FORM}/flows/${name}`, flow.replace(/^ +hears: true\n/gm, ''));
  }
  writeFileSync(`${FORM}/chaski.yaml`,
    readFileSync('config/chaski.yaml', 'utf8').replace(/^flows: .*$/m, `flows: ${FORM}/flows`));
}

/** Tells of how many owners the best three change when one answer lacks: what that question is worth. */
function worthOfQuestions(owners) {
  const facts = owners.map((owner) => owner.understood);
  const slots = ['tenure', 'sales', 'trend', 'customers', 'workers', 'ruc', 'region', 'goal'];
  const best = (rows) => spawnSync(CHASKI, ['recommend'], {
    input: rows.map((row) => JSON.stringify(row) + '\n').join(''), encoding: 'utf8', maxBuffer: 1 << 28,
  }).stdout.trim().split('\n').map((line) => JSON.parse(line).slice(0, 3).map((r) => r.id).sort().join());
  const whole = best(facts);
  return slots.map((slot) => {
    const without = best(facts.map(({ [slot]: _, ...rest }) => rest));
    return [slot, without.filter((three, i) => three !== whole[i]).length / whole.length];
  }).sort((a, b) => b[1] - a[1]);
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

writeForm();
const owners = Array.from({ length: OWNERS }, makeOwner);
const arms = { 'fixed form': open(`${FORM}/chaski.yaml`), hearing: open('config/chaski.yaml') };
const results = {};
for (const [name, chat] of Object.entries(arms)) {
  results[name] = [];
  for (const owner of owners) results[name].push(await talk(chat, owner));
  chat.close();
}
console.log(`messages of ${OWNERS} made-up owners (seed ${SEED}), from hello to the recommendations`);
console.log('facts told with the trade   owners   fixed form   hearing');
for (const tells of [0, 1, 2, 3, 4, 5, 7, 'all']) {
  const chosen = owners.map((owner, i) => i).filter((i) => tells === 'all' || owners[i].tells === tells);
  const of = (name) => mean(chosen.map((i) => results[name][i].messages)).toFixed(2);
  if (chosen.length > 0)
    console.log([String(tells).padEnd(27), String(chosen.length).padStart(6), of('fixed form').padStart(12),
      of('hearing').padStart(9)].join(' '));
}
let wrong = 0;
for (const [name, list] of Object.entries(results))
  list.forEach((result, i) => result.wrong.forEach(([slot, own]) => {
    wrong++;
    console.log(`${name}: "${owners[i].activity}": ${slot} is ${result.understood[slot]}, not ${own.value}`);
  }));
console.log(`facts that came out other than they were told: ${wrong}`);
console.log('owners whose best three change when one answer lacks');
for (const [slot, share] of worthOfQuestions(results.hearing))
  console.log(`  ${slot.padEnd(12)}${(100 * share).toFixed(0)} %`);
process.exit(wrong === 0 ? 0 : 1);
