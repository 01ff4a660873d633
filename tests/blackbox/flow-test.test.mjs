// `chaski flow test` from outside: one line a conversation, what goes otherwise with its place and the words that
// differ, exit codes, JSON, --write, --edges, --generate, --diff, and a flow and an engine from the configuration.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const shipped = path.join(top, 'config/flows/diagnostico.yaml');
let dir;

before(() => {
  dir = tempDir();
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

const flow = (...words) => spawnSync(binary, ['flow', ...words], { cwd: top, encoding: 'utf8', timeout: 180000 });

// Writes a file of conversations with these steps; gives its path.
const nothingFound = ['industry', 'profile', 'resources'];
function talk(steps, { flowLine = `flow: ${shipped}`, pins = nothingFound } = {}) {
  const file = path.join(dir, 'talk.yaml');
  fs.writeFileSync(file, ['flow_test: 1', flowLine, 'conversations:', '  - name: a talk', '    channel: sms',
    ...pins.map((pin) => `    ${pin}: none`), '    steps:', ...steps.map((step) => `      ${step}`), ''].join('\n'));
  return file;
}

test('the conversations of the repository go as written', () => {
  const files = fs.readdirSync(path.join(top, 'tests/replay')).map((name) => `tests/replay/${name}`);
  const run = flow('test', ...files);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  const lines = run.stdout.trimEnd().split('\n');
  assert.ok(lines.slice(0, -1).every((line) => /^ok {4}\S.* \(\d+ steps\)$/.test(line)), run.stdout);
  assert.match(lines.at(-1), /^\d+ conversations, 0 failed; \d+ steps, \d+ messages; \d+ of the \d+ edges of dia/);
});

test('what goes otherwise is told with place, both texts and the words that differ', () => {
  const file = talk(['- say: hola', '  expect: {has: Hola}', '- say: "1"',
    '  expect: "¿A qué se dedica tu tienda? Cuéntame con tus palabras qué vendes o qué haces."']);
  const run = flow('test', file);
  assert.equal(run.status, 65);
  assert.match(run.stdout, new RegExp(`^FAIL  a talk\\n  ${file}:13:17: at step 2, "1", words: are otherwise\\n`));
  assert.match(run.stdout, /\n {4}expected {2}¿A qué se dedica tu tienda\?.*\n/);
  assert.match(run.stdout, /\n {4}got {7}¿A qué se dedica tu negocio\?/);
  assert.match(run.stdout, /tu \[-tienda\?-\]\{\+negocio\?\+\} Cuéntame/);
  assert.doesNotMatch(run.stdout, /\x1b/);
  const [first, all] = flow('test', '--json', file).stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual([first.ok, first.step, first.line, first.column, first.aspect], [false, 2, 13, 17, 'words']);
  assert.deepEqual([all.conversations, all.failed], [1, 1]);
});

test('a button that is not there is told as what goes otherwise', () => {
  const run = flow('test', talk(['- say: hola', '- press: Quizá']));
  assert.equal(run.status, 65);
  assert.match(run.stdout, /at step 2, presses "Quizá", what the person does: /);
  assert.match(run.stdout, /\n {4}got {7}there is no such button/);
});

test('a file that is none is told with its places, and ends with 65', () => {
  const file = talk(['- sya: hola', '- wait: tomorrow']);
  const run = flow('test', file);
  assert.equal(run.status, 65);
  assert.match(run.stderr, new RegExp(`${file}:10:9: a step has no key "sya": did you mean say\\n`));
  assert.match(run.stderr, /:11:15: a time is a whole number/);
  assert.equal(flow('test').status, 64);
  assert.equal(flow('test', path.join(dir, 'none.yaml')).status, 65);
});

test('--write records what comes, once, and leaves the rest of the file as it was', () => {
  const file = talk(['- say: hola # the first word', '  expect: Buenas', '# by hand', '- say: "no"']);
  const run = flow('test', '--write', file);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /: 2 steps written\n/);
  const written = fs.readFileSync(file, 'utf8');
  assert.match(written, /- say: hola # the first word\n {8}expect: \|-\n {10}Hola, soy Chaski/);
  assert.match(written, /\n {10}1 Si\n {10}2 No\n {6}# by hand\n/);
  assert.match(written, /- say: "no"\n {8}expect: ".*\n {8}does: \[fact consent no, /);
  assert.equal(flow('test', '--write', file).stdout.includes('written'), false);
  assert.equal(fs.readFileSync(file, 'utf8'), written);
  assert.equal(flow('test', file).status, 0);
});

test('--edges names the ways that none goes; flow and engine may be the configuration\'s', () => {
  const file = talk(['- say: hola', '- say: "1"', '- say: tengo una pollería', '  facts: {consent: yes}', '- say: "1"',
    '  asks: tenure'], { flowLine: 'about: with the engine', pins: [] });
  const run = flow('test', '--edges', file);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /diagnostico.yaml:\d+:\d+: not gone: bienvenida: option 2\n/);
  assert.doesNotMatch(run.stdout, /not gone: bienvenida: option 1\n/);
  assert.match(run.stdout, /1 conversations, 0 failed; 4 steps, 4 messages; \d+ of the \d+ edges of diagnostico\n$/);
  fs.writeFileSync(path.join(dir, 'broken.yaml'), 'listen: nowhere\n');
  assert.equal(flow('test', '-c', path.join(dir, 'broken.yaml'), file).status, 78);
});

test('the covering conversations are those that the shipped flow gives, go as written, and leave no edge out', () => {
  const file = path.join(dir, 'a', 'b', 'cover.yaml'), kept = path.join(top, 'tests/cover/diagnostico.yaml');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const made = flow('test', '--generate', file, 'config/flows/diagnostico.yaml');
  assert.equal(made.status, 0, made.stdout + made.stderr);
  const [, edges, feasible, covered] = made.stdout.match(/(\d+) edges, (\d+) of them feasible, (\d+) covered/);
  assert.equal(covered, feasible, made.stdout);
  const body = (name) => fs.readFileSync(name, 'utf8').replace(/^flow: .*$/m, '');
  assert.equal(body(kept), body(file), 'run `make cover`');
  const run = flow('test', kept);
  assert.equal(run.status, 0, run.stdout);
  assert.ok(run.stdout.endsWith(`; ${covered} of the ${edges} edges of diagnostico\n`), run.stdout);
});

test('--diff tells what a change is for people: old and new words, once, and where the ways part', () => {
  const text = fs.readFileSync(shipped, 'utf8'), changed = path.join(dir, 'changed', 'diagnostico.yaml');
  fs.cpSync(path.dirname(shipped), path.dirname(changed), { recursive: true }); // with the flows that it uses
  const to = (from, into) => {
    assert.ok(text.includes(from));
    fs.writeFileSync(changed, text.replaceAll(from, into));
    return flow('test', '--diff', shipped, changed, 'tests/replay/whatsapp_buttons.yaml', 'tests/replay/sms_full.yaml');
  };
  const same = to('version: 1', 'version: 1');
  assert.equal(same.status, 0, same.stdout + same.stderr);
  assert.match(same.stdout, /^2 conversations, 0 changed: at 0 of \d+ steps, 0 different changes; /);
  const words = to('¿A qué se dedica tu negocio?', '¿Qué hace tu negocio?');
  assert.equal(words.status, 65);
  assert.match(words.stdout, /^whatsapp buttons\n {2}\S+whatsapp_buttons.yaml:\d+:\d+: step 2, presses "Sí": words\n/);
  assert.equal(words.stdout.split('[-¿A qué se dedica-]{+¿Qué hace+} tu negocio?').length, 2, 'told once');
  assert.match(words.stdout, /\n2 conversations, 2 changed: at 2 of \d+ steps, 1 different changes; /);
  const parted = to('known(industry), to: tiempo}\n      - clasifica',
    'known(industry), to: clasifica}\n      - tiempo');
  assert.match(parted.stdout, /: what is asked\n {4}\[-confirma-\]\{\+tenure\+\}\n {2}from here on the conv/);
  const covered = JSON.parse(flow('test', '--json', '--diff', shipped, shipped).stdout);
  assert.deepEqual([covered.changed, covered.changed_steps], [0, 0]);
  assert.equal(flow('test', '--diff', shipped).status, 64);
});

test('the transcripts of the documents are what is said now', () => {
  const run = flow('test', '--transcript', 'tests/cover/phones.yaml');
  assert.equal(run.status, 0, run.stdout + run.stderr);
  const text = fs.readFileSync(path.join(top, 'docs/CONVERSATION.md'), 'utf8');
  assert.ok(text.includes(`<!-- transcripts: make transcripts -->\n\n${run.stdout}\n<!--`), 'run `make transcripts`');
});
