// Retraining: only with new rows, never into use unless allowed and better; and rankers held against each other on a
// log. In a folder of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, removeDir, tempDir, top } from './lib/daemon.mjs';

const things = { agro: ['papa', 'cuyes', 'vacas', 'maiz'], comercio: ['ropa', 'libros', 'focos', 'flores'],
  turismo: ['hoteles', 'tours', 'guias', 'posadas'] };
const verbs = ['cultivo de', 'vendo', 'ofrezco', 'mi negocio es de', 'me dedico a', 'trabajo con', 'hago', 'tengo'];
let dir;

const put = (name, lines) => fs.writeFileSync(path.join(dir, name), `${lines.join('\n')}\n`);
const run = (...args) => spawnSync(binary, args, { cwd: dir, encoding: 'utf8', timeout: 120000 });
const train = (...args) => run('train', ...args);
const champion = (name) => fs.readFileSync(path.join(dir, `registry/${name}/champion`), 'utf8').trim();
const settings = (promote) => put('chaski.yaml', ['listen: 127.0.0.1:0', 'public_url: http://127.0.0.1:8080',
  'models: registry', 'catalogue: models/catalogue.yaml', `flows: ${top}config/flows`, `models_promote: ${promote}`,
  'channels:', '  demo:', '    provider: simulator']);

/** Labelled texts, of which `shift` says how wrongly. */
function texts(shift, used = verbs) {
  const labels = Object.keys(things);
  return labels.flatMap((label, i) => things[label].flatMap((thing) =>
    used.map((verb) => [`${verb} ${thing}`, labels[(i + shift) % labels.length]])));
}

before(() => {
  dir = tempDir('retrain');
  for (const folder of ['models/lexicon', 'tests/accuracy']) fs.mkdirSync(path.join(dir, folder), { recursive: true });
  for (const file of ['models/industries.yaml', 'models/catalogue.yaml', 'models/lexicon/phrases.tsv'])
    fs.copyFileSync(path.join(top, file), path.join(dir, file));
  put('models/lexicon/peru.tsv', ['sell\tcomercio\tzapatos, gorras, relojes, radios, bolsos, discos, cables, clavos, '
    + 'lentes, telas, hilos, pilas, sogas, globos']);
  put('tests/accuracy/industry_phrases.tsv', ['text\tindustry', 'vendo ropa\tcomercio', 'crio cuyes\tagro']);
  for (const [name, shift] of [['wrong', 1], ['right', 0]])
    put(`${name}.tsv`, ['text\tindustry\tstatus\tdepartment', ...texts(shift).map(([text, industry], i) =>
      `${text}\t${industry}\t3\t${['Este', 'Norte', 'Sur'][i % 3]}`)]);
  put('test.tsv', ['text\tindustry', ...texts(0, ['puro', 'solo']).map((cells) => cells.join('\t'))]);
});
after(() => removeDir(dir));

/** Rows as `chaski dataset build industry` writes them. */
const used = (name, days) => put(name, ['who\tat\tindustry\torigin\ttext', ...days.map((day, i) =>
  `p${i}\t2026-11-${day}\tcomercio\tconfirmed\tvendo cosas ${i}`)]);

test('it trains only with as many rows of later days as are asked for', () => {
  const args = ['industry', '--data', 'wrong.tsv', '--out', 'registry'];
  assert.equal(train(...args).status, 0);
  assert.equal(champion('industry'), 'v0001');
  used('rows.tsv', ['01', '02', '02', '03']);
  let result = train(...args, '--data', 'rows.tsv', '--if-new', '5');
  assert.deepEqual([result.status, result.stdout], [0, 'industry: 4 new rows, 5 are asked for: not trained\n']);
  result = train(...args, '--data', 'rows.tsv', '--if-new', '4');
  assert.match(result.stdout, /registry\/industry\/v0002: written/);
  const card = JSON.parse(fs.readFileSync(path.join(dir, 'registry/industry/v0002/card.json'), 'utf8'));
  assert.deepEqual([card.data[0].rows, card.data[1].rows, card.data[1].newest], [undefined, 4, '2026-11-03']);
  used('rows.tsv', ['02', '03', '04', '05']); // the earliest are of people who were erased
  result = train(...args, '--data', 'rows.tsv', '--if-new', '3');
  assert.match(result.stdout, /^industry: 2 new rows, 3 are asked for: not trained$/m);
  assert.equal(train(...args, '--if-new', '3').status, 65);
  assert.equal(train(...args, '--if-new', 'many').status, 64);
  assert.equal(champion('industry'), 'v0001');
});

