// Fakes of the providers' APIs that Chaski calls.
//
// Each listens on a port that the system chooses, refuses what the real API refuses, keeps every call in `calls`
// and what it found wrong in `problems` (which a test wants empty), and fails on demand (failNext).
// Source: reference providers.md parts 1.8, 1.9 and 2.6. Proved by tests/blackbox/providers.test.mjs.
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  accountSid, hex32, metaRequest, metaStatus, next, phoneNumberId, twilioRequest, twilioStatus,
} from './webhooks.mjs';

const digest = (text) => createHash('sha256').update(text ?? '').digest();
const sameText = (a, b) => timingSafeEqual(digest(a), digest(b));
const chars = (text) => [...(text ?? '')].length;
const within = (text, most) => chars(text) >= 1 && chars(text) <= most;

async function readAll(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

// A provider's API. `respond(call, problem)` gives { status, body } for a whole request; a Buffer is sent as it is.
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

  // Makes the next `times` calls fail, in the order asked for: a status (with its headers and body), 'hang' (no
  // answer until close()), 'drop' (the connection ends once the request was read: nobody knows what became of
  // it), 'cut' (half an answer).
  failNext(how, { times = 1, body, headers = {} } = {}) {
    for (let i = 0; i < times; i++) this.failures.push({ how, body, headers });
  }

  // Waits until there are `count` calls, and gives them.
  async waitForCalls(count, ms = 10000) {
    if (this.calls.length >= count) return this.calls;
    let timer;
    await new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${this.calls.length} of ${count} calls within ${ms} ms`));
      this.waiting.push({ count, resolve });
      timer = setTimeout(late, ms);
    }).finally(() => clearTimeout(timer));
    return this.calls;
  }

  async close() {
    for (const socket of this.hanging) socket.destroy();
    this.server.closeAllConnections();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  async take(request, response) {
    const { method, url: path, headers } = request;
    const call = { method, path, headers, text: await readAll(request) };
    const failure = this.failures.shift();
    const normal = this.respond(call, (problem) => this.problems.push(problem));
    call.outcome = failure ? failure.how : normal.status;
    this.calls.push(call);
    this.answer(request.socket, response, failure, normal);
    const ready = this.waiting.filter((one) => this.calls.length >= one.count);
    this.waiting = this.waiting.filter((one) => this.calls.length < one.count);
    for (const one of ready) one.resolve();
  }

  answer(socket, response, failure, normal) {
    const text = Buffer.isBuffer(normal.body) ? normal.body : JSON.stringify(normal.body);
    if (failure?.how === 'hang' || normal.hangs) {
      this.hanging.add(socket);
    } else if (failure?.how === 'drop') {
      socket.destroy();
    } else if (failure?.how === 'cut' || normal.cuts) {
      const head = `HTTP/1.1 ${normal.status} x\r\nContent-Length: ${Buffer.byteLength(text)}`;
      socket.end(`${head}\r\n\r\n${text.slice(0, 9)}`);
    } else if (failure) {
      const body = failure.body ?? this.failureBody(failure.how);
      response.writeHead(failure.how, { 'Content-Type': 'application/json', ...failure.headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    } else {
      response.writeHead(normal.status, { 'Content-Type': 'application/json', ...normal.headers }).end(text);
    }
  }

  // What the provider says beside a failing status, where a test does not say it.
  failureBody(status) {
    return { status };
  }
}

// The answer with a file { bytes, type, status }, or none (hangs), or a part (cuts).
const fileAnswer = ({ bytes = Buffer.alloc(0), type = 'image/jpeg', status = 200, hangs = false, cuts = false }) =>
  ({ status, headers: { 'Content-Type': type }, body: bytes, hangs, cuts });

// ---- Twilio ----

const twilioError = (status, code, message) => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
});
const twilioNames = [
  'To', 'From', 'MessagingServiceSid', 'Body', 'StatusCallback', 'ValidityPeriod', 'SmartEncoded', 'ContentSid',
  'ContentVariables',
];
const isWhatsapp = (address) => address.startsWith('whatsapp:');

// Whether a Content template's variables are a JSON map of texts that are not empty.
function areVariables(text) {
  if (text === undefined) return true;
  try {
    return Object.values(JSON.parse(text)).every((value) => typeof value === 'string' && value.length > 0);
  } catch {
    return false;
  }
}

// What Twilio has against a message, in the order in which it looks: error code, sentence, and whether it is so.
const twilioFaults = [
  [21620, 'a parameter is unknown or repeated', ({ names }) =>
    names.some((name) => !twilioNames.includes(name)) || new Set(names).size < names.length],
  [21604, "A 'To' phone number is required", ({ To }) => !To],
  [21211, "Invalid 'To' Phone Number", ({ To }) => !/^(whatsapp:)?\+\d{8,15}$|^whatsapp:[A-Z]{2}\./.test(To)],
  [21603, "A 'From' phone number is required", ({ From, MessagingServiceSid: service }) => !From && !service],
  [63007, 'channels of To and From differ', ({ To, From }) => From && isWhatsapp(To) !== isWhatsapp(From)],
  [21602, 'Message body is required', ({ Body, ContentSid }) => !Body && !ContentSid],
  [21617, 'The concatenated message body exceeds the 1600 character limit', ({ Body }) => Body?.length > 1600],
  [21656, 'The ContentVariables Parameter is invalid', ({ Body, ContentSid, ContentVariables }) =>
    (ContentSid && (Body || !/^HX[0-9a-f]{32}$/.test(ContentSid))) || !areVariables(ContentVariables)],
  [21609, 'StatusCallback is no URL', ({ StatusCallback }) =>
    StatusCallback && !/^https?:\/\/[^/]+\//.test(StatusCallback)],
];

// Twilio's Messages resource: `channels({ twilio: fake.url })`.
export class FakeTwilio extends FakeProvider {
  constructor({ sid = accountSid, authToken }) {
    super((call, problem) => {
      const answer = this.create(call);
      if (answer.body.code) problem(`${answer.body.code} ${answer.body.message}`);
      return answer;
    });
    Object.assign(this, { sid, authToken });
    this.media = new Map(); // MM…/Media/ME… → what fileAnswer() takes
  }

  get url() {
    return this.origin;
  }

  create(call) {
    const basic = `Basic ${Buffer.from(`${this.sid}:${this.authToken}`).toString('base64')}`;
    const form = new URLSearchParams(call.text);
    const type = call.headers['content-type'] ?? '';
    call.params = Object.fromEntries(form);
    const at = `/2010-04-01/Accounts/${this.sid}`, reads = call.method === 'GET' && call.path === `${at}.json`;
    if (call.method === 'GET' && /\/Media\/|^\/cdn\//.test(call.path)) return this.file(call, basic, `${at}/Messages/`);
    if (!reads && (call.method !== 'POST' || call.path !== `${at}/Messages.json`))
      return twilioError(404, 20404, `not found: ${call.method} ${call.path}`);
    if (!sameText(call.headers.authorization, basic)) return twilioError(401, 20003, 'Authenticate');
    if (reads) return { status: 200, body: { sid: this.sid, status: 'active', type: 'Full' } };
    if (!type.startsWith('application/x-www-form-urlencoded')) return twilioError(400, 21620, 'not a form');
    const fault = twilioFaults.find(([, , isSo]) => isSo({ ...call.params, names: [...form.keys()] }));
    return fault ? twilioError(400, fault[0], fault[1]) : this.created(call);
  }

  // A person's file: asked with the password where it is, and without it where it lies.
  file(call, basic, at) {
    const id = call.path.replace(at, '').replace('/cdn/', ''), one = this.media.get(id);
    const asked = !call.path.startsWith('/cdn/');
    if (asked ? !sameText(call.headers.authorization, basic) : call.headers.authorization)
      return twilioError(401, 20003, asked ? 'Authenticate' : 'the password went next door');
    if (!one) return twilioError(404, 20404, 'no such media');
    const location = one.location ?? `${this.origin}/cdn/${id}`;
    return asked && !one.direct ? { status: 307, headers: { Location: location }, body: {} } : fileAnswer(one);
  }

  created(call) {
    call.sid = `SM${hex32(next())}`;
    const body = {
      sid: call.sid, account_sid: this.sid, status: 'queued', num_segments: '1',
      error_code: null, error_message: null, to: call.params.To, from: call.params.From ?? null,
      date_created: 'Mon, 23 Nov 2026 03:00:00 +0000',
      uri: `/2010-04-01/Accounts/${this.sid}/Messages/${call.sid}.json`,
    };
    return { status: 201, body };
  }

  // The status callback for a call, at the address that the call gave, signed.
  callback(call, status, extra = {}) {
    const { To: to, From: from, StatusCallback: url } = call.params;
    const params = twilioStatus({ sid: call.sid, status, to, from, ...extra });
    return twilioRequest({ url, authToken: this.authToken, params });
  }

  failureBody(status) {
    const code = { 429: 20429, 500: 20500, 503: 20503, 401: 20003, 403: 20003 }[status] ?? 21211;
    return twilioError(status, code, 'made to fail').body;
  }
}

// ---- WhatsApp Cloud API ----

const metaError = (status, code, details) => ({
  status,
  body: {
    error: {
      message: `(#${code}) ${details}`, type: 'OAuthException', code,
      error_data: { messaging_product: 'whatsapp', details }, fbtrace_id: 'A',
    },
  },
});

