// `chaski replay`: what was recorded is the same again; a changed flow, an unreadable entry and a Redis that is not
// there are told; and a scenario written down from a journal is played by `chaski flow test`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, tempDir, top } from './lib/daemon.mjs';
import { TwilioPhone, UssdPhone, WhatsAppPhone } from './lib/phones.mjs';

const number = '+51987400001';
const said = ['hola', '1', 'vendo jugos en el mercado, mi celular es 912 345 678', '1', '2 años', '3000 al mes', '1',
  '20 al día', '1', '2'];
let redis, chaski, dir;

function replay(words, { input, config = chaski.config } = {}) {
  const run = spawnSync(binary, ['replay', '-c', config, ...words], { cwd: top, input, encoding: 'utf8' });
  assert.equal(run.signal, null);
  assert.doesNotMatch(run.stderr + (words.includes(number) ? run.stdout : ''), /987400001/);
  return run;
}

const play = (file) => spawnSync(binary, ['flow', 'test', '--flow', 'config/flows/diagnostico.yaml', file],
  { cwd: top, encoding: 'utf8' });
const entries = (phone = number) => {
  const run = replay(['--entries', '--contact', phone]);
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trimEnd().split('\n');
};

// A configuration like the daemon's, with other flows.
function configWith(name, change) {
  const folder = path.join(dir, name);
  fs.mkdirSync(folder);
  fs.cpSync(path.join(top, 'config/flows'), folder, { recursive: true });
  const flow = fs.readFileSync(path.join(top, 'config/flows/diagnostico.yaml'), 'utf8');
  const changed = change(flow);
  assert.notEqual(changed, flow);
  fs.writeFileSync(path.join(folder, 'diagnostico.yaml'), changed);
  const file = path.join(dir, `${name}.yaml`);
  fs.writeFileSync(file, fs.readFileSync(chaski.config, 'utf8').replace(/^flows: .*$/m, `flows: "${folder}"`),
    { mode: 0o600 });
  return file;
}

before(async () => {
  dir = tempDir('replay');
  redis = await new Redis().start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` } }).start();
  const phone = new TwilioPhone(chaski, number);
  for (const words of said) await phone.say(words);
  const owner = new WhatsAppPhone(chaski, number);
  await owner.say('hola');
  const { w } = JSON.parse(entries().at(-1));
  const options = w.flatMap((message) => message.b ?? []);
  if (options.length) await owner.pick(options[0][0], options[0][1]);
  const ussd = new UssdPhone(chaski, number);
  await ussd.dial();
  await ussd.say('lima');
  for (const words of ['2', 'menu', '1', 'hola', '3', 'ayuda']) await phone.say(words);
});

after(async () => {
  await chaski.remove();
  await redis.remove();
});

test('a conversation over three channels is the same again, from Redis, from a file and with the engine', async () => {
  const kept = entries();
  assert.ok(kept.length > 18);
  assert.ok(kept.some((entry) => JSON.parse(entry).a), 'the engine advised');
  for (const words of [['--contact', number], ['--contact', '987 400 001'], ['--engine', '--contact', number]]) {
    const run = replay(words);
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.equal(run.stdout, `${kept.length} turns, each the same\n`);
  }
  const run = replay(['-', '--json'], { input: `${kept.join('\n')}\n` });
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(JSON.parse(run.stdout), { same: true, entries: kept.length, same_turns: kept.length,
    unknown_turns: 0, old_entries: 0, difference: null });
});

test('the journal holds the number of nobody, and no state but each sixteenth', async () => {
  const kept = entries();
  for (const [i, entry] of kept.entries()) {
    assert.doesNotMatch(entry, /987400001|María/);
    assert.equal(JSON.parse(entry).b !== undefined, i > 0 && i % 16 === 0);
  }
  const run = replay(['-'], { input: kept.slice(14).join('\n') });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stdout, `${kept.length - 16} turns, each the same\n`);
  assert.match(run.stderr, /2 turns could not be computed/);
});

test('a changed text is the first difference, with the flow that differs', () => {
  const config = configWith('words', (flow) => flow.replaceAll('tienes tu negocio? Por ejemplo',
    'abriste tu negocio? Por ejemplo'));
  const run = replay(['--contact', number], { config });
  assert.equal(run.status, 65, run.stderr);
  assert.match(run.stdout, /^turn 4, 20..-..-..T.*Z, on sms, says something else:\n {2}person {4}1\n/);
  assert.match(run.stdout, /\n {2}expected {2}¿Hace cuanto tienes tu negocio\?.*\n {2}got {7}¿Hace cuanto abriste tu/);
  assert.match(run.stdout, /\n {2}flow {6}recorded with diagnostico \S+ \(\w{16}\), computed with diagnostico \S+ \(/);
  const found = JSON.parse(replay(['--json', '--contact', number], { config }).stdout);
  assert.equal(found.same, false);
  assert.equal(found.same_turns, 3);
  assert.equal(found.difference.turn, 4);
  assert.equal(found.difference.in, '1');
  assert.match(found.difference.got.text, /abriste/);
  assert.notEqual(found.difference.flow.recorded, found.difference.flow.now);
});

test('a changed comment changes nothing', () => {
  const run = replay(['--contact', number], { config: configWith('comment', (flow) => `# a comment\n${flow}`) });
  assert.equal(run.status, 0, run.stdout + run.stderr);
});

