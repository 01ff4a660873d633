// The providers, seen from Chaski: webhooks as each of them sends them, signed as they sign, and fakes of the APIs that Chaski calls.
//
// A request here is { method, path, headers, body }: `path` is what the provider has configured behind the public address, and
// send(origin, request) delivers it to wherever the daemon listens. A fake listens on a port that the system chooses, refuses what the
// real API refuses, keeps every call in `calls`, and fails on demand (failNext). Source: reference providers.md parts 1 to 3.
// Proved by tests/blackbox/providers.test.mjs, where npm twilio checks the signatures and calls the fake.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import twilio from 'twilio';

export const accountSid = 'AC00000000000000000000000000000001';
export const phoneNumberId = '200300400500600';
export const businessNumber = '+5117654321';

const pathOf = (url) => /^[a-z]+:\/\/[^/?]*(.*)$/.exec(url)[1] || '/';
let counted = 0;
const next = () => ++counted;
const hex32 = (n) => n.toString(16).padStart(32, '0');

// Delivers a request to the daemon; the answer's body is read as text. Redirects are not followed.
export async function send(origin, { method, path, headers, body }) {
  const answer = await fetch(origin + path, { method, headers, body, redirect: 'manual' });
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', headers: answer.headers, text: await answer.text() };
}

// ---- Twilio ----

const formOf = (params) => Object.entries(params)
  .flatMap(([name, value]) => [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one).replaceAll('%20', '+')}`))
  .join('&');

// A webhook signed by Twilio's own SDK. `url` is the public address as it stands in Twilio's console; a value that is an array is sent
// as a repeated name. With method GET the parameters go into the URL.
export function twilioRequest({ url, authToken, params = {}, method = 'POST' }) {
  const isGet = method === 'GET';
  const target = isGet ? `${url}${url.includes('?') ? '&' : '?'}${formOf(params)}` : url;
  const signature = twilio.getExpectedTwilioSignature(authToken, target, isGet ? {} : params);
  return {
    method,
    path: pathOf(target),
    headers: {
      'X-Twilio-Signature': signature,
      'I-Twilio-Idempotency-Token': hex32(next()),
      'User-Agent': 'TwilioProxy/1.1',
      ...(isGet ? {} : { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
    },
    body: isGet ? undefined : formOf(params),
  };
}

// The parameters of an inbound message, as an SMS; `extra` adds or replaces (WhatsApp: from 'whatsapp:+51…', ButtonPayload, …).
export function twilioMessage({ from, text = '', to = businessNumber, sid = `SM${hex32(next())}`, ...extra }) {
  return {
    AccountSid: accountSid, ApiVersion: '2010-04-01', Body: text, From: from, FromCountry: 'PE', MessageSid: sid, NumMedia: '0',
    NumSegments: '1', SmsMessageSid: sid, SmsSid: sid, SmsStatus: 'received', To: to, ToCountry: 'PE', ...extra,
  };
}

// The parameters of a status callback.
export function twilioStatus({ sid, status, to, from = businessNumber, ...extra }) {
  return {
    AccountSid: accountSid, ApiVersion: '2010-04-01', From: from, MessageSid: sid, MessageStatus: status, SmsSid: sid, SmsStatus: status,
    To: to, ...extra,
  };
}

// The texts of a TwiML document's messages; throws where it is none.
export function twimlMessages(document) {
  const whole = /^<\?xml version="1\.0" encoding="UTF-8"\?>(?:<Response\/>|<Response>(.*)<\/Response>)$/s.exec(document);
  if (!whole) throw new Error(`no TwiML: ${document}`);
  const rest = whole[1] ?? '';
  const texts = [...rest.matchAll(/<Message>([^<>]*)<\/Message>/g)].map((found) => found[1]
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#xD;', '\r').replaceAll('&amp;', '&'));
  if (rest.replaceAll(/<Message>[^<>]*<\/Message>/g, '') !== '') throw new Error(`more than messages: ${document}`);
  return texts;
}

// ---- WhatsApp Cloud API ----

// JSON as Meta writes it on the wire: what is not ASCII, and / < % @, escaped.
export function metaJson(value) {
  return JSON.stringify(value).replaceAll('/', '\\/').replaceAll('<', '\\u003C').replaceAll('%', '\\u0025').replaceAll('@', '\\u0040')
    .replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

// A signed webhook; `body` is a value, or a string or Buffer that is sent as it is.
export function metaRequest({ path = '/hooks/wa', body, appSecret }) {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(metaJson(body));
  return {
    method: 'POST',
    path,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'facebookexternalua',
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', appSecret).update(bytes).digest('hex')}`,
    },
    body: bytes,
  };
}

