// `chaski classify` from outside: the contract of each line, line by line through a pipe, bad input, bad use.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, own, tempDir, top } from './lib/daemon.mjs';

const industries = ['bodega_alimentos', 'comercio', 'restaurante', 'agro', 'alimentos_fab', 'confeccion',
  'manufactura_artesania',
  'construccion', 'transporte', 'reparacion', 'serv_personales', 'tec_prof', 'turismo', 'otros'];
let dir;
let config;

before(() => {
  dir = tempDir();
  config = path.join(dir, 'chaski.yaml');
  fs.writeFileSync(config, `state_dir: ${dir}\nchannels:\n  demo: {provider: simulator}\n`);
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

function classify(args, input) {
  return spawnSync(binary, ['classify', ...args, '-c', config], { cwd: top, encoding: 'utf8', input, timeout: 20000 });
}

function lines(run) {
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stderr, '');
  return run.stdout.split('\n').slice(0, -1).map((line) => line.split('\t'));
}

test('each line of text gets its industry, in order', () => {
  const input = ['Pollería', 'crío cuyes', '', 'reparto en moto', 'asdfgh'];
  const answers = lines(classify(['industry'], `${input.join('\n')}\n`));
  assert.equal(answers.length, input.length);
  for (const [label, probability, sure, reasons, ...more] of answers) {
    assert.ok(industries.includes(label), label);
    assert.match(probability, /^(0\.\d{4}|1\.0000)$/);
    assert.match(sure, /^(sure|unsure)$/);
    assert.ok(reasons.split(', ').length <= 3);
    assert.deepEqual(more, []);
  }
  assert.deepEqual(answers.map((a) => a[0]).filter((_, i) => i !== 2 && i !== 4),
    ['restaurante', 'agro', 'transporte']);
  assert.equal(answers[0][2], 'sure');
  assert.equal(answers[0][3], 'polleria');
  assert.equal(answers[2][2], 'unsure');
  assert.equal(answers[2][3], '');
});

test('first-person phrases of our own writing are understood', () => {
  const rows = fs.readFileSync(path.join(top, 'tests/accuracy/industry_phrases.tsv'), 'utf8').split('\n')
    .filter((line) => line && !line.startsWith('#')).slice(1).map((line) => line.split('\t'));
  assert.equal(rows.length, 232);
  const answers = lines(classify(['industry', '--top', '3'], `${rows.map(([text]) => text).join('\n')}\n`));
  const right = answers.filter((fields, i) => fields[0] === rows[i][1]);
  const among3 = answers.filter((fields, i) => [0, 2, 4].some((at) => fields[at] === rows[i][1]));
  const sure = answers.filter((fields) => fields[6] === 'sure');
  const sureRight = answers.filter((fields, i) => fields[6] === 'sure' && fields[0] === rows[i][1]);
  const shares = { right: right.length / rows.length, among3: among3.length / rows.length,
    sure: sure.length / rows.length,
    sureRight: sureRight.length / sure.length };
  assert.ok(shares.right >= 0.94 && shares.among3 >= 0.98 && shares.sure >= 0.8 && shares.sureRight >= 0.97,
    JSON.stringify(shares));
});

test('--top K gives K labels and their probabilities first', () => {
  const [fields] = lines(classify(['industry', '--top', '14'], 'vendo ropa\n'));
  assert.equal(fields.length, 30);
  const labels = fields.slice(0, 28).filter((_, i) => i % 2 === 0);
  const probabilities = fields.slice(0, 28).filter((_, i) => i % 2 === 1).map(Number);
  assert.deepEqual([...labels].sort(), [...industries].sort());
  assert.ok(Math.abs(probabilities.reduce((a, b) => a + b) - 1) < 0.002);
  assert.deepEqual(probabilities, [...probabilities].sort((a, b) => b - a));
});

test('stage and growth take facts', () => {
  const facts = '{"tenure": 6, "trend": "up", "workers": "2"}\n{}\n';
  const stages = lines(classify(['stage', '--top', '4'], facts));
  assert.equal(stages.length, 2);
  assert.equal(stages[0][0], 'startup');
  for (const fields of stages) assert.equal(fields.length, 10);
  const outlooks = lines(classify(['growth', '--top', '3'], facts));
  for (const fields of outlooks)
    assert.deepEqual([fields[0], fields[2], fields[4]].sort(), ['estable', 'por crecer', 'riesgo']);
});

const objects = (run) => {
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trim().split('\n').map((line) => JSON.parse(line));
};

test('a stage that is not decided comes with the question that would tell most', () => {
  const facts = ['{}', '{"tenure": 60}', '{"trend": "same"}', '{"tenure": 60, "trend": "same"}'];
  const answers = objects(classify(['stage', '--json', '--top', '4'], `${facts.join('\n')}\n`));
  assert.deepEqual(answers.map((a) => a.next_question?.slot ?? null), ['trend', 'trend', 'tenure', null]);
  assert.deepEqual(answers[0].questions.map((q) => q.slot), ['trend', 'tenure', 'sales', 'workers', 'ruc']);
  for (const { guesses, questions } of answers) {
    assert.equal(guesses.length, 4);
    for (const [i, { bits }] of questions.entries()) assert.ok(bits >= 0 && (i === 0 || bits <= questions[i - 1].bits));
  }
  const said = lines(classify(['stage'], `${facts.join('\n')}\n`)).map((fields) => fields[3]);
  assert.match(said[0], /^\(next_question: trend 1\.\d\d bits\)$/);
  assert.match(said[2], /^cómo van sus ventas \(next_question: tenure 0\.\d\d bits\)$/);
  assert.equal(said[3], 'abierto hace 60 meses, sus ventas siguen igual');
});

test('an outlook never stands without how little it tells', () => {
  const facts = ['{"tenure": 24}', '{"tenure": 24, "activity": "vendo jugos en mi carrito"}',
    '{"tenure": 24, "place": true}', ''].join('\n');
  const answers = objects(classify(['growth', '--json'], facts));
  for (const { auc } of answers) {
    assert.equal(auc.chance, 0.5);
    assert.ok(auc.growth.low < 0.5 && auc.growth.high < 0.65 && auc.closing.low > 0.5);
  }
  assert.ok(answers[0].auc.closing.value < answers[1].auc.closing.value, 'the place is known');
  assert.deepEqual(answers.map((a) => a.lever?.key ?? null), [null, 'place', null]);
  assert.ok(answers[1].lever.more_live_of_100.low > 0);
  for (const [, , , reasons] of lines(classify(['growth'], facts)))
    assert.match(reasons, /\(AUC: riesgo 0\.\d\d de 0\.\d\d a 0\.\d\d; crecer 0\.4\d de .*; 0\.50 es azar\)$/);
});

test('nor does it in a conversation at the terminal', () => {
  const said = ['hola', '1', 'vendo abarrotes en mi tiendita', '1', 'hace 3 años', '1500 al mes', '2', '40 al dia',
    'somos 2', 'no', 'Cusco', 'un prestamo'];
  const { stdout } = spawnSync(binary, ['chat', '--json', '-c', config],
    { cwd: top, encoding: 'utf8', input: `${said.join('\n')}\n`, timeout: 20000 });
  const turns = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(turns.some(({ facts }) => facts.outlook));
  for (const { facts, auc } of turns) {
    if (facts.outlook) assert.match(auc, /^AUC: riesgo 0\.\d\d .*; crecer 0\.\d\d .*; 0\.50 es azar$/);
    else assert.equal(auc, undefined);
  }
});

test('a line that is no facts ends it with its number', () => {
  for (const [bad, words] of [['{', /JSON object/], ['[1]', /./], ['{"trend": "sideways"}', /trend/],
    ['vendo ropa', /JSON object/]]) {
    const run = classify(['stage'], `{"tenure": 6}\n${bad}\n{"tenure": 7}\n`);
    assert.equal(run.status, 65, bad);
    assert.equal(run.stdout.split('\n').length, 2, 'only the first line is answered');
    assert.match(run.stderr, /standard input:2: /);
    assert.match(run.stderr, words);
  }
});

test('wrong use is explained', () => {
  for (const [args, words] of [[[], /needs a model/], [['industri'], /did you mean "industry"/],
    [['industry', '--top', '0'], /from 1 to 16/],
    [['industry', '--top', 'x'], /from 1 to 16/], [['weather'], /industry, stage, growth/],
      [['industry', '--tops', '2'], /--top/]]) {
    const run = classify(args, '');
    assert.equal(run.status, 64, run.stderr);
    assert.match(run.stderr, words);
    assert.equal(run.stdout, '');
  }
});

test('models that are not there are bad configuration, told at the setting', () => {
  const other = path.join(dir, 'other.yaml');
  fs.writeFileSync(other, `state_dir: ${dir}\nmodels: ${dir}/nowhere\nchannels:\n  demo: {provider: simulator}\n`);
  const run = spawnSync(binary, ['classify', 'industry', '-c', other], { cwd: top, encoding: 'utf8', input: 'x\n' });
  assert.equal(run.status, 78);
  assert.ok(run.stderr.startsWith(`${other}:2:9: models is ${dir}/nowhere, which cannot be read`), run.stderr);
  assert.equal(run.stdout, '');
});

test('a pipe gets each answer before the next question', async () => {
  const child = own(spawn(binary, ['classify', 'industry', '-c', config],
    { cwd: top, stdio: ['pipe', 'pipe', 'inherit'] }));
  child.stdout.setEncoding('utf8');
  for (const [question, label] of [['vendo ropa', 'comercio'], ['soy albañil', 'construccion']]) {
    const answer = new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdin.write(`${question}\n`);
    assert.equal((await answer).split('\t')[0], label);
  }
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.stdin.end();
  assert.equal(await ended, 0);
});
