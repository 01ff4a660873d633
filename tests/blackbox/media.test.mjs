// What people send besides words: staff see that it came, and fetch it through the daemon, which keeps nothing of it
// and asks nobody but the provider, whatever a webhook or a provider's answer says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Chaski, Redis, binary, channels, secrets, top, until } from './lib/daemon.mjs';
import { FakeProvider, fakeMeta, fakeTwilio } from './lib/fakes.mjs';
import { TwilioPhone, WhatsAppPhone, smsRequest } from './lib/phones.mjs';
import { accountSid, hex32, next, send } from './lib/webhooks.mjs';

const large = 16 * 1024 * 1024;
const voice = Buffer.from(Array.from({ length: 70000 }, (_, i) => (i * 7 + (i >> 8)) % 256));
let redis, chaski, twilio, meta, stranger, vera, slow;

// The fakes answer from this process, so that it may not wait.
const run = (...words) => promisify(execFile)(binary, [...words, '-c', chaski.config, '--server', chaski.url],
  { cwd: top, encoding: 'utf8' }).then((good) => ({ code: 0, ...good }), (error) => error);

async function get(at, token = vera) {
  const response = await fetch(`${chaski.url}/api/v1${at}`, { headers: { Authorization: `Bearer ${token}` } });
  const bytes = Buffer.from(await response.arrayBuffer()), type = response.headers.get('content-type');
  return { status: response.status, headers: response.headers, type, bytes,
    json: /json$/.test(type) ? JSON.parse(bytes.toString()) : undefined };
}

const turns = async (number) => (await get(`/contacts/${number}/turns`)).json.items;
const mediaOf = async (number) => (await turns(number)).map((turn) => turn.media);
const fetchOf = async (number) => get(`/contacts/${number}/media/${(await mediaOf(number))[0].id}`);

// A file that Meta has, and a message about it.
async function record(number, id, file, more = {}) {
  meta.media.set(id, { type: 'audio/ogg', ...file });
  await new WhatsAppPhone(chaski, number).send({ type: 'audio',
    audio: { id, mime_type: 'audio/ogg; codecs=opus', voice: true, ...more } });
}

// A file that Twilio has, and a message about it; `url` is where the webhook says it is.
async function picture(number, file, { url, type = 'image/jpeg' } = {}) {
  const id = `MM${hex32(next())}/Media/ME${hex32(next())}`;
  twilio.media.set(id, file);
  const at = url ?? `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages/${id}`;
  const answer = await send(chaski.url, smsRequest('smsa', { from: number, text: '', NumMedia: '1', MediaUrl0: at,
    MediaContentType0: type }));
  assert.equal(answer.status, 200);
  return id;
}

before(async () => {
  redis = await new Redis(['--rdbcompression', 'no']).start(); // so that a rewritten AOF can be searched
  twilio = await fakeTwilio({ authToken: secrets.authToken });
  meta = await fakeMeta({ accessToken: secrets.accessToken });
  stranger = await new FakeProvider(() => ({ status: 200, body: { secret: 'of another machine' } })).start();
  chaski = await new Chaski({ redis: { url: `unix:${redis.socket}` }, workers: 1,
    channels: channels({ twilio: twilio.url, meta: meta.url }) }).start();
  vera = (await run('user', 'add', 'vera', '--role', 'viewer')).stdout.trim();
  // Two files whose provider is silent: everything below is answered meanwhile, and the last test sees how they end.
  await record('+51987623090', '9090', { bytes: voice, hangs: true });
  await record('+51987623091', '9091', { bytes: voice, told: { url: `${meta.origin}/files/9092` } });
  meta.media.set('9092', { hangs: true });
});

after(async () => {
  await chaski?.remove();
  await twilio?.close();
  await meta?.close();
  await stranger?.close();
  await redis?.remove();
});

test('a recording on WhatsApp is listed and handed on, byte for byte', async () => {
  const number = '+51987623001';
  await record(number, '900100', { bytes: voice });
  const [{ media, event, heard }] = await turns(number);
  assert.deepEqual([event, heard, media.kind, media.type], ['media', undefined, 'audio', 'audio/ogg; codecs=opus']);
  assert.match(media.id, /^[0-9a-f]{16}$/);
  const asked = meta.calls.length;
  const file = await fetchOf(number);
  assert.equal(file.status, 200);
  assert.ok(file.bytes.equals(voice));
  assert.equal(file.type, 'audio/ogg; codecs=opus');
  assert.equal(file.headers.get('content-disposition'), `attachment; filename="audio-${media.id}.ogg"`);
  assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(file.headers.get('cache-control'), 'no-store');
  assert.match(file.headers.get('content-security-policy'), /^sandbox/);
  const calls = meta.calls.slice(asked).filter((call) => call.method === 'GET');
  assert.deepEqual(calls.map((call) => [call.path, call.headers.authorization]), [
    ['/v25.0/900100?phone_number_id=200300400500600', `Bearer ${secrets.accessToken}`],
    ['/files/900100', `Bearer ${secrets.accessToken}`]]);
});