export function metaHandshake({ path = '/hooks/wa', token, challenge = '1158201444', mode = 'subscribe' }) {
  const query = { 'hub.mode': mode, 'hub.challenge': challenge, 'hub.verify_token': token };
  return { method: 'GET', path: `${path}?${new URLSearchParams(query)}`, headers: { 'User-Agent': 'facebookplatform/1.0' } };
}

// An envelope of one change; `value` holds messages, statuses or errors.
export function metaEnvelope(value, { id = phoneNumberId, field = 'messages' } = {}) {
  const metadata = { display_phone_number: businessNumber.slice(1), phone_number_id: id };
  return { object: 'whatsapp_business_account',
    entry: [{ id: '100200300400500', changes: [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field }] }] };
}

// One inbound message in its envelope: `content` is { type, [type]: … }; text, button and list below.
export function metaMessage({ from, content, id = `wamid.IN${next()}`, name = 'María', at = Date.now() }) {
  const isNumber = from.startsWith('+'); // else a business-scoped user id, which comes without a number
  const contact = isNumber ? { wa_id: from.slice(1) } : { user_id: from };
  const sender = isNumber ? { from: from.slice(1) } : { from_user_id: from };
  const message = { ...sender, id, timestamp: String(Math.floor(at / 1000)), ...content };
  return metaEnvelope({ contacts: [{ profile: { name }, ...contact }], messages: [message] });
}
export const metaText = (body) => ({ type: 'text', text: { body } });
export const metaButton = (id, title) => ({ type: 'interactive', interactive: { type: 'button_reply', button_reply: { id, title } } });
export const metaRow = (id, title) => ({ type: 'interactive', interactive: { type: 'list_reply', list_reply: { id, title } } });

// One delivery status in its envelope; a code makes it carry errors.
export function metaStatus({ id, status, to, reference, code, at = Date.now() }) {
  const recipient = to.startsWith('+') ? { recipient_id: to.slice(1) } : { recipient_user_id: to };
  const item = { id, status, timestamp: String(Math.floor(at / 1000)), ...recipient };
  if (reference) item.biz_opaque_callback_data = reference;
  if (code) item.errors = [{ code, title: 'refused' }];
  return metaEnvelope({ statuses: [item] });
}

// ---- Africa's Talking, USSD ----

// One hop: `text` is all input of the session so far, joined by "*".
export function atRequest({ path = '/hooks/ussd', key, sessionId, phoneNumber, text = '', serviceCode = '*384*1#', ...extra }) {
  return {
    method: 'POST',
    path: key === undefined ? path : `${path}?key=${encodeURIComponent(key)}`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: formOf({ sessionId, serviceCode, phoneNumber, networkCode: '71606', text, ...extra }),
  };
}

// The notice of a session's end: Incomplete, Success or Failed.
export function atEnd({ status, ...hop }) {
  const request = atRequest(hop);
  const ended = { date: '2026-11-23 03:00:00', status, cost: 'None', durationInMillis: '9000', hopsCount: '3' };
  request.body = `${request.body.replace(/&text=[^&]*/, '')}&${formOf(ended)}`;
  return request;
}