function buttonsFault({ action }) {
  const replies = action?.buttons?.map((one) => one.type === 'reply' && one.reply) ?? [];
  if (replies.length < 1 || replies.length > 3) return 'one to three buttons';
  if (new Set(replies.map((one) => one.title)).size < replies.length) return 'button titles repeat';
  const good = replies.every(({ id, title }) => within(title, 20) && within(id, 256) && id.trim() === id);
  return good ? '' : 'a button is out of bounds';
}

function listFault({ action }) {
  const sections = action?.sections ?? [];
  const rows = sections.flatMap((section) => section.rows ?? []);
  if (!within(action?.button, 20)) return 'list button';
  if (rows.length < 1 || rows.length > 10) return 'one to ten rows';
  if (sections.length > 1 && !sections.every(({ title }) => within(title, 24))) return 'sections want titles';
  const good = rows.every(({ id, title, description }) => within(title, 24) && within(id, 200)
    && chars(description) <= 72);
  return good ? '' : 'a row is out of bounds';
}

// A parameter is one line of words; a quick reply has one payload.
function componentFault({ type, sub_type: kind, index, parameters }) {
  if (type === 'body') {
    const good = parameters.every((one) => one.type === 'text' && within(one.text, 1024)
      && !/\n|\t| {5}/.test(one.text));
    return good ? '' : 'a parameter is no line of words';
  }
  const good = type === 'button' && kind === 'quick_reply' && /^\d$/.test(index) && parameters.length === 1
    && parameters[0].type === 'payload' && within(parameters[0].payload, 256);
  return good ? '' : 'a component is out of bounds';
}

