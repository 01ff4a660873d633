// What `make install` lays down works where it lies: checked and talked with from another folder.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { tempDir, top } from './lib/daemon.mjs';

const root = tempDir('install');
const elsewhere = tempDir('elsewhere');
const program = path.join(root, 'usr/bin/chaski');
const config = path.join(root, 'etc/chaski/chaski.yaml');

// A make of its own: nothing of one that may be running these tests.
function make(...args) {
  const { MAKEFLAGS, MAKELEVEL, MFLAGS, ...env } = process.env;
  const run = spawnSync('make', ['-s', '-C', top, ...args], { env, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
}

const chaski = (args, input = '') =>
  spawnSync(program, args, { cwd: elsewhere, input, encoding: 'utf8', timeout: 60000 });

before(() => make('install', 'DESTDIR=', `PREFIX=${root}/usr`, `SYSCONFDIR=${root}/etc`));

test('the installed configuration is good, from any folder', () => {
  const run = chaski(['check', '--no-environment', '-c', config]);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, new RegExp(`good: 1 channel \\(demo\\), flows ${root}/usr/share/chaski/flows, `));
});

test('the installed program holds a conversation, from any folder', () => {
  const run = chaski(['chat', '-c', config], 'hola\n1\nvendo jugos en el mercado\n');
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /Hola, soy Chaski/);
  assert.match(run.stdout, /¿Tu (negocio|rubro)/);
});

test('a configuration that is there stays', () => {
  const mine = fs.readFileSync(config, 'utf8').replace(/^state_dir: .*/m, `state_dir: ${root}/var`);
  fs.writeFileSync(config, mine);
  make('install', 'DESTDIR=', `PREFIX=${root}/usr`, `SYSCONFDIR=${root}/etc`);
  assert.equal(fs.readFileSync(config, 'utf8'), mine);
  fs.mkdirSync(`${root}/var`);
  assert.equal(chaski(['check', '-c', config]).status, 0);
});

test('a package is made below DESTDIR, and names where it will lie', () => {
  const stage = path.join(root, 'stage');
  make('install', `DESTDIR=${stage}`, 'PREFIX=/usr');
  assert.match(fs.readFileSync(`${stage}/etc/chaski/chaski.yaml`, 'utf8'), /^flows: \/usr\/share\/chaski\/flows$/m);
  assert.ok(fs.statSync(`${stage}/usr/bin/chaski`).mode & 0o100);
});

test('make compdb writes JSON, and its commands compile', () => {
  make('compdb');
  const entries = JSON.parse(fs.readFileSync(path.join(top, 'compile_commands.json'), 'utf8'));
  const { directory, command } = entries.find(({ file }) => file === 'gateway/cmd_version.c');
  const run = spawnSync('sh', ['-c', `${command} -o ${root}/version.o`], { cwd: directory, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
});