test('a picture from Twilio is fetched with the password, and next door without it', async () => {
  const number = '+51987623002';
  const id = await picture(number, { bytes: voice, type: 'image/jpeg' });
  assert.deepEqual((await mediaOf(number)).map(({ kind, type }) => [kind, type]), [['image', 'image/jpeg']]);
  const asked = twilio.calls.length;
  const file = await fetchOf(number);
  assert.equal(file.status, 200);
  assert.ok(file.bytes.equals(voice));
  assert.equal(file.type, 'image/jpeg');
  const calls = twilio.calls.slice(asked).filter((call) => call.method === 'GET');
  assert.deepEqual(calls.map((call) => [call.path.endsWith(id), Boolean(call.headers.authorization)]),
    [[true, true], [true, false]]);
  await picture(number, { bytes: voice, direct: true });
  assert.ok((await fetchOf(number)).bytes.equals(voice));
});

test('a look is in the audit log, without the number', async () => {
  const { stdout } = await run('audit', '--json');
  const looks = stdout.split('\n').filter((line) => line.includes('"contact.media"')).map((line) => JSON.parse(line));
  assert.ok(looks.length >= 3);
  assert.ok(looks.every((look) => look.who === 'vera' && look.from === '127.0.0.1'));
  assert.ok(!JSON.stringify(looks).includes('98762300'));
});

test('the command lists and saves, and the ticket shows what came', async () => {
  const number = '+51987623003', phone = new WhatsAppPhone(chaski, number);
  await phone.say('hola');
  for (const id of ['903001', '903002', '903003']) await record(number, id, { bytes: voice });
  const type = 'application/pdf', bytes = Buffer.from('%PDF');
  meta.media.set('903004', { bytes, type });
  await phone.send({ type: 'document', document: { id: '903004', mime_type: type, filename: 'menú 1.pdf' } });
  const { stdout } = await run('contact', 'media', number);
  const listed = stdout.replace(/\n$/, '').split('\n').map((line) => line.split('\t'));
  assert.deepEqual(listed.map(([, channel, , kind, mime, name]) => [channel, kind, mime, name]), [
    ['wa', 'document', type, 'menú 1.pdf'],
    ...Array(3).fill(['wa', 'audio', 'audio/ogg; codecs=opus', ''])]);
  const [newest] = (await run('contact', 'media', number, '--json')).stdout.split('\n');
  assert.equal(JSON.parse(newest).media.kind, 'document');
  const ticket = (await get('/tickets')).json.items.find((one) => one.number === number);
  const shown = (await run('ticket', 'show', ticket.id)).stdout;
  assert.equal(shown.match(/^\t\t\+\t[0-9a-f]{16}\taudio\taudio\/ogg; codecs=opus\t$/gm).length, 3);
  const out = path.join(chaski.dir, 'nota.ogg');
  const saved = await run('contact', 'media', number, listed[1][2], '--out', out);
  assert.equal(saved.code, 0, saved.stderr);
  assert.ok(fs.readFileSync(out).equals(voice));
  assert.equal(fs.statSync(out).mode & 0o777, 0o600);
  const again = await run('contact', 'media', number, listed[1][2], '--out', out);
  assert.equal(again.code, 65);
  assert.match(again.stderr, /cannot be written/);
  const pdf = await get(`/contacts/${number}/media/${listed[0][2]}`);
  assert.match(pdf.headers.get('content-disposition'),
    /filename="men__ 1\.pdf"; filename\*=UTF-8''men%C3%BA%201\.pdf$/);
  const none = await run('contact', 'media', number, '0123456789abcdef', '--out', `${out}.2`);
  assert.equal(none.code, 65);
  assert.ok(!fs.existsSync(`${out}.2`));
  for (const words of [[], [number, listed[1][2]], [number, '--out', out]])
    assert.equal((await run('contact', 'media', ...words)).code, 64);
});

test('what a browser would run goes out as bytes', async () => {
  const number = '+51987623004';
  await picture(number, { bytes: Buffer.from('<script>'), type: 'text/html' }, { type: 'text/html' });
  const file = await fetchOf(number);
  assert.equal(file.type, 'application/octet-stream');
  assert.match(file.headers.get('content-disposition'), /^attachment; filename="document-[0-9a-f]{16}\.bin"$/);
});