// A phone in a USSD session: dial() and press() give the screen, { ends, text }.
export class UssdPhone {
  constructor({ origin, key, phoneNumber, path, serviceCode }) {
    Object.assign(this, { origin, hop: { key, phoneNumber, path, serviceCode } });
  }

  dial(text = '') {
    this.sessionId = `ATUid_${hex32(next())}`;
    this.text = text;
    return this.again();
  }

  press(input) {
    this.text = this.text === '' ? input : `${this.text}*${input}`;
    return this.again();
  }

  // Sends the latest hop (once more): what the network does when it saw no answer.
  async again() {
    const answer = await send(this.origin, atRequest({ ...this.hop, sessionId: this.sessionId, text: this.text }));
    const screen = /^(CON|END) (.*)$/s.exec(answer.text);
    if (answer.status !== 200 || !answer.type.startsWith('text/plain') || !screen)
      throw new Error(`no screen: ${answer.status} ${answer.type} ${answer.text}`);
    return { ends: screen[1] === 'END', text: screen[2] };
  }
}

// ---- the simulator ----

export function simulatorRequest({ path = '/hooks/demo', ...message }) {
  return { method: 'POST', path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(message) };
}

// ---- fakes of what Chaski calls ----

const sameText = (a, b) => timingSafeEqual(createHash('sha256').update(a ?? '').digest(), createHash('sha256').update(b).digest());

// A provider's API on a port of its own. `respond(call)` gives { status, body } for a whole request; what it finds wrong with a call
// goes to `problems`, which a test wants empty.
export class FakeProvider {
  constructor(respond) {
    this.respond = respond;
    this.calls = []; // { method, path, headers, text, outcome, …what respond() adds }
    this.problems = [];
    this.failures = [];
    this.waiting = [];
    this.hanging = new Set();
    this.server = createServer((request, response) => this.take(request, response));
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  // Makes the next `times` calls fail: a status (with its headers and body), 'hang' (no answer until close()), 'drop' (the connection
  // ends once the request was read: an unknown outcome), 'cut' (half an answer). Failures are used up in the order they were asked for.
  failNext(how, { times = 1, body, headers = {} } = {}) {
    for (let i = 0; i < times; i++) this.failures.push({ how, body, headers });
  }

  // Waits until there are `count` calls, and gives them.
  async waitForCalls(count, ms = 10000) {
    if (this.calls.length >= count) return this.calls;
    let timer;
    await new Promise((resolve, reject) => {
      this.waiting.push({ count, resolve });
      timer = setTimeout(() => reject(new Error(`${this.calls.length} of ${count} calls within ${ms} ms`)), ms);
    }).finally(() => clearTimeout(timer));
    return this.calls;
  }

  async close() {
    for (const socket of this.hanging) socket.destroy();
    this.server.closeAllConnections();
    this.server.close();
    if (this.server.listening) await once(this.server, 'close');
  }

  async take(request, response) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const call = { method: request.method, path: request.url, headers: request.headers, text: Buffer.concat(pieces).toString() };
    const failure = this.failures.shift();
    const normal = this.respond(call, (problem) => this.problems.push(problem));
    call.outcome = failure ? failure.how : normal.status;
    this.calls.push(call);
    this.answer(request.socket, response, failure, normal);
    this.waiting = this.waiting.filter((one) => this.calls.length < one.count || one.resolve());
  }