test('a scenario of it passes `flow test`, without the number, and fails where the words are others', () => {
  const file = path.join(dir, 'repro.yaml');
  const run = replay(['--contact', number, '--repro', file]);
  assert.equal(run.status, 0, run.stderr);
  const scenario = fs.readFileSync(file, 'utf8');
  assert.match(scenario, /- say: "vendo jugos en el mercado, mi celular es 987654321"\n/);
  assert.match(scenario, /- do: dial\n {8}channel: ussd\n/);
  assert.doesNotMatch(scenario, /987400001|912 ?345/);
  const played = play(file);
  assert.equal(played.status, 0, played.stdout + played.stderr);
  fs.writeFileSync(file, scenario.replace('¿Hace cuanto', '¿Desde cuando'));
  assert.notEqual(play(file).status, 0);
});

test('a scenario from the middle begins with the state of then', async () => {
  const file = path.join(dir, 'middle.yaml');
  const run = replay(['-', '--repro', file], { input: entries().slice(14).join('\n') });
  assert.equal(run.status, 0, run.stderr);
  assert.match(fs.readFileSync(file, 'utf8'), /\n {4}state: "[A-Za-z0-9+/=]+"\n/);
  const played = play(file);
  assert.equal(played.status, 0, played.stdout + played.stderr);
});

test('what is no entry, and what is an older one, is told', async () => {
  const old = '{"at":1795435200000,"channel":"sms","kind":0,"text":"hola","flow":"d","advice":[],"said":["x"]}';
  const [first] = entries();
  const rows = [
    ['', 65, /nothing could be replayed/],
    ['{"j":3', 65, /entry 1 is no journal entry/],
    [`${first}\nhola`, 65, /entry 2 is no journal entry/],
    [old, 65, /1 entries are of another format/],
    [`${old}\n${first}`, 0, /1 entries are of another format/],
    [first.replace('"j":3', '"j":4'), 65, /1 entries are of another format/],
  ];
  for (const [input, status, why] of rows) {
    const run = replay(['-'], { input });
    assert.equal(run.status, status, input + run.stderr);
    assert.match(run.stderr, why);
  }
});

test('words that make no sense are a usage error, and name no number', () => {
  for (const words of [[], ['-', '--contact', number], ['--contact', '+51'], ['--contact', '']]) {
    const run = replay(words, { input: '' });
    assert.equal(run.status, 64, words.join(' '));
    assert.match(run.stderr, /^chaski replay: /);
  }
});

test('a contact without a journal, and a file that is not there, are 65', () => {
  const run = replay(['--contact', '+51987400099']);
  assert.equal(run.status, 65);
  assert.match(run.stderr, /there is no journal of this contact/);
  assert.equal(replay([path.join(dir, 'none')]).status, 65);
});

test('a Redis that is not there is 69 with the remedy; the embedded one answers while its daemon runs', async () => {
  const embedded = new Chaski({ redis: { url: 'embedded' } });
  await embedded.start();
  await new TwilioPhone(embedded, number).say('hola');
  const run = replay(['--contact', number], { config: embedded.config });
  assert.equal(run.stdout, '1 turns, each the same\n', run.stderr);
  await embedded.stop();
  const ended = replay(['--contact', number], { config: embedded.config });
  assert.equal(ended.status, 69);
  assert.match(ended.stderr, /no daemon runs on state_dir .*: start `chaski serve` first, or give redis.url/);
  await embedded.remove();
  const config = path.join(dir, 'gone.yaml');
  const settings = fs.readFileSync(chaski.config, 'utf8');
  for (const url of ['redis://:secret-word@127.0.0.1:9', `unix:${dir}/none.sock`]) {
    fs.writeFileSync(config, settings.replace(/^ {2}url: .*$/m, `  url: "${url}"`), { mode: 0o600 });
    const gone = replay(['--contact', number], { config });
    assert.equal(gone.status, 69);
    assert.match(gone.stderr, /Redis cannot be reached/);
    assert.doesNotMatch(gone.stderr, /secret-word/);
  }
});


test('it greets with password and database, by TCP', async () => {
  const kept = entries();
  const other = await new Redis().start();
  const held = net.createServer().listen(0, '127.0.0.1');
  await once(held, 'listening');
  const { port } = held.address();
  held.close();
  await once(held, 'close');
  const [key] = await redis.keys(`ck:*:turns:${number}`);
  for (const entry of kept) await other.command('RPUSH', key, `1 ${entry}`);
  assert.equal(await other.command('MOVE', key, 3), 1);
  assert.equal(await other.command('CONFIG', 'SET', 'port', port), 'OK');
  assert.equal(await other.command('CONFIG', 'SET', 'requirepass', 'secret-word'), 'OK');
  const settings = fs.readFileSync(chaski.config, 'utf8');
  const config = path.join(dir, 'tcp.yaml');
  for (const [password, status] of [['secret-word', 0], ['wrong-word', 69]]) {
    const url = `redis://:${password}@127.0.0.1:${port}/3`;
    fs.writeFileSync(config, settings.replace(/^ {2}url: .*$/m, `  url: "${url}"`), { mode: 0o600 });
    const run = replay(['--contact', number], { config });
    assert.equal(run.status, status, run.stderr);
    assert.doesNotMatch(run.stderr, /-word/);
    if (status) assert.match(run.stderr, /Redis refused a command \(WRONGPASS\)/);
  }
  await other.remove();
});
