// SIGHUP and languages: another set of them, other translations, other words; and files with a fault, with which all
// stays as it was.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, tempDir, top, until } from './lib/daemon.mjs';
import { metric } from './lib/outage.mjs';
import { TwilioPhone } from './lib/phones.mjs';
import { isAlive, workersOf } from './lib/workers.mjs';

let dir;
let chaski;
let people = 0;

before(async () => {
  dir = tempDir();
  for (const folder of ['flows', 'languages'])
    fs.cpSync(path.join(top, 'config', folder), path.join(dir, folder), { recursive: true });
  chaski = await new Chaski({ flows: path.join(dir, 'flows'), workers: 1, languages: ['es'] }).start();
});
after(async () => {
  await chaski?.remove();
  fs.rmSync(dir, { recursive: true, force: true });
});

const phone = () => new TwilioPhone(chaski, `+5198761${String(people++).padStart(4, '0')}`);
const said = async (owner, text) => (await owner.say(text)).join('\n');

function change(file, from, to) {
  const name = path.isAbsolute(file) ? file : path.join(dir, file);
  const text = fs.readFileSync(name, 'utf8');
  assert.ok(text.includes(from), `${file} has no ${from}`);
  fs.writeFileSync(name, text.replace(from, to));
}

const workers = () => workersOf(chaski.child.pid).sort();

// Hangs up, and waits until the master says what became of it; gives what was logged.
async function reload(words) {
  const from = chaski.log.length;
  chaski.child.kill('SIGHUP');
  await until(words, () => chaski.log.slice(from).includes(words), 40000);
  return chaski.log.slice(from);
}

// The workers that served before are gone then, so that whoever answers has the new configuration.
async function served() {
  const old = workers();
  await reload('the new configuration is served');
  await until('the old workers go', () => !old.some(isAlive), 30000);
  assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 1);
}

async function refused(place) {
  const same = workers();
  assert.match(await reload('the new configuration is not served'), place);
  assert.deepEqual(workers(), same);
  assert.equal(await metric(chaski, 'chaski_config_last_reload_successful'), 0);
}

test('another language is spoken after SIGHUP, and words of it understood; who is under way goes on', async () => {
  const early = phone();
  assert.match(await said(early, 'hola'), /orientacion gratis/);
  assert.doesNotMatch(await said(early, 'sipirili'), /A qué se dedica/);
  change(chaski.config, 'languages: ["es"]', 'languages: ["es", "en"]');
  change('languages/es.yaml', '  yesno:\n', '  yesno:\n    - ["^ sipirili", yes, 0.95]\n');
  await served();
  assert.match(await said(early, 'sipirili'), /A qué se dedica/);
  const late = phone();
  assert.match(await said(late, 'hola'), /2 English/);
  assert.match(await said(late, '2'), /free guidance/);
});

test('a translation that changed is spoken after SIGHUP', async () => {
  change('flows/en/diagnostico.yaml', 'free guidance', 'guidance for free');
  await served();
  const owner = phone();
  await said(owner, 'hola');
  assert.match(await said(owner, 'english'), /guidance for free/);
});

test('with a fault in a language or a translation the old ones serve on', async () => {
  const owner = phone();
  await said(owner, 'hola');
  change('languages/en.yaml', 'phrases:', 'phrasez: {}\nphrases:');
  change('flows/en/diagnostico.yaml', 'guidance for free', 'guidance at no cost');
  await refused(/msg="a fault in the new configuration" at=\S*languages\/en\.yaml:\d+:\d+ why=".*phrasez/);
  assert.match(await said(owner, 'english'), /guidance for free/);
  change('languages/en.yaml', 'phrasez: {}\n', '');
  change('flows/en/diagnostico.yaml', 'texts:\n', 'texts:\n  nowhere.ask: What?\n');
  await refused(/at=\S*flows\/en\/diagnostico\.yaml:\d+:3 why="flow diagnostico has no text 'nowhere\.ask'/);
  change('flows/en/diagnostico.yaml', '  nowhere.ask: What?\n', '');
  change('languages/es.yaml', 'also: [qu, quz, ay]', 'also: [qu, quz, xx]');
  await refused(/at=\S*languages\/es\.yaml:\d+:\d+ why="there is no other language 'xx'/);
  change('languages/es.yaml', 'also: [qu, quz, xx]', 'also: [qu, quz]');
  await served();
  const next = phone();
  await said(next, 'hola');
  assert.match(await said(next, 'english'), /guidance at no cost/);
});

test('who has chosen a language that SIGHUP switches off is spoken to in the first', async () => {
  const owner = phone();
  await said(owner, 'hola');
  await said(owner, 'english');
  change(chaski.config, 'languages: ["es", "en"]', 'languages: ["es"]');
  await served();
  assert.match(await said(owner, '1'), /A qué se dedica/);
});