  answer(socket, response, failure, normal) {
    const how = failure?.how;
    const text = JSON.stringify(normal.body);
    if (how === 'hang') {
      this.hanging.add(socket);
    } else if (how === 'drop') {
      socket.destroy();
    } else if (how === 'cut') {
      socket.end(`HTTP/1.1 ${normal.status} x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text.slice(0, 9)}`);
    } else if (failure) {
      const body = failure.body ?? this.failureBody(how);
      response.writeHead(how, { 'Content-Type': 'application/json', ...failure.headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    } else {
      response.writeHead(normal.status, { 'Content-Type': 'application/json' }).end(text);
    }
  }

  // What the provider says beside a failing status, where a test does not say it.
  failureBody(status) {
    return { status };
  }
}

const twilioError = (status, code, message) => ({ status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } });

// Twilio's Messages resource: `channels({ twilio: fake.url })`.
export class FakeTwilio extends FakeProvider {
  constructor({ sid = accountSid, authToken }) {
    super((call, problem) => this.create(call, problem));
    Object.assign(this, { sid, authToken });
  }

  get url() {
    return this.origin;
  }

  create(call, problem) {
    const basic = `Basic ${Buffer.from(`${this.sid}:${this.authToken}`).toString('base64')}`;
    const form = new URLSearchParams(call.text);
    call.params = Object.fromEntries(form);
    const refuse = (status, code, message) => {
      problem(`${code} ${message}`);
      return twilioError(status, code, message);
    };
    if (call.method !== 'POST' || call.path !== `/2010-04-01/Accounts/${this.sid}/Messages.json`)
      return refuse(404, 20404, `not found: ${call.method} ${call.path}`);
    if (!sameText(call.headers.authorization, basic)) return refuse(401, 20003, 'Authenticate');
    if (!/^application\/x-www-form-urlencoded/.test(call.headers['content-type'] ?? '')) return refuse(400, 21620, 'not a form');
    const unknown = [...form.keys()].find((name, at, all) => all.indexOf(name) !== at
      || !['To', 'From', 'MessagingServiceSid', 'Body', 'StatusCallback', 'ValidityPeriod', 'SmartEncoded'].includes(name));
    if (unknown) return refuse(400, 21620, `parameter unknown or repeated: ${unknown}`);
    const { To, From, MessagingServiceSid, Body, StatusCallback } = call.params;
    if (!To) return refuse(400, 21604, "A 'To' phone number is required");
    if (!/^(whatsapp:)?\+\d{8,15}$|^whatsapp:[A-Z]{2}\./.test(To)) return refuse(400, 21211, "Invalid 'To' Phone Number");
    if (!From && !MessagingServiceSid) return refuse(400, 21603, "A 'From' phone number is required");
    if (From && To.startsWith('whatsapp:') !== From.startsWith('whatsapp:')) return refuse(400, 63007, 'channels of To and From differ');
    if (!Body) return refuse(400, 21602, 'Message body is required');
    if (Body.length > 1600) return refuse(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
    if (StatusCallback && !/^https?:\/\/[^/]+\//.test(StatusCallback)) return refuse(400, 21609, 'StatusCallback is no URL');
    call.sid = `SM${hex32(next())}`;
    return { status: 201, body: { sid: call.sid, account_sid: this.sid, status: 'queued', num_segments: '1', error_code: null, error_message: null,
      to: To, from: From ?? null, date_created: 'Mon, 23 Nov 2026 03:00:00 +0000', uri: `/2010-04-01/Accounts/${this.sid}/Messages/${call.sid}.json` } };
  }

  // The status callback for a call, at the address that the call gave, signed.
  callback(call, status, extra = {}) {
    const params = twilioStatus({ sid: call.sid, status, to: call.params.To, from: call.params.From, ...extra });
    return twilioRequest({ url: call.params.StatusCallback, authToken: this.authToken, params });
  }

  failureBody(status) {
    const code = { 429: 20429, 500: 20500, 503: 20503, 401: 20003, 403: 20003 }[status] ?? 21211;
    return twilioError(status, code, 'made to fail').body;
  }
}

const metaError = (status, code, details) => ({ status,
  body: { error: { message: `(#${code}) ${details}`, type: 'OAuthException', code, error_data: { messaging_product: 'whatsapp', details }, fbtrace_id: 'A' } } });
const chars = (text) => [...(text ?? '')].length;
const within = (text, most) => chars(text) >= 1 && chars(text) <= most;

// What Meta would say against a message, or nothing.
function metaFault(message) {
  const { type, text, interactive } = message;
  if (message.messaging_product !== 'whatsapp') return 'messaging_product';
  if ((message.to === undefined) === (message.recipient === undefined)) return 'exactly one of to and recipient';
  if (message.to !== undefined && !/^\+\d{8,15}$/.test(message.to)) return `to without plus: ${message.to}`;
  if (message.recipient !== undefined && !/^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(message.recipient)) return `recipient ${message.recipient}`;
  if (chars(message.biz_opaque_callback_data) > 512) return 'biz_opaque_callback_data';
  if (type === 'text') return within(text?.body, 4096) ? '' : 'text.body';
  if (type !== 'interactive' || !within(interactive?.body?.text, 1024)) return `type ${type}`;
  if (interactive.type === 'button') {
    const replies = interactive.action?.buttons?.map((one) => one.type === 'reply' && one.reply) ?? [];
    const good = replies.every((one) => within(one?.title, 20) && within(one.id, 256) && one.id.trim() === one.id);
    const unique = new Set(replies.map((one) => one?.title)).size === replies.length;
    return good && unique && replies.length >= 1 && replies.length <= 3 ? '' : 'buttons';
  }
  const sections = interactive.action?.sections ?? [];
  const rows = sections.flatMap((section) => section.rows ?? []);
  const good = rows.every((row) => within(row.title, 24) && within(row.id, 200) && chars(row.description) <= 72);
  const titled = sections.length === 1 || sections.every((section) => within(section.title, 24));
  return interactive.type === 'list' && within(interactive.action?.button, 20) && good && titled && rows.length >= 1 && rows.length <= 10
    ? '' : `interactive ${interactive.type}`;
}

// Meta's messages edge: `channels({ meta: fake.url })`.
export class FakeMeta extends FakeProvider {
  constructor({ id = phoneNumberId, accessToken }) {
    super((call, problem) => this.create(call, problem));
    Object.assign(this, { id, accessToken });
  }

  get url() {
    return `${this.origin}/v25.0`;
  }

  create(call, problem) {
    const refuse = (status, code, details) => {
      problem(`${code} ${details}`);
      return metaError(status, code, details);
    };
    if (!sameText(call.headers.authorization, `Bearer ${this.accessToken}`)) return refuse(401, 190, 'access token');
    if (call.method !== 'POST' || call.path !== `/v25.0/${this.id}/messages`) return refuse(400, 100, `unknown path ${call.method} ${call.path}`);
    if (!/^application\/json/.test(call.headers['content-type'] ?? '')) return refuse(400, 100, 'not JSON');
    try {
      call.message = JSON.parse(call.text);
    } catch {
      return refuse(400, 100, 'malformed JSON');
    }
    const fault = metaFault(call.message);
    if (fault) return refuse(400, 131009, fault);
    call.id = `wamid.OUT${next()}`;
    const { to, recipient } = call.message;
    const contact = to ? { input: to, wa_id: to.slice(1) } : { input: recipient, user_id: recipient };
    return { status: 200, body: { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id: call.id, message_status: 'accepted' }] } };
  }

  // The status webhook for a call, signed.
  callback(call, status, { appSecret, path, code } = {}) {
    const to = call.message.to ?? call.message.recipient;
    return metaRequest({ path, appSecret, body: metaStatus({ id: call.id, status, to, reference: call.message.biz_opaque_callback_data, code }) });
  }

  failureBody(status) {
    const code = { 429: 130429, 500: 131000, 503: 131016, 401: 190, 403: 10 }[status] ?? 131026;
    return metaError(status, code, 'made to fail').body;
  }
}

// Start a fake; close() it when the test is over.
export const fakeTwilio = (options) => new FakeTwilio(options).start();
export const fakeMeta = (options) => new FakeMeta(options).start();
