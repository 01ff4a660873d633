// BAJA while a broadcast is under way: from the moment that it is acknowledged nothing but its confirmation is sent to
// her, her row of the ledger says why, and the sums stay exact, whether her notice was fed to the outbox or not yet.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Api, agree, anyHour, numberOf, smsChannels } from './lib/broadcasts.mjs';
import { Chaski, Redis, binary, secrets, top, until } from './lib/daemon.mjs';
import { FakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone } from './lib/phones.mjs';
import { accountSid } from './lib/webhooks.mjs';

const people = Array.from({ length: 150 }, (_, n) => numberOf(1000 + n));
let redis, chaski, twilio, api;

const callsTo = (number, from = 0) => twilio.calls.slice(from).filter((call) => call.params.To === number);

// A slow channel, of which replies are sent apart from the webhook's answer (`rate` a second; undefined: at once).
function channelsAt(rate) {
  const { sms } = smsChannels(twilio, rate);
  return { sms: { ...sms, reply: 'async' } };
}

async function restart(rate) {
  await chaski.stop();
  chaski.settings.channels = channelsAt(rate);
  await chaski.start();
}

// Whose notices wait in the outbox, by number.
async function fed() {
  const entries = await Promise.all((await redis.keys('ck:{s*}:bulk'))
    .map((key) => redis.command('XRANGE', key, '-', '+')));
  return people.filter((number) => entries.some((list) => JSON.stringify(list).includes(number)));
}

before(async () => {
  redis = await new Redis().start();
  twilio = await new FakeTwilio({ sid: accountSid, authToken: secrets.authToken }).start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, ...anyHour, channels: channelsAt() }).start();
  api = new Api(chaski, spawnSync(binary, ['user', 'add', 'ana', '--role', 'sender', '-c', chaski.config, '--server',
    chaski.url], { cwd: top, encoding: 'utf8' }).stdout.trim());
  await agree(chaski, people);
  await twilio.waitForCalls(people.length * 6, 60000);
});

after(async () => {
  await chaski?.remove();
  await redis?.remove();
  await twilio?.close();
});

test('who leaves meanwhile gets her confirmation and no notice, and the ledger says why', async () => {
  await restart('0.5');
  const from = twilio.calls.length, id = await api.send({ numbers: people });
  await twilio.waitForCalls(from + 1, 30000);
  const waiting = await until('some are fed, and some not yet', async () => {
    const inOutbox = await fed(), not = people.filter((number) => !inOutbox.includes(number) &&
      !callsTo(number, from).length);
    return inOutbox.length > 20 && not.length > 20 && { inOutbox, not };
  });
  const leaving = [...waiting.inOutbox.slice(-3), ...waiting.not.slice(-3)];
  for (const number of leaving) await new TwilioPhone(chaski, number).say('baja');
  const before = await api.audit(id);
  assert.equal(before.length, people.length);
  await restart();
  const shown = await api.reaches(id, 'done', 60000);
  await until('each has her confirmation', () => leaving.every((number) => callsTo(number, from).length === 1));
  const rows = Object.fromEntries((await api.audit(id)).map((row) => [row.number, row]));
  for (const number of leaving) {
    const [call] = callsTo(number, from);
    assert.match(call.params.Body, /ALTA/, 'the confirmation, which tells how to come back');
    assert.equal(rows[number].reason, 'opted out');
    assert.match(rows[number].state, /^(dropped|excluded)$/);
  }
  const gone = leaving.map((number) => rows[number].state);
  assert.ok(gone.includes('dropped') && gone.includes('excluded'), `of both kinds: ${gone}`);
  assert.deepEqual([shown.sent, shown.dropped + shown.excluded, shown.queued, shown.doubt],
    [people.length - leaving.length, leaving.length, 0, 0]);
  const others = people.filter((number) => !leaving.includes(number));
  assert.ok(others.every((number) => callsTo(number, from).length === 1), 'and everybody else hers, once');
});

test('the next broadcast counts them out beforehand', async () => {
  const { excluded, recipients } = await api.good('POST', '/broadcasts/preview', { texts: { es: 'Feria' },
    channels: ['sms'], numbers: people });
  assert.deepEqual([excluded, recipients], [[{ reason: 'opted_out', people: 6 }], people.length - 6]);
});
