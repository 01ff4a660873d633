// `chaski flow check` and `chaski flow draw` from outside: findings at their place with the answers that lead there,
// exit codes, JSON, prices; the graph, the SVG that `dot` makes of it, and the plain word where there is no `dot`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const shipped = 'config/flows/diagnostico.yaml';
const text = fs.readFileSync(path.join(top, shipped), 'utf8');
let dir;

// A change of the shipped flow lies beside the flows that it uses.
before(() => {
  dir = tempDir();
  for (const name of fs.readdirSync(path.join(top, 'config/flows')).filter((each) => each.endsWith('.yaml')))
    if (name !== 'diagnostico.yaml') fs.copyFileSync(path.join(top, 'config/flows', name), path.join(dir, name));
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

function flow(...words) {
  return spawnSync(binary, ['flow', ...words], { cwd: top, encoding: 'utf8', timeout: 20000 });
}

// Writes the shipped flow with one change; gives the file's path.
function changed(from, to) {
  assert.ok(text.includes(from), `${from} is not in the flow`);
  const file = path.join(dir, 'changed.yaml');
  fs.writeFileSync(file, text.replace(from, to));
  return file;
}

// The place of some words in a text, as `line:column`.
function place(file, words) {
  const before = fs.readFileSync(file, 'utf8').split(words)[0].split('\n');
  return `${before.length}:${before.at(-1).length + 1}`;
}

test('the shipped flow has no error, and says what a conversation costs', () => {
  const run = flow('check', shipped);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.equal(run.stderr, '');
  assert.ok(!run.stdout.includes(': error: '), run.stdout);
  assert.match(run.stdout, /flow diagnostico: \d+ states, 0 errors, \d+ warnings; a conversation without commands/);
  assert.match(run.stdout, /^ {2}sms +es: \d+ to \d+ messages, \d+ to \d+ segments$/m);
  assert.match(run.stdout, /^ {2}round +mas_contactos: without limit, each pass up to \d+ segments by sms/m);
  assert.ok(!run.stdout.includes('perhaps'), 'each path was played through');
});

test('an error exits 65, with its place, its remedy and the shortest answers', () => {
  const file = changed('{when: ruc = yes, to: regimen}', '{when: ruc = yes and consent = no, to: regimen}');
  const run = flow('check', file);
  assert.equal(run.status, 65);
  const lines = run.stdout.split('\n');
  const at = lines.findIndex((line) => line.includes('never holds'));
  assert.equal(lines[at], `${file}:${place(file, '{when: ruc = yes and')}: error: the guard of this transition to ` +
    'regimen never holds in state ruc: correct it, or remove the transition');
  assert.equal(lines[at + 1], '    by: consent yes > activity (words) > tenure -1 > workers 3');
  assert.ok(lines.some((line) => line.includes('nobody can reach state regimen')));
});

test('what the loader refuses is told in the same form', () => {
  const file = changed('title: Vendo igual}', 'title: Vendo siempre igual que antes}');
  const run = flow('check', file);
  assert.equal(run.status, 65);
  assert.match(run.stdout, /: error: this title can grow to 29 characters, and only 20 are allowed/);
  assert.match(run.stdout, /^ {4}by: consent \(some answer\) > activity \(some answer\) > .*\(perhaps/m);
});

test('--json gives an object a line', () => {
  const file = changed('otherwise: sin_permiso', 'otherwise: bienvenida');
  const run = flow('check', '--json', '--price', 'sms=0.05,ussd=0.02', file);
  assert.equal(run.status, 65);
  const objects = run.stdout.trim().split('\n').map((line) => JSON.parse(line));
  const error = objects.find((object) => object.class === 'error');
  assert.deepEqual({ ...error, text: 0 }, {
    file, line: Number(place(file, 'otherwise: bienvenida').split(':')[0]), column: 16, class: 'error',
    rule: 'fallback', text: 0, path: 'hola', played: true,
  });
  const cost = objects.find((object) => object.class === 'cost' && object.channel === 'sms');
  assert.ok(Math.abs(cost.soles[1] - cost.segments[1] * 0.05) < 1e-9);
  assert.ok(cost.segments[0] >= cost.messages[0] && cost.segments[1] >= cost.segments[0]);
  const screen = objects.find((object) => object.rule === 'screen');
  assert.equal(screen.channel, 'ussd');
  assert.equal(screen.lang, 'es');
});

test('several files are checked in one go, and a fault of one is the fault of all', () => {
  const file = changed('otherwise: sin_permiso', 'otherwise: bienvenida');
  const run = flow('check', shipped, file);
  assert.equal(run.status, 65);
  assert.match(run.stdout, /diagnostico\.yaml: flow diagnostico: .* 0 errors[^]*changed\.yaml: flow diagnostico: /);
});

test('a part is checked with the whole that it belongs to, and once', () => {
  const run = flow('check', 'config/flows/menu.yaml', shipped);
  assert.equal(run.status, 0, run.stdout);
  assert.equal(run.stdout.match(/flow diagnostico: /g).length, 1);
  assert.match(run.stdout, /^config\/flows\/misdatos\.yaml:\d+:\d+: warning: /m);
  const alone = path.join(tempDir(), 'menu.yaml');
  fs.copyFileSync(path.join(top, 'config/flows/menu.yaml'), alone);
  const orphan = flow('check', alone);
  assert.equal(orphan.status, 65);
  assert.ok(orphan.stdout.includes(`${alone}:4:10: error: no flow 'diagnostico' uses menu`), orphan.stdout);
  fs.rmSync(path.dirname(alone), { recursive: true });
});

test('wrong usage exits 64, a file that is not there 65', async (t) => {
  const rows = [
    [['check'], 64, 'name a flow file'],
    [['draw'], 64, 'name a flow file'],
    [['check', '--price', 'sms', shipped], 64, 'write it as sms=0.05'],
    [['check', '--price', 'fax=1', shipped], 64, 'write it as sms=0.05'],
    [['check', '--price', 'sms=0.0000001', shipped], 64, 'write it as sms=0.05'],
    [['check', '--pricee', 'sms=1', shipped], 64, 'did you mean --price?'],
    [['check', 'nowhere.yaml'], 65, 'nowhere.yaml cannot be checked'],
    [['draw', 'nowhere.yaml'], 65, 'nowhere.yaml cannot be drawn'],
    [['drow', shipped], 64, 'did you mean "flow'],
  ];
  for (const [words, code, say] of rows)
    await t.test(words.join(' '), () => {
      const run = flow(...words);
      assert.equal(run.status, code, run.stdout + run.stderr);
      assert.ok(run.stderr.includes(say), run.stderr);
    });
});

test('a flow is drawn, as a graph and as an SVG', () => {
  const graph = flow('draw', shipped);
  assert.equal(graph.status, 0, graph.stderr);
  assert.match(graph.stdout, /^digraph "diagnostico" \{\n/);
  const svg = flow('draw', '--svg', shipped);
  assert.equal(svg.status, 0, svg.stderr);
  assert.match(svg.stdout, /<svg [^]*<\/svg>/);
  assert.ok(svg.stdout.includes('>bienvenida<'));
});

test('the drawing in docs is of the flow that ships', () => {
  const drawn = fs.readFileSync(path.join(top, 'docs/diagnostico.svg'), 'utf8');
  const states = [...flow('draw', shipped).stdout.matchAll(/^ {2}"([a-z_0-9.]+)" \[/gm)].map((match) => match[1]);
  assert.ok(states.length > 40);
  for (const state of states) assert.ok(drawn.includes(`>${state}<`), `${state} is not drawn: make drawing`);
});

test('without `dot` it says what to install', () => {
  const run = spawnSync(binary, ['flow', 'draw', '--svg', shipped],
    { cwd: top, encoding: 'utf8', env: { PATH: dir }, timeout: 20000 });
  assert.equal(run.status, 69);
  assert.equal(run.stdout, '');
  assert.match(run.stderr, /`dot` cannot be run .*: install graphviz, or leave --svg out/);
});

test('a flow with a fault is not drawn', () => {
  const file = changed('otherwise: sin_permiso', 'otherwise: sin_permisso');
  const run = flow('draw', file);
  assert.equal(run.status, 65);
  assert.equal(run.stdout, '');
  assert.match(run.stderr, /did you mean 'sin_permiso'\?/);
});

test('a version as it was lies in `old`, is read with the rest, and its migration is checked', () => {
  const home = tempDir();
  const flows = path.join(home, 'flows');
  const config = path.join(home, 'chaski.yaml');
  fs.cpSync(path.join(top, 'config/flows'), flows, { recursive: true });
  fs.cpSync(path.join(top, 'config/flows'), path.join(flows, 'old/1'), { recursive: true });
  fs.writeFileSync(config, fs.readFileSync(path.join(top, 'config/chaski.yaml'), 'utf8')
    .replace(/^flows: .*$/m, `flows: ${flows}`), { mode: 0o600 });
  const talk = () => spawnSync(binary, ['chat', '-c', config, '--channel', 'sms'],
    { cwd: top, encoding: 'utf8', input: 'hola\n', timeout: 20000 });
  const main = path.join(flows, 'diagnostico.yaml');
  const publish = (...heads) => fs.writeFileSync(main, text.replace('version: 1\n', heads.join('')));

  const twice = talk();
  assert.notEqual(twice.status, 0);
  assert.ok(twice.stderr.includes('diagnostico\' version 1 is also in'), twice.stderr);
  publish('version: 2\n');
  assert.equal(talk().status, 0);
  publish('version: 2\n', 'migrate: [{from: 1, states: {tendencias: ventas}}]\n');
  assert.ok(talk().stderr.includes(`${main}:10:30: version 1 has no state 'tendencias'`), talk().stderr);
  publish('version: 2\n', 'migrate: [{from: 1, states: {tendencia: ventas}}]\n');
  assert.equal(talk().status, 0);
  fs.mkdirSync(path.join(flows, 'old/2'));
  assert.ok(talk().stderr.includes('each folder in `old` holds all'), talk().stderr);
  fs.rmSync(home, { recursive: true });
});
