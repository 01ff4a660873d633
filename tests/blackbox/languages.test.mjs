// The languages' files from outside: a language is added by a file alone, and what is wrong with one is told with its
// place, before anything is served.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

const german = `language: de
name: Deutsch
spelling: none
also: [es]
numbers: {plain: {zwei: 2}, multiplier: {tausend: 1000}}
tables:
  yesno:
    - ["^ ja|jawohl", yes, 0.95]
    - ["^ nein", no, 0.95]
`;
let home;
let config;

before(() => {
  home = tempDir();
  config = path.join(home, 'chaski.yaml');
  fs.cpSync(path.join(top, 'config/flows'), path.join(home, 'flows'), { recursive: true });
  fs.writeFileSync(config, fs.readFileSync(path.join(top, 'config/chaski.yaml'), 'utf8')
    .replace(/^flows: .*$/m, `flows: ${home}/flows`), { mode: 0o600 });
});
after(() => fs.rmSync(home, { recursive: true, force: true }));

const chaski = (args, input = '') => spawnSync(binary, [...args, '-c', config],
  { cwd: top, encoding: 'utf8', input, timeout: 20000 });
const write = (name, text) => fs.writeFileSync(path.join(home, 'languages', name), text);

test('without a folder the languages that were built in serve', () => {
  const run = chaski(['parse', 'money'], 'dos mil soles al mes\n');
  assert.equal(run.stdout, '2000/month\t0.95\n', run.stderr);
});

test('a language is added by a file', () => {
  fs.cpSync(path.join(top, 'config/languages'), path.join(home, 'languages'), { recursive: true });
  assert.match(chaski(['parse', 'yesno', '--lang', 'de']).stderr, /--lang is "de": there is .*es/);
  write('de.yaml', german);
  assert.equal(chaski(['parse', 'yesno', '--lang', 'de'], 'Jawohl\nnein\nclaro que si\n').stdout,
    'yes\t0.95\nno\t0.95\nyes\t0.93\n');
  assert.equal(chaski(['parse', 'yesno'], 'Jawohl\n').stdout, '?\n');
  assert.equal(chaski(['parse', 'money', '--lang', 'de'], 'zwei tausend soles al mes\n').stdout, '2000/month\t0.95\n');
});

test('a fault has its place, and stops what would be served', () => {
  write('de.yaml', german.replace('yes, 0.95', 'ja, 0.95'));
  const place = `${home}/languages/de.yaml:8:23: 'ja' is no value of yesno: it must be one of: yes no maybe`;
  for (const command of [['check', '--no-environment'], ['parse', 'yesno'], ['chat', '--channel', 'sms']]) {
    const run = chaski(command, 'hola\n');
    assert.ok(run.stderr.includes(place), run.stderr);
    assert.equal(run.status, 78);
  }
  fs.rmSync(path.join(home, 'languages', 'de.yaml'));
  assert.equal(chaski(['check', '--no-environment']).status, 0);
});