function templateFault({ name, language, components }) {
  if (!/^[a-z0-9_]{1,512}$/.test(name) || !/^[a-z]{2,3}(_[A-Z]{2})?$/.test(language?.code)) return 'template name';
  return components.map(componentFault).find((fault) => fault) ?? '';
}

// What Meta has against a message, or an empty text.
function metaFault({ messaging_product: product, to, recipient, type, text, interactive, template, ...rest }) {
  if (product !== 'whatsapp') return 'messaging_product';
  if ((to === undefined) === (recipient === undefined)) return 'exactly one of to and recipient';
  if (to !== undefined && !/^\+\d{8,15}$/.test(to)) return 'to wants a plus and digits';
  if (recipient !== undefined && !/^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/.test(recipient)) return 'recipient';
  if (chars(rest.biz_opaque_callback_data) > 512) return 'biz_opaque_callback_data';
  if (type === 'text') return within(text?.body, 4096) ? '' : 'text.body';
  if (type === 'template') return templateFault(template);
  const faultOf = { button: buttonsFault, list: listFault }[interactive?.type];
  if (type !== 'interactive' || !faultOf || !within(interactive.body?.text, 1024)) return `type ${type}`;
  return faultOf(interactive);
}

// Meta's messages edge: `channels({ meta: fake.url })`.
export class FakeMeta extends FakeProvider {
  constructor({ id = phoneNumberId, accessToken }) {
    super((call, problem) => {
      const answer = this.create(call);
      if (answer.body.error) problem(answer.body.error.message);
      return answer;
    });
    Object.assign(this, { id, accessToken });
    this.media = new Map(); // media id → what fileAnswer() takes, and url, told (instead of what is true of it)
  }

