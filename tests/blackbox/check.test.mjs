// `chaski check` from outside: every fault at its place and with its remedy, exit 0 or 78, no secret ever shown, and
// what it says about the machine around: state_dir, redis-server, a real Redis with good and bad settings.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Redis, binary, tempDir, top } from './lib/daemon.mjs';

const canary = 'CANARY-7f3a9c';
const good = `channels:
  sms: {provider: twilio, account_sid: AC00000000000000000000000000000001, auth_token: ${canary}, from: "+5117654321"}
  ussd: {provider: africastalking_ussd, service_code: "*384*1#", hook_secret: ${canary}}
`;
let dir;

before(() => {
  dir = tempDir();
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

// Writes `text` as a configuration with a state_dir of its own and checks it; gives status, stdout, stderr and the
// file's path.
function check(text, { options = ['--no-environment'], env = {}, stateDir = path.join(dir, 'var') } = {}) {
  const file = path.join(dir, 'chaski.yaml');
  fs.writeFileSync(file, text.includes('state_dir:') ? text : `${text}state_dir: ${stateDir}\n`);
  const run = spawnSync(binary, ['check', ...options, '-c', file],
    { cwd: top, encoding: 'utf8', env: { PATH: process.env.PATH, ...env }, timeout: 20000 });
  for (const output of [run.stdout, run.stderr]) assert.ok(!output.includes(canary), `a secret was shown: ${output}`);
  return { ...run, file };
}

function refused(run, place, words) {
  assert.equal(run.status, 78, run.stdout + run.stderr);
  assert.equal(run.stdout, '');
  const line = run.stderr.split('\n').find((fault) => fault.includes(words));
  assert.ok(line, `nothing says "${words}" in:\n${run.stderr}`);
  assert.ok(line.startsWith(`${run.file}:${place}: `), `${line}\nis not at ${place}`);
}

function accepted(run) {
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.equal(run.stderr, '');
  assert.match(run.stdout, /^\S+chaski\.yaml: good: 2 channels \(sms, ussd\), flows config\/flows, /);
}

test('a good configuration exits 0 and says so', () => accepted(check(good)));

test('each broken configuration exits 78, with the place and the remedy', async (t) => {
  const rows = [
    ['lisen: 127.0.0.1:8080\n', '1:1', 'did you mean "listen"?'],
    ['publc_url: http://h\n', '1:1', 'did you mean "public_url"?'],
    ['listen: localhost:8080\n', '1:9', 'listen is localhost:8080: it must be IP:PORT'],
    ['listen: 0.0.0.0:8080\n', '1:9', 'set allow_direct: true'],
    ['public_url: https://h/\n', '1:13', 'not even a slash'],
    ['workers: 0\n', '1:10', 'workers is 0: it must be auto or a whole number from 1 to 64'],
    ['workers: 65\n', '1:10', 'workers is 65: it must be auto or a whole number from 1 to 64'],
    ['allow_direct: yes\n', '1:15', 'it must be true or false'],
    ['trusted_proxies: [10.0.0.1/8]\n', '1:19', 'without bits set behind its prefix'],
    ['log: loud\n', '1:6', 'it must be debug, info, warning or error'],
    ['redis:\n  ulr: embedded\n', '2:3', 'did you mean "url"?'],
    ['redis: {url: "cluster://a:1,b:2"}\n', '1:14', 'not in this version'],
    ['redis: {url: "localhost:6379"}\n', '1:14', 'write embedded, unix:/path or redis://HOST:PORT/DATABASE'],
    ['flows: "nowhere\\n"\n', '1:8', 'it must be a path'],
    ['log: info\nlog: info\n', '2:1', 'the key "log" is here again (first in line 1)'],
    ['log: &a info\n', '1:6', 'anchors (&name) are not taken here'],
    ['models: [a\n', '1:9', 'put ] at its end'],
  ];
  for (const [text, place, words] of rows)
    await t.test(JSON.stringify(text), () => refused(check(text + good), place, words));
});

test('each broken channel exits 78, with the place and the remedy', async (t) => {
  // ^ stands before the place of the fault and is not written; without one it is the channel's name.
  const rows = [
    ['{provider: ^twillio}', 'did you mean "twilio"?'],
    ['{provider: ^kannel, send_url: x}', 'provider kannel is not in this version; it has twilio, whatsapp_cloud'],
    [`{provider: twilio, account_sid: x, ^auth_tokn: ${canary}, from: x}`, 'did you mean "auth_token"?'],
    ['{provider: twilio, account_sid: x, from: x}', 'set CHASKI_A_AUTH_TOKEN in the environment'],
    [`{provider: twilio, account_sid: x, auth_token: ${canary}}`, 'write it or messaging_service_sid'],
    [`{provider: africastalking_ussd, service_code: "*1#", hook_secret: ${canary}, rate: ^0}`,
      'rate is 0: it must be from 0.1 to 1000 messages/s'],
    ['{provider: africastalking_ussd, service_code: ^*1#, hook_secret: x}', 'put the value in quotes'],
    [`{provider: africastalking_ussd, service_code: "*1#", hook_secret: ^"${canary}\\n\\e"}`, 'control characters'],
    [`{provider: africastalking_ussd, service_code: "*1#", hook_secret: ${canary}, hook_secret_file: ^x}`, 'keep one'],
    ['{provider: africastalking_ussd, service_code: "*1#", hook_secret_file: ^/nowhere/x}', 'does not exist'],
  ];
  for (const [settings, words] of rows) {
    const line = `  a: ${settings}`;
    await t.test(settings, () =>
      refused(check(`channels:\n${line.replace('^', '')}\n`), `2:${(line.indexOf('^') + 1) || 3}`, words));
  }
});

test('all faults come out of one run, in the order of the file', () => {
  const run = check(
    'workers: none\nallow_direct: 1\nlog: x\nchannels:\n  a: {provider: simulator, colour: red}\n  b: {}\n');
  assert.equal(run.status, 78);
  assert.deepEqual(run.stderr.trimEnd().split('\n')
    .map((line) => Number(line.slice(run.file.length + 1).split(':')[0])),
    [1, 2, 3, 5, 6]);
});

test('a file that is not there is told with what to do', () => {
  const run = spawnSync(binary, ['check', '-c', path.join(dir, 'nowhere.yaml')], { cwd: top, encoding: 'utf8' });
  assert.equal(run.status, 78);
  assert.match(run.stderr, /nowhere\.yaml: the configuration cannot be read .*-c FILE/);
});

test('CHASKI_CONFIG names the configuration, an option goes before it, an unknown option is usage', () => {
  const file = path.join(dir, 'named.yaml');
  fs.writeFileSync(file, 'lisen: x\n');
  const named = spawnSync(binary, ['check'],
    { cwd: top, encoding: 'utf8', env: { ...process.env, CHASKI_CONFIG: file } });
  assert.equal(named.status, 78);
  assert.ok(named.stderr.startsWith(`${file}:1:1: `), named.stderr);
  accepted(check(good, { env: { CHASKI_CONFIG: file } }));
  const usage = spawnSync(binary, ['check', '--no-enviroment'], { cwd: top, encoding: 'utf8' });
  assert.equal(usage.status, 64);
  assert.match(usage.stderr, /--no-environment/);
});

test('the sample is a good configuration, and --help tells of all options', () => {
  const sample = spawnSync(binary, ['check', '--sample'], { cwd: top, encoding: 'utf8' });
  assert.equal(sample.status, 0);
  const run = check(sample.stdout);
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /good: 5 channels/);
  const help = spawnSync(binary, ['check', '--help'], { cwd: top, encoding: 'utf8' });
  assert.equal(help.status, 0);
  for (const option of ['--config', '--no-environment', '--sample']) assert.ok(help.stdout.includes(option));
});

test('secrets come from the environment and from files of mode 600 only', () => {
  const secret = path.join(dir, 'secret');
  const text = `channels:
  sms:
    provider: twilio
    account_sid: AC00000000000000000000000000000001
    auth_token_file: ${secret}
    from: "+5117654321"
  ussd: {provider: africastalking_ussd, service_code: "*384*1#"}
`;
  const env = { CHASKI_USSD_HOOK_SECRET: canary };
  fs.writeFileSync(secret, `${canary}\n`, { mode: 0o600 });
  accepted(check(text, { env }));
  fs.chmodSync(secret, 0o640);
  refused(check(text, { env }), `5:${text.split('\n')[4].indexOf(secret) + 1}`, 'chmod 600');
  refused(check(text, { env: {} }), '7:3', 'set CHASKI_USSD_HOOK_SECRET');
});

test('missing secrets of state_dir/secrets are made once, and never with --no-environment', () => {
  const stateDir = path.join(dir, 'fresh');
  const file = path.join(stateDir, 'secrets/ussd');
  const text = `channels:
  sms: {provider: twilio, account_sid: AC00000000000000000000000000000001, auth_token: ${canary}, from: "+5117654321"}
  ussd: {provider: africastalking_ussd, service_code: "*384*1#", hook_secret_file: ${file}}
`;
  accepted(check(text, { stateDir }));
  assert.ok(!fs.existsSync(stateDir));
  accepted(check(text, { stateDir, options: [] }));
  const made = fs.readFileSync(file, 'utf8');
  assert.match(made, /^[0-9a-f]{64}\n$/);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  accepted(check(text, { stateDir, options: [] }));
  assert.equal(fs.readFileSync(file, 'utf8'), made);
});

test('flows, catalogue and models that are not there are faults, where somebody wrote them', () => {
  for (const [setting, words] of [['flows', 'must name a directory'], ['catalogue', 'give the path of a file'],
    ['models', '`chaski train` makes one']]) {
    const at = `${good.split('\n').length}:${setting.length + 3}`;
    const run = check(`${good}${setting}: ${dir}/absent\n`);
    refused(run, at, words);
    assert.equal(run.stderr.trim().split('\n').length, 1, run.stderr);
  }
});

test('a flow or a catalogue that is broken is told by its own file and line', () => {
  const flows = path.join(dir, 'flows');
  fs.mkdirSync(flows, { recursive: true });
  fs.writeFileSync(path.join(flows, 'broken.yaml'), 'flow: x\n\tversion: 1\n');
  let run = check(`${good}flows: ${flows}\n`);
  assert.equal(run.status, 78);
  assert.match(run.stderr, new RegExp(`^${path.join(flows, 'broken.yaml')}:2:\\d+: `, 'm'));
  fs.writeFileSync(path.join(flows, 'catalogue.yaml'), 'a: 1\na: 2\n');
  run = check(`${good}catalogue: ${path.join(flows, 'catalogue.yaml')}\n`);
  assert.equal(run.status, 78);
  assert.match(run.stderr, new RegExp(`^${path.join(flows, 'catalogue.yaml')}:2:1: `, 'm'));
});

test('state_dir below a file is refused', () => {
  fs.writeFileSync(path.join(dir, 'plain'), '');
  refused(check(`state_dir: ${dir}/plain/var\n${good}`, { options: [] }), '1:12', 'is not a directory');
});

test('embedded Redis wants redis-server, 7.0 or later', () => {
  const bin = path.join(dir, 'bin');
  fs.mkdirSync(bin);
  refused(check(`redis: {url: embedded}\n${good}`, { options: [], env: { PATH: bin } }), '1:14',
    'apt-get install redis-server');
  const server = path.join(bin, 'redis-server');
  fs.writeFileSync(server, '#!/bin/sh\necho "Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64"\n',
    { mode: 0o755 });
  refused(check(good, { options: [], env: { PATH: bin } }), '1:1', 'older than 7.0');
  fs.writeFileSync(server, '#!/bin/sh\necho "Redis server v=7.2.4 sha=00000000:0 malloc=libc bits=64"\n',
    { mode: 0o755 });
  accepted(check(good, { options: [], env: { PATH: bin } }));
});

test('a Redis that does not answer is a fault, and its password is not shown', () => {
  refused(check(`redis: {url: "redis://:${canary}@127.0.0.1:1/0"}\n${good}`, { options: [] }), '1:14',
    'does not answer at 127.0.0.1:1');
  refused(check(`redis: {url: "unix:${dir}/no.sock"}\n${good}`, { options: [] }), '1:14', 'does not answer at unix:');
  accepted(check(`redis: {url: "redis://:${canary}@127.0.0.1:1/0"}\n${good}`));
});

test('a Redis must keep what it is given', async (t) => {
  const redis = await new Redis().start();
  t.after(() => redis.remove());
  const url = `redis: {url: "unix:${redis.socket}"}\n`;
  const relaxed = `redis: {url: "unix:${redis.socket}", durability: relaxed}\n`;
  const set = async (name, value) => assert.equal(await redis.command('CONFIG', 'SET', name, value), 'OK');
  accepted(check(url + good, { options: [] }));

  await set('aof-load-truncated', 'yes');
  const warned = check(url + good, { options: [] });
  assert.equal(warned.status, 0);
  assert.match(warned.stderr, /yaml:1:14: warning: Redis has aof-load-truncated yes, .*set `aof-load-truncated no`/);
  await set('aof-load-truncated', 'no');

  await set('appendfsync', 'everysec');
  refused(check(url + good, { options: [] }), '1:14',
    'set `appendfsync always` in its redis.conf, or durability: relaxed');
  accepted(check(relaxed + good, { options: [] }));
  await set('appendfsync', 'no');
  refused(check(relaxed + good, { options: [] }), '1:14', 'Redis has appendfsync no');
  await set('appendfsync', 'always');

  await set('maxmemory-policy', 'allkeys-lru');
  await set('appendonly', 'no');
  const run = check(url + good, { options: [] });
  refused(run, '1:14', 'set `appendonly yes`');
  refused(run, '1:14', 'set `maxmemory-policy noeviction`');
});

// Asks the system for a port that is free now.
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

test('a Redis with a password is greeted with it', async (t) => {
  const redis = await new Redis().start();
  t.after(() => redis.remove());
  const port = await freePort();
  assert.equal(await redis.command('CONFIG', 'SET', 'port', port), 'OK');
  assert.equal(await redis.command('CONFIG', 'SET', 'requirepass', `p@${canary}`), 'OK');
  const at = (login, database) =>
    check(`redis: {url: "redis://${login}127.0.0.1:${port}/${database}"}\n${good}`, { options: [] });
  accepted(at(`:p%40${canary}@`, 3));
  accepted(at(`default:p%40${canary}@`, 0));
  refused(at('', 0), '1:14', 'it may want a password');
  refused(at(`:not-${canary}@`, 0), '1:14', 'refuses the user or password');
});