test('a better one comes into use only where the configuration allows it, and a worse one never', () => {
  const args = ['industry', '--test', 'test.tsv', '-c', 'chaski.yaml'];
  settings('never');
  let result = train(...args, '--data', 'right.tsv');
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /champion stays v0001: .*: better; models_promote is never: promote it yourself/);
  assert.equal(champion('industry'), 'v0001');
  settings('better');
  result = train(...args, '--data', 'right.tsv');
  assert.match(result.stdout, /champion is v0004, previous is v0001/);
  const { promoted } = JSON.parse(fs.readFileSync(path.join(dir, 'registry/industry/v0004/card.json'), 'utf8'));
  assert.deepEqual([promoted.by, promoted.why], ['chaski train', 'trained anew, and better (models_promote: better)']);
  assert.match(train(...args, '--data', 'right.tsv').stdout, /champion stays v0004: .*: no real difference/);
  assert.match(train(...args, '--data', 'wrong.tsv').stdout, /champion stays v0004: .*: worse/);
  assert.equal(champion('industry'), 'v0004');
});

/** A log in which owners like one of two resources, by what they want. */
function log(name, likes) {
  const rows = ['who\tat\tresource\tuseful\torigin\tpropensity\tranker\tshown\tstage\tgoal\tindustry\tregion\truc\t'
    + 'regime\tsales\ttenure\tworkers\ttrend\ttags'];
  for (let i = 0; i < 60; i++) {
    const resource = i & 1 ? 'cajas' : 'cde', goal = i & 2 ? 'finance' : 'training';
    rows.push(`p${i}\t2026-11-23\t${resource}\t${likes(i) ? 1 : 0}\tsaid\t0.5\t\t\tgrowth\t${goal}\tcomercio\t15\tno`
      + '\t\t3000/month\t30\t\tup\t');
  }
  put(name, rows);
}

test('rankers are evaluated, compared and promoted on the rows of a log', () => {
  settings('never');
  log('liked.tsv', (i) => i % 4 === 0 || i % 4 === 3 || i % 10 === 1);
  log('spurned.tsv', (i) => i % 4 === 1 || i % 4 === 2 || i % 10 === 3);
  for (const name of ['liked', 'spurned'])
    assert.equal(train('ranker', '--data', `${name}.tsv`, '-c', 'chaski.yaml').status, 0);
  const one = run('model', 'evaluate', 'ranker', '--data', 'liked.tsv', '-c', 'chaski.yaml', '--json');
  assert.equal(one.status, 0, one.stderr);
  const found = JSON.parse(one.stdout);
  assert.deepEqual([found.rows, found.people, found.policies.map((policy) => policy.policy)],
    [60, 60, ['logged', 'rules', 'v0001']]);
  assert.equal(found.policies[0].effective_rows, 60);
  assert.equal(found.policies[0].covered, 1);
  for (const { reward, low, high } of found.policies) assert.ok(low <= reward && reward <= high);
  const both = run('model', 'compare', 'ranker', 'v0001', 'v0002', '--data', 'liked.tsv', '-c', 'chaski.yaml');
  assert.match(both.stdout, /^v0002\t0\.\d{4} \(.*\) of what it shows is of use; worth \d+ rows, covered \d\.\d\d$/m);
  assert.match(both.stdout, /^v0002 less v0001: -0\.\d+ \(.*\): worse$/m);
  const refused = run('model', 'promote', 'ranker', 'v0002', '--why', 'a try', '--data', 'liked.tsv', '-c',
    'chaski.yaml');
  assert.equal(refused.status, 65);
  assert.match(refused.stderr, /not done: on 60 rows of 60 people, .*worse/);
  assert.equal(champion('ranker'), 'v0001');
  assert.match(run('model', 'list', '-c', 'chaski.yaml').stdout, /^ranker\tv0001\tchampion\tAUC /m);
});

test('a log that is none is told', () => {
  put('bad.tsv', ['who\tat', 'a\tb']);
  for (const [file, words] of [['bad.tsv', /no column "resource"/], ['nowhere.tsv', /cannot be read/]]) {
    const told = run('model', 'evaluate', 'ranker', '--data', file, '-c', 'chaski.yaml');
    assert.equal(told.status, 65);
    assert.match(told.stderr, words);
  }
});