  get url() {
    return `${this.origin}/v25.0`;
  }

  create(call) {
    const type = call.headers['content-type'] ?? '';
    if (!sameText(call.headers.authorization, `Bearer ${this.accessToken}`))
      return metaError(401, 190, 'access token');
    if (call.method === 'GET' && call.path === `/v25.0/${this.id}?fields=id`)
      return { status: 200, body: { id: this.id } };
    if (call.method === 'GET') return this.file(call);
    if (call.method !== 'POST' || call.path !== `/v25.0/${this.id}/messages`)
      return metaError(400, 100, `unknown path ${call.method} ${call.path}`);
    if (!type.startsWith('application/json')) return metaError(400, 100, 'not JSON');
    try {
      call.message = JSON.parse(call.text);
    } catch {
      return metaError(400, 100, 'malformed JSON');
    }
    if (call.message.status === 'read') return this.read(call);
    const fault = metaFault(call.message);
    return fault ? metaError(400, 131009, fault) : this.created(call);
  }

  // A person's file: what is told of it, and then the file.
  file(call) {
    const id = new RegExp(`^/(?:v25.0|files)/(\\w+)(?:[?]phone_number_id=${this.id})?$`).exec(call.path)?.[1];
    const one = this.media.get(id);
    if (!one) return metaError(400, 100, `Unsupported get request. Object with ID '${id}' does not exist`);
    if (call.path.startsWith('/files/')) return fileAnswer(one);
    const sha256 = createHash('sha256').update(one.bytes ?? '').digest('hex');
    const body = { url: `${this.origin}/files/${id}`, mime_type: one.type, sha256, file_size: one.bytes?.length, id,
      messaging_product: 'whatsapp', ...one.told };
    return { status: 200, body, hangs: one.hangs };
  }

  // A read receipt: of a message that a person sent, and nothing beside it.
  read(call) {
    const { messaging_product: product, message_id: id, ...rest } = call.message;
    const good = product === 'whatsapp' && /^wamid\./.test(id) && Object.keys(rest).length === 1;
    return good ? { status: 200, body: { success: true } } : metaError(400, 131009, 'read receipt');
  }

  created(call) {
    const { to, recipient } = call.message;
    const contact = to ? { input: to, wa_id: to.slice(1) } : { input: recipient, user_id: recipient };
    call.id = `wamid.OUT${next()}`;
    const messages = [{ id: call.id, message_status: 'accepted' }];
    return { status: 200, body: { messaging_product: 'whatsapp', contacts: [contact], messages } };
  }

  // The status webhook for a call, signed; a code makes it carry errors.
  callback(call, status, { appSecret, path, code } = {}) {
    const { to, recipient, biz_opaque_callback_data: reference } = call.message;
    const body = metaStatus({ id: call.id, status, to: to ?? recipient, reference, code });
    return metaRequest({ path, appSecret, body });
  }

  failureBody(status) {
    const code = { 429: 130429, 500: 131000, 503: 131016, 401: 190, 403: 10 }[status] ?? 131026;
    return metaError(status, code, 'made to fail').body;
  }
}

// Start a fake; close() it when the test is over.
export const fakeTwilio = (options) => new FakeTwilio(options).start();
export const fakeMeta = (options) => new FakeMeta(options).start();
