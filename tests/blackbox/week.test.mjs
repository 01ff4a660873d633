// A training over a week: the real daemon and a real Redis, whose wall clock is set on from Monday to Monday
// (lib/shifted_clock.c). Signing up, a waiting list that moves up by itself, the reminder at a decent hour of the day
// before, the deadline, the code at the door, the certificate, the funnel; the hours are those of an untouched
// configuration, and on WhatsApp the window of 24 hours is shut by then.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Chaski, Redis, binary, channels, removeDir, secrets, tempDir, top, until } from './lib/daemon.mjs';
import { fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { committedIds } from './lib/outage.mjs';
import { TwilioPhone, newSid, smsRequest, whatsAppRequest } from './lib/phones.mjs';
import { metaMessage, metaText, send } from './lib/webhooks.mjs';

// A sanitizer has to be the first library of a process, and so has this clock.
const skip = binary.includes('asan') && 'the clock is shifted by LD_PRELOAD';
const monday = '2027-01-11', tuesday = '2027-01-12', wednesday = '2027-01-13', thursday = '2027-01-14',
  friday = '2027-01-15', saturday = '2027-01-16', nextMonday = '2027-01-18';
const [maria, pedro, rosa, luz, julia] = [1, 2, 3, 4, 5].map((i) => `+5198765000${i}`);
let dir, clock, redis, chaski, twilio, meta, ana, id, door;

// Sets the wall clock: an hour in Lima of a day.
function goTo(day, hour) {
  const shift = Buffer.alloc(8);
  shift.writeBigInt64LE(BigInt(Date.parse(`${day}T${hour}:00-05:00`) - Date.now()));
  fs.writeSync(clock, shift, 0, 8, 0);
}
const now = () => {
  const shift = Buffer.alloc(8);
  fs.readSync(clock, shift, 0, 8, 0);
  return Date.now() + Number(shift.readBigInt64LE());
};

const run = (...words) => spawnSync(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' });

async function ask(method, at, body) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { method,
    headers: { Authorization: `Bearer ${ana}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    body: body && JSON.stringify(body) });
  return response.json();
}

const bySms = (to) => twilio.calls.filter((call) => call.params.To === to).map((call) => call.params.Body);
const byWhatsApp = (to) => meta.calls.filter((call) => call.message?.to === to).map((call) => call.message);
const toldBy = (to) => [...bySms(to), ...byWhatsApp(to).map((message) => JSON.stringify(message))];
const count = (to, pattern) => toldBy(to).filter((text) => pattern.test(text)).length;
const told = (to, pattern, times = 1) => until(`${pattern} for ${to}, ${times} times\n${toldBy(to).join('\n')}`,
  () => count(to, pattern) === times);

const sms = (from, text) => new TwilioPhone(chaski, from, 'smsa').say(text);
const wa = (from, text) => send(chaski.url, whatsAppRequest(metaMessage({ from, content: metaText(text), at: now(),
  id: `wamid.${newSid()}` })));

// Nothing has come: the trainer has looked since, for it has answered who sent a wrong code.
let wrong = 0;
async function nothing(pattern) {
  await sms(julia, 'asistencia ZZZ9');
  await told(julia, /Ese c.*digo no es/, ++wrong);
  for (const who of [maria, pedro, rosa, luz]) assert.equal(count(who, pattern), 0, `${pattern} for ${who}`);
}

before(async () => {
  if (skip) return;
  dir = tempDir();
  const library = path.join(dir, 'shifted_clock.so');
  const built = spawnSync('cc', ['-std=gnu11', '-O2', '-shared', '-fPIC', '-o', library,
    path.join(top, 'tests/blackbox/lib/shifted_clock.c')], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  clock = fs.openSync(path.join(dir, 'shift'), 'w+');
  goTo(monday, '09:00');
  process.env.SHIFTED_CLOCK = path.join(dir, 'shift');
  process.env.LD_PRELOAD = library;
  redis = await new Redis().start();
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  const all = channels({ twilio: twilio.url, meta: meta.url });
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 2,
    channels: { smsa: all.smsa, ussd: all.ussd, wa: { ...all.wa, training_template: 'aviso' } } }).start();
  ana = run('user', 'add', 'ana', '--role', 'admin').stdout.trim();
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await meta?.close();
  await redis?.remove();
  if (clock) fs.closeSync(clock);
  if (dir) removeDir(dir);
});

test('Monday: two get seats and two wait', { skip }, async () => {
  const made = await ask('POST', '/trainings', { code: 'CAJA', title: 'Caja y precios', starts_at: `${friday}T15:00`,
    deadline_at: `${thursday}T18:00`, place: 'Municipalidad', seats: 2,
    texts: { certificate: 'Constancia: {{title}}. Número {{proof}}.' } });
  assert.equal(made.state, 'open', JSON.stringify(made));
  ({ id, door } = made);
  const agrees = ['hola', '1', 'menu', 'avisos', '1', '1', '1'];
  for (const words of agrees) {
    for (const who of [maria, rosa, luz, julia]) await sms(who, words);
    await wa(pedro, words);
  }
  await sms(maria, 'me apunto caja');
  await told(maria, /Tienes lugar: Caja y precios, viernes 15\/1, 15:00, Municipalidad/);
  await wa(pedro, 'me apunto caja');
  await told(pedro, /Tienes lugar/);
  await sms(rosa, 'me apunto caja');
  await told(rosa, /lista de espera, n.*mero 1\./);
  await sms(luz, 'me apunto caja');
  await told(luz, /lista de espera, n.*mero 2\./);
});

// A message to each channel whose provider may come again for a week; the two workers take the copies as they come.
const [inti, killa] = ['+51987650008', '+51987650009'];
const copies = [];
async function comesFourTimes() {
  for (const request of copies)
    for (let i = 0; i < 4; i++) assert.equal((await send(chaski.url, request)).status, 200);
}

test('Monday: messages come four times', { skip }, async () => {
  copies.push(smsRequest('smsa', { from: inti, text: 'hola', sid: newSid() }), whatsAppRequest(metaMessage({
    from: killa, content: metaText('hola'), at: now(), id: `wamid.${newSid()}` })));
  await comesFourTimes();
  for (const who of [inti, killa]) await told(who, /Chaski/);
});

test('Tuesday: who leaves makes room for the first who waits', { skip }, async () => {
  goTo(tuesday, '10:00');
  await sms(maria, 'no voy');
  await told(maria, /Listo, ya no est/);
  await told(rosa, /Se liber.* un lugar y es tuyo/);
  assert.equal(count(luz, /Se liber/), 0);
});

test('nobody is reminded on Wednesday night or early on Thursday; at ten who has a seat is', { skip }, async () => {
  for (const [day, hour] of [[wednesday, '22:00'], [thursday, '06:00'], [thursday, '09:55']]) {
    goTo(day, hour);
    await nothing(/Recuerda/);
  }
  goTo(thursday, '10:01');
  await told(rosa, /Recuerda: Caja y precios/);
  await told(pedro, /"template":\{"name":"aviso".*Recuerda: Caja y precios/);
  await sms(julia, 'asistencia ZZZ9');
  await told(julia, /Ese c.*digo no es/, ++wrong);
  assert.deepEqual([maria, luz].map((who) => count(who, /Recuerda/)), [0, 0]);
});

test('after the deadline nobody signs up, and the list still moves', { skip }, async () => {
  goTo(thursday, '19:00');
  await sms(julia, 'me apunto caja');
  await told(julia, /La inscripci.*n de Caja y precios ya cerr/);
  await sms(rosa, 'no voy');
  await told(luz, /Se liber/);
});

test('Friday: the code at the door', { skip }, async () => {
  goTo(friday, '02:00');
  await sms(luz, `asistencia ${door}`);
  await told(luz, /Ese c.*digo no es/);
  goTo(friday, '14:50');
  await sms(luz, `asistencia ${door}`);
  await told(luz, /Gracias por venir/);
  await wa(pedro, `asistencia ${door}`);
  await told(pedro, /Gracias por venir/);
});

test('Saturday from ten each who came gets the certificate, by template after the window', { skip }, async () => {
  goTo(saturday, '09:55');
  await nothing(/Constancia/);
  goTo(saturday, '15:00');
  await told(luz, /Constancia: Caja y precios\. N.*mero \d+-\d+\./);
  await told(pedro, /"template":\{"name":"aviso".*Constancia/);
});

test('a week later: everything was told once, the copies too, and the funnel adds up', { skip }, async () => {
  goTo(nextMonday, '09:00');
  await sms(julia, 'asistencia ZZZ9');
  await told(julia, /Ese c.*digo no es/, ++wrong);
  await comesFourTimes();
  for (const who of [inti, killa]) {
    assert.equal((await committedIds(redis, who)).filter((its) => !its.startsWith('timer:')).length, 1);
    assert.equal(toldBy(who).length, 1);
  }
  const told1 = [[maria, /Tienes lugar/], [pedro, /Tienes lugar/], [rosa, /Se liber/], [luz, /Se liber/],
    [rosa, /Recuerda/], [pedro, /Recuerda/], [luz, /Constancia/], [pedro, /Constancia/]];
  for (const [who, pattern] of told1) assert.equal(count(who, pattern), 1, `${pattern} for ${who}`);
  assert.deepEqual([maria, rosa].map((who) => count(who, /Constancia/)), [0, 0]);
  const shown = await ask('GET', `/trainings/${id}`);
  assert.deepEqual([shown.signed, shown.seat, shown.waiting, shown.left, shown.came], [4, 0, 0, 2, 2]);
  for (const who of [maria, pedro, rosa, luz]) {
    const words = ['replay', '--contact', who, '-c', chaski.config];
    const replayed = spawnSync(binary, words, { cwd: top, encoding: 'utf8' });
    assert.equal(replayed.status, 0, replayed.stdout + replayed.stderr);
  }
  assert.deepEqual(meta.problems, []);
});
