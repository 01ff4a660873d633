// Commands that ask the API: as the operator of the daemon's machine, or with a token from anywhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, top } from './lib/daemon.mjs';

let redis, chaski;

const run = (words, { env = {}, input } = {}) => spawnSync(binary, words,
  { cwd: top, encoding: 'utf8', input, env: { PATH: process.env.PATH, ...env } });
const here = (...words) => run([...words, '-c', chaski.config, '--server', chaski.url]);

before(async () => {
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
});

test('the first administrator is made on the machine, and then works from anywhere', () => {
  const made = here('user', 'add', 'ana', '--role', 'admin', '--label', 'laptop', '--days', '7');
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /^chk_[\w-]{43}\n$/);
  assert.match(made.stderr, /^token [0-9a-f]{12}, good until .*: it is shown this once\n$/);
  const env = { CHASKI_TOKEN: made.stdout.trim(), CHASKI_SERVER: chaski.url };
  const list = run(['user', 'list'], { env });
  assert.equal(list.status, 0, list.stderr);
  assert.match(list.stdout, /^ana\tadmin\tactive\t\d{4}-\d\d-\d\dT[\d:.]+Z\n$/);
  const luis = run(['user', 'add', 'luis', '--role', 'viewer', '--password'], { env, input: 'una clave larga\n' });
  assert.equal(luis.status, 0, luis.stderr);
  assert.equal(luis.stdout, '');
  const audit = run(['audit', '--json', '-n', '1'], { env });
  const entry = JSON.parse(audit.stdout);
  assert.equal(`${entry.who} ${entry.what} ${entry.whom}`, 'ana user.create luis');
  assert.equal(run(['user', 'revoke', 'luis'], { env }).status, 0);
  assert.match(run(['user', 'list'], { env }).stdout, /^luis\tviewer\trevoked/m);
});

test('a user gets another role and password, is revoked and taken back; a token ends alone', () => {
  const first = here('user', 'add', 'rosa', '--role', 'viewer', '--label', 'tableta').stdout.trim();
  const as = (token, ...words) => run(words, { env: { CHASKI_TOKEN: token, CHASKI_SERVER: chaski.url } });
  assert.match(here('user', 'change', 'rosa', '--role', 'editor').stdout, /^rosa\teditor\tactive\t/);
  const changed = run(['user', 'change', 'rosa', '--password', '-c', chaski.config, '--server', chaski.url],
    { input: 'otra clave larga\n' });
  assert.equal(changed.status, 0, changed.stderr);
  assert.match(changed.stdout, /^rosa\teditor\tactive\t/, 'what is not given stays');
  const second = here('user', 'token', 'rosa', '--label', 'consola').stdout.trim();
  const list = () => here('user', 'tokens', 'rosa').stdout.trim().split('\n').map((line) => line.split('\t'));
  assert.deepEqual(list().map((row) => row[1]).sort(), ['consola', 'tableta']);
  assert.equal(as(second, 'user', 'tokens', 'rosa').status, 0, 'her own');
  assert.equal(as(second, 'user', 'tokens', 'ana').status, 78, "and nobody else's");
  assert.ok(!here('user', 'tokens', 'rosa', '--json').stdout.includes('chk_'), 'no list has what they are');
  const [id] = list().find((row) => row[1] === 'tableta');
  assert.deepEqual([as(first, 'channel', 'list').status, here('user', 'revoke-token', 'rosa', id).status], [0, 0]);
  assert.deepEqual([as(first, 'channel', 'list').status, as(second, 'channel', 'list').status], [78, 0]);
  assert.equal(here('user', 'revoke-token', 'rosa', id).status, 65, 'it has gone');
  assert.equal(here('user', 'revoke', 'rosa').status, 0);
  assert.match(here('user', 'change', 'rosa', '--active').stdout, /^rosa\teditor\tactive\t/);
  assert.equal(as(second, 'channel', 'list').status, 78, 'her tokens do not come back');
  assert.equal(here('user', 'tokens', 'rosa').stdout, '', 'nor are they listed');
  assert.match(here('user', 'list', '--json').stdout, /"name":"rosa".*"has_password":false/, 'nor her password');
  assert.equal(as(here('user', 'token', 'rosa').stdout.trim(), 'channel', 'list').status, 0, 'a new one is good');
  for (const words of [['change', 'rosa'], ['change', '--role', 'viewer'], ['tokens'], ['revoke-token', 'rosa']])
    assert.equal(here('user', ...words).status, 64, words.join(' '));
  assert.equal(here('user', 'change', 'rosa', '--role', 'root').status, 65);
  assert.equal(here('user', 'change', 'nobody', '--role', 'viewer').status, 65);
});

test('lists of more than a page are whole', () => {
  const { stdout } = here('user', 'token', 'ana');
  assert.match(stdout, /^chk_/);
  const columns = here('channel', 'list').stdout.trim().split('\n').map((line) => line.split('\t'));
  assert.deepEqual(columns.map((row) => row[0]), Object.keys(chaski.settings.channels));
  const json = here('channel', 'list', '--json').stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(json[0].kind, 'sms');
});

test('what is wrong is told with its field and rule, and an exit code', () => {
  const refused = here('user', 'add', 'Ana', '--role', 'viewer');
  assert.equal(refused.status, 65);
  assert.match(refused.stderr, /^chaski user add: The name is none\. \(422\)\n {2}name must be up to 32/);
  assert.equal(here('user', 'add', 'eva').status, 64);
  assert.equal(here('user', 'revoke', 'nobody').status, 65);
  assert.equal(here('user', 'token', 'ana', '--days', 'x').status, 64);
  const stranger = run(['user', 'list'], { env: { CHASKI_TOKEN: 'chk_x', CHASKI_SERVER: chaski.url } });
  assert.equal(stranger.status, 78);
  assert.match(stranger.stderr, /not known, has expired or was revoked/);
  assert.doesNotMatch(stranger.stderr, /chk_x/);
  const nobody = run(['user', 'list', '-c', chaski.config, '--server', 'http://127.0.0.1:9']);
  assert.equal(nobody.status, 69);
  assert.match(nobody.stderr, /start it with `chaski serve`/);
});

test('an operator is whoever reads the key, and nobody else', () => {
  const key = path.join(chaski.settings.state_dir, 'secrets/person_key');
  const kept = fs.readFileSync(key);
  fs.renameSync(key, `${key}.away`);
  const without = here('user', 'list');
  assert.equal(without.status, 78);
  assert.match(without.stderr, /person_key cannot be read: run this as the daemon's user/);
  fs.writeFileSync(key, kept.toString().replace(/./, (digit) => (digit === '0' ? '1' : '0')), { mode: 0o600 });
  assert.equal(here('user', 'list').status, 78);
  fs.renameSync(`${key}.away`, key);
  assert.equal(here('user', 'list').status, 0);
});
