// `chaski train` from outside, on a small made-up set in a folder of its own: the registry's files, the same bytes
// twice, bad input.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const things = { agro: ['papa', 'cuyes', 'vacas', 'maiz'], comercio: ['ropa', 'libros', 'focos', 'flores'],
  turismo: ['hoteles', 'tours', 'guias', 'posadas'] };
const verbs = { agro: ['CULTIVO DE', 'CRIANZA DE', 'COSECHA DE'], comercio: ['VENTA DE', 'COMERCIO DE', 'TIENDA DE'],
  turismo: ['SERVICIO DE', 'AGENCIA DE', 'OFICINA DE'] };
let dir;

before(() => {
  dir = tempDir();
  for (const folder of ['models/lexicon', 'tests/accuracy']) fs.mkdirSync(path.join(dir, folder), { recursive: true });
  fs.copyFileSync(path.join(top, 'models/industries.yaml'), path.join(dir, 'models/industries.yaml'));
  fs.copyFileSync(path.join(top, 'models/lexicon/phrases.tsv'), path.join(dir, 'models/lexicon/phrases.tsv'));
  fs.writeFileSync(path.join(dir, 'models/lexicon/peru.tsv'),
    'sell\tcomercio\tzapatos, gorras, relojes, radios, bolsos, discos, cables, clavos, lentes, telas, hilos, pilas, '
    + 'sogas, globos\n');
  fs.writeFileSync(path.join(dir, 'tests/accuracy/industry_phrases.tsv'),
    'text\tindustry\nvendo ropa\tcomercio\ncrio cuyes\tagro\n');
  const rows = ['text\tindustry\tstatus\tdepartment'];
  for (const [d, department] of ['Este', 'Norte', 'Sur'].entries())
    for (const [industry, words] of Object.entries(things))
      for (const [w, word] of words.entries()) rows.push(
        `${verbs[industry][(d + w) % 3]} ${word}\t${industry}\t3\t${department}`);
  fs.writeFileSync(path.join(dir, 'survey.tsv'), `${rows.join('\n')}\n`);
  fs.writeFileSync(path.join(dir, 'list.tsv'), 'text\tindustry\nMINAS DE ORO\totros\n');
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

function train(...args) {
  return spawnSync(binary, ['train', ...args], { cwd: dir, encoding: 'utf8', timeout: 60000 });
}

test('two trainings give the same bytes, and the registry has all of it', () => {
  for (const out of ['a', 'b']) {
    const run = train('industry', '--data', 'survey.tsv', '--data=list.tsv', '--seed', '7', '--out', out);
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stderr, '', 'no bar where there is no terminal');
    assert.match(run.stdout, /mean: all [01]\.\d{4} and [01]\.\d{4}/);
    assert.equal(fs.readFileSync(path.join(dir, out, 'industry/champion'), 'utf8'), 'v0001\n');
  }
  for (const file of ['model.bin', 'card.json'])
    assert.deepEqual(fs.readFileSync(path.join(dir, 'a/industry/v0001', file)),
      fs.readFileSync(path.join(dir, 'b/industry/v0001', file)));
  const card = JSON.parse(fs.readFileSync(path.join(dir, 'a/industry/v0001/card.json'), 'utf8'));
  assert.deepEqual(card.data.map((file) => file.file), ['survey.tsv', 'list.tsv']);
  assert.equal(card.training.seed, 7);
  assert.equal(card.rows.official_lists, 1);
  assert.equal(card.splits.each.length, 3);
  assert.equal(fs.statSync(path.join(dir, 'a/industry/v0001/model.bin')).size, card.size_bytes);
});

test('a second training is a new version, and the champion stays', () => {
  const run = train('industry', '--data', 'survey.tsv', '--out', 'a');
  assert.equal(run.status, 0, run.stderr);
  assert.ok(fs.existsSync(path.join(dir, 'a/industry/v0002/model.bin')));
  assert.equal(fs.readFileSync(path.join(dir, 'a/industry/champion'), 'utf8'), 'v0001\n');
});

test('bad data are named with file and line, and nothing is written', () => {
  fs.writeFileSync(path.join(dir, 'bad.tsv'), 'text\tindustry\nPAPA\tagricultura\n');
  const run = train('industry', '--data', 'bad.tsv', '--out', 'c');
  assert.equal(run.status, 65);
  assert.match(run.stderr, /bad\.tsv:2:1: /);
  assert.ok(!fs.existsSync(path.join(dir, 'c')));
  assert.equal(train('industry', '--data', 'none.tsv').status, 65);
});

test('wrong use is explained', () => {
  for (const [args, words] of [[[], /needs a model/], [['industry'], /--data/],
    [['industry', '--data'], /needs a value/],
    [['industri', '--data', 'x'], /did you mean industry/],
      [['industry', '--data', 'x', '--seed', 'y'], /whole number/]]) {
    const run = train(...args);
    assert.equal(run.status, 64, run.stderr);
    assert.match(run.stderr, words);
  }
});