test('whatever the provider answers, there is a reason, and nobody else is asked', async () => {
  const at = (url) => ({ bytes: voice, told: { url } });
  const rows = [
    ['too large, as stated', { told: { file_size: large + 1 } }, 502, /larger than 16 MiB/],
    ['too large, unsaid', { bytes: Buffer.alloc(large + 1), told: { file_size: undefined } }, 502, /than 16 MiB/],
    ['another digest', { bytes: voice, told: { sha256: '0'.repeat(64) } }, 502, /SHA-256 is another/],
    ['another size', { bytes: voice, told: { file_size: 1 } }, 502, /size or its SHA-256/],
    ['at another machine', at(`${stranger.origin}/x`), 502, /not the provider's own/],
    ['at the metadata', at('http://169.254.169.254/latest/meta-data/'), 502, /not the provider's own/],
    ['at a name like ours', at('https://lookaside.fbsbx.com.example.com/x'), 502, /not the provider's own/],
    ['behind a user name', at(`http://127.0.0.1:${new URL(meta.origin).port}@example.com/x`), 502, /provider's own/],
    ['in a file', at('file:///etc/passwd'), 502, /not the provider's own/],
    ['moved', { bytes: voice, status: 302 }, 502, /not the provider's own/],
    ['not said', at(''), 502, /fault of its own/],
    ['gone', null, 410, /has it no more/],
    ['gone in between', { bytes: voice, status: 404 }, 410, /has it no more/],
    ['refused', { bytes: voice, status: 401 }, 502, /credentials/],
    ['broken', { bytes: voice, status: 500 }, 502, /fault of its own/],
  ];
  for (const [i, [name, file, status, why]] of rows.entries()) {
    const number = `+519876231${String(i).padStart(2, '0')}`, id = `91${i}`;
    await record(number, id, file ?? {});
    if (!file) meta.media.delete(id);
    const answer = await fetchOf(number);
    assert.equal(answer.status, status, name);
    assert.equal(answer.type, 'application/problem+json', name);
    assert.match(answer.json.detail, why, name);
    assert.equal(answer.json.errors[0].field, 'media', name);
  }
  const redirects = [`${stranger.origin}/`, 'http://127.0.0.1:6379/', 'https://example.com/', '/relative', ''];
  for (const [i, location] of redirects.entries()) {
    const number = `+519876232${String(i).padStart(2, '0')}`;
    await picture(number, { bytes: voice, location });
    const answer = await fetchOf(number);
    assert.equal(answer.status, 502, location);
    assert.match(answer.json.detail, /not the provider's own/, location);
  }
  await picture('+51987623210', { bytes: Buffer.alloc(large + 1) });
  assert.match((await fetchOf('+51987623210')).json.detail, /larger than 16 MiB/);
  const gone = await picture('+51987623211', { bytes: voice });
  twilio.media.delete(gone);
  assert.equal((await fetchOf('+51987623211')).status, 410);
  await record('+51987623212', '9212', { bytes: voice, cuts: true });
  assert.equal((await fetchOf('+51987623212')).status, 504);
  meta.media.set('9212', { bytes: voice });
  assert.ok((await fetchOf('+51987623212')).bytes.equals(voice), 'once more, and it is there');
  await record('+51987623213', '9213', { bytes: Buffer.alloc(large, 1) });
  assert.equal((await fetchOf('+51987623213')).bytes.length, large, 'as much as is handed on');
  assert.equal(stranger.calls.length, 0);
});

test('an address of a webhook that is not of our account is kept nowhere', async () => {
  const other = accountSid.replace(/.$/, '9'), sids = `Messages/MM${hex32(1)}/Media/ME${hex32(2)}`;
  const urls = [`${stranger.origin}/2010-04-01/Accounts/${accountSid}/${sids}`,
    `https://api.twilio.com/2010-04-01/Accounts/${other}/${sids}`,
    `https://api.twilio.com@example.com/2010-04-01/Accounts/${accountSid}/${sids}`,
    `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/${sids}/../..`, 'javascript:1', ''];
  for (const [i, url] of urls.entries()) {
    const number = `+519876233${String(i).padStart(2, '0')}`;
    await picture(number, { bytes: voice }, { url });
    const [turn] = await turns(number);
    assert.deepEqual([turn.event, turn.media], ['media', undefined], url);
  }
  await record('+51987623310', '../9', {});
  assert.deepEqual(await mediaOf('+51987623310'), [undefined]);
  assert.equal(stranger.calls.length, 0);
});

test('only the person\'s own media are fetched', async () => {
  const [{ id }] = await mediaOf('+51987623001');
  assert.equal((await get(`/contacts/+51987623002/media/${id}`)).status, 404);
  assert.equal((await get('/contacts/+51987623001/media/900100')).status, 404);
  assert.equal((await get('/contacts/+51987623099/media/900100')).status, 404);
  assert.equal((await get(`/contacts/nobody/media/${id}`)).status, 400);
});

test('BORRAR leaves nothing that finds it again', async () => {
  const number = '+51987623400', phone = new WhatsAppPhone(chaski, number);
  await record(number, '94009400', { bytes: voice });
  meta.media.set('94009401', { bytes: voice, type: 'application/pdf' });
  await phone.send({ type: 'document', document: { id: '94009401', filename: 'declaracion-jurada.pdf' } });
  const [{ id }] = await mediaOf(number);
  const everything = async () => {
    await redis.command('BGREWRITEAOF');
    await until('the AOF is rewritten', async () => /aof_rewrite_in_progress:0\r\n(.*\r\n)*aof_last_bgrewrite_status:ok/
      .test(await redis.command('INFO', 'persistence')));
    const dir = path.join(redis.dir, 'appendonlydir');
    return Buffer.concat(fs.readdirSync(dir).map((file) => fs.readFileSync(path.join(dir, file)))).toString('latin1');
  };
  assert.ok((await everything()).includes('94009401'), 'this test looks where it is');
  await phone.say('borrar');
  await phone.say('1');
  await until('she is forgotten', async () => (await get(`/contacts/${number}`)).status === 404);
  assert.equal((await get(`/contacts/${number}/media/${id}`)).status, 404);
  const left = await everything();
  assert.ok(!left.includes('9400940') && !left.includes('declaracion'), 'the provider\'s id or the name is left');
});

test('nothing of it is on disk or in the log', () => {
  const part = voice.subarray(1000, 1064);
  const files = fs.readdirSync(path.join(chaski.dir, 'var'), { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile()))
    assert.ok(!fs.readFileSync(path.join(file.parentPath ?? file.path, file.name)).includes(part), file.name);
  assert.ok(!chaski.log.includes('900100') && !chaski.log.includes(secrets.accessToken));
  assert.match(chaski.log, /what a person sent could not be fetched.*channel=wa/);
});

test('a silent provider keeps nobody waiting, and two of them the third only', async () => {
  slow = [fetchOf('+51987623090'), fetchOf('+51987623091')];
  const isAsked = (id) => meta.calls.some((call) => call.path.includes(id));
  await until('both are asked', () => isAsked('9090') && isAsked('9092'));
  const third = await fetchOf('+51987623001');
  assert.equal(third.status, 429);
  assert.ok(Number(third.headers.get('retry-after')) > 0);
  const phone = new TwilioPhone(chaski, '+51987623500');
  assert.ok((await phone.say('hola'))[0].length > 20, 'who writes is answered');
  for (const answer of await Promise.all(slow)) {
    assert.equal(answer.status, 504);
    assert.match(answer.json.detail, /in time/);
  }
  assert.match(chaski.log, /wholly and in time\\?" call=1 trouble=\\?"[^"]*(timeout|timed out)/i);
  assert.ok((await fetchOf('+51987623001')).bytes.equals(voice));
});

test('clients that take nothing hold no more than the bound, and give it back', async () => {
  const number = '+51987623600', idle = [];
  await record(number, '9600', { bytes: Buffer.alloc(large, 1) });
  const phone = new WhatsAppPhone(chaski, number);
  for (let i = 0; i < 150; i++) await phone.send({ type: 'location', location: { latitude: -12, longitude: -77 } });
  const { items } = (await get(`/contacts/${number}/turns?limit=200`)).json;
  assert.ok(items.length > 150, 'it is not on the first page');
  const [{ id }] = items.map((one) => one.media).filter(Boolean);
  // Reads the status line and nothing more.
  const ask = () => new Promise((resolve, reject) => {
    const { hostname, port } = new URL(chaski.url), socket = net.connect(port, hostname);
    idle.push(socket);
    socket.on('error', reject).once('data', (head) => {
      socket.pause();
      resolve(head.toString('latin1').slice(9, 12));
    }).write(`GET /api/v1/contacts/${number}/media/${id} HTTP/1.1\r\nHost: a\r\n` +
      `Authorization: Bearer ${vera}\r\n\r\n`);
  });
  const statuses = [];
  while (statuses.at(-1) !== '429' && statuses.length < 9) statuses.push(await ask());
  assert.equal(statuses.at(-1), '429', statuses.join());
  assert.ok(statuses.length >= 4, 'three are held, and one more is let in');
  idle.forEach((socket) => socket.destroy());
  await until('there is room again', async () => (await get(`/contacts/${number}/media/${id}`)).status === 200);
});

test('of a channel that is not there any more the reason is told', async () => {
  const { wa, ...others } = chaski.settings.channels;
  assert.ok(wa);
  await chaski.stop();
  chaski.settings.channels = others;
  await chaski.start();
  const answer = await fetchOf('+51987623001');
  assert.equal(answer.status, 409);
  assert.match(answer.json.detail, /the channel wa/);
});
