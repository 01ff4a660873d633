// The tutorial of docs/flows.md, step by step: what it says to write is written, `flow check` finds no error in it, and
// each conversation goes as the page has it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const page = fs.readFileSync(path.join(top, 'docs/flows.md'), 'utf8').split('\n## A flow in ten steps\n')[1];
const steps = page.split(/^\*\*(?=\d+\. )/m).slice(1).map((text) => ({
  name: text.split('.**')[0].replaceAll('\n', ' '),
  files: [...text.matchAll(/^```yaml (\S+)\n([^]*?)^```$/gm)].map(([, file, yaml]) => ({ file, yaml })),
  chats: [...text.matchAll(/^```chat\n([^]*?)^```$/gm)].map((match) => match[1]),
}));
let dir;

before(() => {
  dir = tempDir();
  fs.mkdirSync(path.join(dir, 'puestos'));
  const shipped = fs.readFileSync(path.join(top, 'config/chaski.yaml'), 'utf8');
  fs.writeFileSync(path.join(dir, 'puestos.yaml'), shipped.replace(/^flows: .*$/m, `flows: ${dir}/puestos`),
    { mode: 0o600 });
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

// Cuts a text into its keys of one depth, each with all its lines.
function keysOf(lines, indent) {
  const keys = new Map();
  const begins = new RegExp(`^ {${indent}}["\\w]`);
  let key;
  for (const line of lines) {
    if (begins.test(line)) key = line.trim().split(':')[0];
    keys.set(key, [...(keys.get(key) ?? []), line]);
  }
  return keys;
}

// Puts new keys into a text: a map's keys one by one, two deep; all else takes the place of what was there.
function merged(old, added, indent) {
  const keys = keysOf(old, indent);
  for (const [key, lines] of keysOf(added, indent)) {
    const before = keys.get(key);
    const map = indent < 4 && before?.length > 1 && lines.length > 1;
    keys.set(key, map ? [before[0], ...merged(before.slice(1), lines.slice(1), indent + 2)] : lines);
  }
  return [...keys.values()].flat();
}

function write(step) {
  for (const { file, yaml } of step.files) {
    const at = path.join(dir, file);
    const old = fs.existsSync(at) ? fs.readFileSync(at, 'utf8').trimEnd().split('\n') : [];
    fs.writeFileSync(at, `${merged(old, yaml.trimEnd().split('\n'), 0).join('\n')}\n`);
  }
}

const run = (...words) => spawnSync(binary, words.filter((word) => typeof word === 'string'),
  { cwd: top, encoding: 'utf8', timeout: 20000, input: words.find((word) => word.input)?.input });

// A conversation's answers, one text a turn, without blank lines.
function answers(chat) {
  const said = chat.split('\n').filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  const talk = run('chat', '-c', path.join(dir, 'puestos.yaml'), '--channel', 'sms', { input: `${said.join('\n')}\n` });
  assert.equal(talk.status, 0, talk.stderr);
  return talk.stdout;
}

const withoutBlanks = (text) => text.split('\n').filter((line) => line.trim() && !line.startsWith('> ')).join('\n');

test('there are ten steps', () => assert.equal(steps.length, 10));

for (const step of steps)
  test(step.name, () => {
    write(step);
    const check = run('flow', 'check', path.join(dir, 'puestos/puesto.yaml'));
    assert.equal(check.status, 0, check.stdout + check.stderr);
    for (const chat of step.chats) assert.equal(withoutBlanks(answers(chat)), withoutBlanks(chat));
  });
