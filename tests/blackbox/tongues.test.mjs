// Languages as data, from outside: which are on, who may switch what on, what is said of a slip, and a language that is
// made of copied files alone.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const channel = 'channels:\n  demo: {provider: simulator}\n';
let dir;

before(() => {
  dir = tempDir();
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

function chaski(args, input = '') {
  return spawnSync(binary, args, { cwd: top, encoding: 'utf8', input, timeout: 60000 });
}

// Writes a configuration; gives its path.
function configured(text) {
  const file = path.join(dir, 'chaski.yaml');
  fs.writeFileSync(file, `state_dir: ${path.join(dir, 'var')}\n${text}${channel}`);
  return file;
}

function check(text) {
  return chaski(['check', '--no-environment', '-c', configured(text)]);
}

// Says the lines in order; gives the replies' words, one a line.
function talk(args, lines) {
  const run = chaski(['chat', '--json', ...args], `${lines.join('\n')}\n`);
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trim().split('\n').map((line) => JSON.parse(line).replies.map((reply) => reply.text).join('\n'));
}

test('languages are switched on in the configuration, and a slip there is named', () => {
  assert.equal(check('').status, 0);
  assert.equal(check('languages: [es, en]\n').status, 0);
  for (const [text, words] of [
    ['languages: [es, qu]\n', 'languages has qu, which nobody has reviewed'],
    ['languages: [es, xx]\n', 'languages has xx, and there is no config/languages/xx.yaml'],
    ['languages: [es, es]\n', 'languages names es twice'],
    ['languages: es\n', 'languages is not a list: write it in brackets, as [es]'],
    ['languages: [ES]\n', "languages is ES: it must be a language's key"],
  ]) {
    const run = check(text);
    assert.equal(run.status, 78, text);
    assert.ok(run.stderr.includes(words), `nothing says "${words}" in:\n${run.stderr}`);
    assert.match(run.stderr, /chaski\.yaml:2:\d+: /);
  }
  const allowed = check('languages: [es, qu, quz, en]\nunreviewed_languages: allow\n');
  assert.equal(allowed.status, 0, allowed.stderr);
});

for (const kind of ['sms', 'ussd']) {
  test(`by ${kind} a language is chosen at the start and by IDIOMA, and kept`, () => {
    const file = configured('languages: [es, en]\n');
    const said = talk(['-c', file, '--channel', kind], ['hola', '2', '1', 'idioma', '1', 'idioma', 'english']);
    assert.match(said[0], /^Idioma:\n1 Castellano\n2 English$/);
    assert.match(said[1], /I am Chaski: free guidance[^]*1 Yes\n2 No$/);
    assert.match(said[2], /What does your business do\?/);
    assert.match(said[3], /^Language:\n1 Castellano\n2 English/);
    assert.match(said[4], /qu[eé] se dedica tu negocio/);
    assert.match(said[6], /What does your business do\?/);
  });
}

test('a language alone is spoken from the first word, without a choice', () => {
  const said = talk(['--lang', 'en'], ['hello', '1', 'idioma']);
  assert.match(said[0], /I am Chaski: free guidance/);
  assert.match(said[2], /I only speak Spanish\.|What does your business do/);
});

test('a language that is not there is told of the option that named it', () => {
  const run = chaski(['chat', '--lang', 'xx,en,en'], 'hola\n');
  assert.equal(run.status, 78);
  assert.deepEqual(run.stderr.split('\n').filter(Boolean), [
    '--lang: languages has xx, and there is no config/languages/xx.yaml: write it, or remove xx',
    '--lang: languages names en twice: once is enough']);
});

test('the shipped flow is proved in all its languages', () => {
  const run = chaski(['flow', 'check', 'config/flows/diagnostico.yaml', '--languages', 'es,en,qu,quz']);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.doesNotMatch(run.stdout, /has no 'en'/);
  assert.match(run.stdout, /\d+ texts have no 'qu', which is partial, and are said in 'es'/);
  assert.match(run.stdout, /ussd +en: \d+ to \d+ pages/);
});

test('what a translator gets is a translation that loads, empty or filled in', () => {
  const flows = path.join(dir, 'config', 'flows');
  fs.cpSync(path.join(top, 'config', 'flows'), flows, { recursive: true });
  fs.cpSync(path.join(top, 'config', 'languages'), path.join(dir, 'config', 'languages'), { recursive: true });
  fs.mkdirSync(path.join(flows, 'jbo'));
  const english = fs.readFileSync(path.join(top, 'config/languages/en.yaml'), 'utf8');
  fs.writeFileSync(path.join(dir, 'config/languages/jbo.yaml'),
    english.replace('language: en', 'language: jbo').replace('name: English', 'name: Lojban')
      .replace('called:', 'called: ["lojban"]\n# called:'));
  for (const name of ['diagnostico', 'menu', 'misdatos', 'capacitaciones', 'seguimiento', 'consentimiento']) {
    const flow = path.join(flows, `${name}.yaml`);
    const list = chaski(['flow', 'texts', flow, '--language', 'jbo']);
    assert.equal(list.status, 0, list.stderr);
    assert.match(list.stderr, /: \d+ texts, 0 of them in jbo/);
    fs.writeFileSync(path.join(flows, 'jbo', `${name}.yaml`),
      list.stdout.replace(/^( {2}actividad\.ask:) ""$/m, '$1 "ma cuntu do"'));
  }
  const again = chaski(['flow', 'texts', path.join(flows, 'diagnostico.yaml'), '--language', 'jbo']);
  assert.match(again.stderr, /, 1 of them in jbo/);
  assert.match(again.stdout, /actividad\.ask: "ma cuntu do"/);
  const file = configured(`flows: ${flows}\nlanguages: [es, jbo]\n`);
  const said = talk(['-c', file], ['hola', 'lojban', '1', 'mis datos']);
  assert.match(said[0], /2 Lojban/);
  assert.match(said[1], /orientaci[oó]n gratis/);
  assert.match(said[2], /^ma cuntu do$/);
});

test('a slip in a translation is named at its place', () => {
  const flows = path.join(dir, 'slip', 'flows');
  fs.cpSync(path.join(top, 'config', 'flows'), flows, { recursive: true });
  fs.cpSync(path.join(top, 'config', 'languages'), path.join(dir, 'slip', 'languages'), { recursive: true });
  fs.appendFileSync(path.join(flows, 'en', 'menu.yaml'), '  opciones.aks: "What?"\n');
  const run = check(`flows: ${flows}\nlanguages: [es, en]\n`);
  assert.equal(run.status, 78);
  assert.match(run.stderr,
    /en\/menu\.yaml:\d+:3: flow menu has no text 'opciones\.aks' \(did you mean 'opciones\.ask'\?\)/);
});
