// The 28 odd requests of the ecosystem reference's part 3.1, sent over raw sockets: directly, and through nginx.
// Directly, what is refused must be answered with a 4xx or 5xx and the connection closed, with nothing of it read as
// another request; what is valid must be taken. Through nginx, no request may leave the proxy and the server in
// disagreement about where it ended.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { before, test } from 'node:test';
import { own, tempDir, top, until } from './lib/daemon.mjs';

const echo = process.env.HTTP_ECHO ?? path.join(top, 'build/tools/http_echo');
const nginxIsThere = spawnSync('nginx', ['-v']).status === 0;
const answerDeadlineMs = 15000;
const slowMs = 2500; // what the server is told to bear

const head = (first, ...headers) => [first, ...headers, '', ''].join('\r\n');
const get = (...headers) => head('GET /echo HTTP/1.1', ...headers);
const post = (...headers) => head('POST /echo HTTP/1.1', 'Host: a', 'Connection: close', ...headers);
const chunked = (body) => post('Transfer-Encoding: chunked') + body;
const smuggled = head('GET /echo/smuggled HTTP/1.1', 'Host: a');
const host = ['Host: a', 'Connection: close'];

// Each with the status that is right for the server itself, and why; and the one through nginx, which mends some before
// they reach us (200) and refuses most. `proxied` may be a list: versions of nginx differ.
const requests = [
  { name: 'length and chunked', bytes: post('Content-Length: 4', 'Transfer-Encoding: chunked') + '0\r\n\r\n' + smuggled,
    direct: 400, why: 'two readings of where the body ends: the classic of smuggling', proxied: 400 },
  { name: 'two differing lengths', bytes: post('Content-Length: 4', 'Content-Length: 5') + 'hola1',
    direct: 400, why: 'the proxy may take the one and we the other', proxied: 400 },
  { name: 'two equal lengths', bytes: post('Content-Length: 4', 'Content-Length: 4') + 'hola',
    direct: 400, why: 'no client sends them; somebody else may read the list', proxied: 400 },
  { name: 'Content-Length: +4', bytes: post('Content-Length: +4') + 'hola',
    direct: 400, why: 'not 1*DIGIT', proxied: 400 },
  { name: 'Content-Length: -1', bytes: post('Content-Length: -1') + 'hola',
    direct: 400, why: 'not 1*DIGIT', proxied: 400 },
  { name: 'Content-Length: 4abc', bytes: post('Content-Length: 4abc') + 'hola',
    direct: 400, why: 'not 1*DIGIT', proxied: 400 },
  { name: 'Transfer-Encoding: xchunked', bytes: post('Transfer-Encoding: xchunked') + '0\r\n\r\n' + smuggled,
    direct: 501, why: 'an unknown coding: nobody knows where the body ends', proxied: 501 },
  { name: 'chunk size 0x4', bytes: chunked('0x4\r\nhola\r\n0\r\n\r\n'),
    direct: 400, why: 'not 1*HEXDIG', proxied: 400 },
  { name: 'chunk extension', bytes: chunked('4;a=b\r\nhola\r\n0\r\n\r\n'),
    direct: 400, why: 'valid, but no provider sends one, and parsers differ on them', proxied: 200, body: 'hola' },
  { name: 'trailer with X-Forwarded-For', bytes: chunked('4\r\nhola\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n'),
    direct: 400, why: 'a field that goes round the checks of the head',
    proxied: 200, body: 'hola', without: '6.6.6.6' },
  { name: '%00 in the path', bytes: head('GET /echo/admin%00/public HTTP/1.1', ...host),
    direct: 400, why: 'text that ends early for one reader and not for the other', proxied: 400 },
  { name: 'NUL in a value', bytes: get(...host, 'X-One: a\0b'), direct: 400, why: 'not a field value', proxied: 400 },
  { name: 'CR in a value', bytes: get(...host, 'X-One: a\rX-Two: b'),
    direct: 400, why: 'a line end for some', proxied: [400, 200] },
  { name: 'bare LF line ends', bytes: 'GET /echo HTTP/1.1\nHost: a\nConnection: close\n\n',
    direct: 400, why: 'a line end for some; providers send CR LF', proxied: 200 },
  { name: 'folded header', bytes: get(...host, 'X-One: a', ' b'),
    direct: 400, why: 'obsolete: RFC 9112 5.2', proxied: 400 },
  { name: 'blank before the colon', bytes: post('Content-Length : 0'),
    direct: 400, why: 'RFC 9112 5.1: MUST be refused', proxied: 400 },
  { name: 'two Hosts', bytes: get('Host: b', ...host),
    direct: 400, why: 'RFC 9112 3.2: MUST be refused', proxied: 400 },
  { name: 'no Host', bytes: get('Connection: close'), direct: 400, why: 'RFC 9112 3.2: MUST be refused', proxied: 400 },
  { name: 'absolute form, another host', bytes: head('GET http://evil.example/echo HTTP/1.1', ...host),
    direct: 400, why: 'whose Host counts differs from server to server', proxied: 200 },
  { name: 'HTTP/1.99', bytes: head('GET /echo HTTP/1.99', ...host), direct: 505, why: 'no such version', proxied: 200 },
  { name: 'climbing path', bytes: head('GET /console/../../etc/passwd HTTP/1.1', ...host),
    direct: 400, why: 'leaves the root', proxied: 400 },
  { name: 'oversize head', bytes: get(...host, `X-One: ${'x'.repeat(9000)}`),
    direct: 431, why: 'above 8 KiB', proxied: [400, 414, 431] },
  { name: 'oversize body', bytes: post('Content-Length: 70000') + 'x'.repeat(70000),
    direct: 413, why: 'above 64 KiB', proxied: 413 },
  { name: 'backslash in the path', bytes: head('GET /echo\\..\\x HTTP/1.1', ...host),
    direct: 400, why: 'a slash for some', proxied: [400, 404] },

  { name: 'valid: GET', bytes: head('GET /echo/x?a=%20b HTTP/1.1', ...host), direct: 200, proxied: 200, body: '' },
  { name: 'valid: body with a length', bytes: post('Content-Length: 4') + 'hola',
    direct: 200, proxied: 200, body: 'hola' },
  { name: 'valid: chunked body', bytes: chunked('4\r\nhola\r\nA\r\n0123456789\r\n0\r\n\r\n'),
    direct: 200, proxied: 200, body: 'hola0123456789' },
  { name: 'valid: HTTP/1.0 without Host', bytes: head('GET /echo HTTP/1.0'), direct: 200, proxied: 200, body: '' },
];

// Sends bytes as they are and gives all that comes back until the other side closes.
function send(where, bytes) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(where);
    let got = '';
    socket.setTimeout(answerDeadlineMs, () => socket.destroy(new Error(`not closed in time; so far: ${got}`)));
    socket.setEncoding('latin1');
    socket.on('data', (text) => { got += text; });
    socket.on('end', () => resolve(got));
    socket.on('error', reject);
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

const statuses = (got) => [...got.matchAll(/^HTTP\/1\.[01] (\d{3}) /gm)].map((match) => Number(match[1]));
const bodyOf = (got) => /\nbody=([^]*)\n$/.exec(got)?.[1];

let server;
let port;
let nginx;
let dir;

before(async () => {
  server = own(spawn(echo, ['127.0.0.1:0', String(slowMs)], { stdio: ['pipe', 'pipe', 'inherit'] }));
  port = Number(await new Promise((resolve, reject) => {
    server.stdout.once('data', resolve);
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`http_echo ended with ${code}`)));
  }));
  if (nginxIsThere) await startNginx();
});

// A proxy of one connection to the server, so that a request that ends elsewhere for it than for us spoils the next
// answer.
async function startNginx() {
  dir = tempDir('nginx');
  const temps = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${dir}/${name};`).join(' ');
  fs.writeFileSync(`${dir}/nginx.conf`, `
    ${process.getuid() === 0 ? 'user root;' : ''}
    daemon off; worker_processes 1; pid ${dir}/pid; error_log ${dir}/error.log;
    events { worker_connections 64; }
    http {
      access_log off; ${temps}
      upstream chaski { server 127.0.0.1:${port}; keepalive 1; }
      server {
        listen unix:${dir}/http.sock; server_name gw.ejemplo.pe;
        location / {
          proxy_pass http://chaski; proxy_http_version 1.1;
          proxy_set_header Connection ""; proxy_set_header Host $host;
        }
      }
    }`);
  nginx = own(spawn('nginx', ['-e', `${dir}/error.log`, '-p', dir, '-c', `${dir}/nginx.conf`], { stdio: 'inherit' }));
  await until('nginx listens', () => fs.existsSync(`${dir}/http.sock`));
}

test('there are 28 of them', () => {
  assert.equal(requests.length, 28);
  assert.equal(new Set(requests.map((request) => request.name)).size, 28);
});

for (const request of requests) {
  test(`direct: ${request.name}${request.why ? ` (${request.why})` : ''}`, async () => {
    const got = await send({ port, host: '127.0.0.1' }, request.bytes);
    assert.deepEqual(statuses(got), [request.direct], got); // one answer, then the end
    assert.doesNotMatch(got, /smuggled/);
    if (request.direct === 200) assert.equal(bodyOf(got), request.body);
    else assert.match(got, /\r\nConnection: close\r\n/);
  });
}

const skip = nginxIsThere ? false : 'nginx is not installed: this half was not tested';
for (const [i, request] of requests.entries()) {
  test(`through nginx: ${request.name}`, { skip }, async () => {
    const where = { path: `${dir}/http.sock` };
    const got = await send(where, request.bytes);
    assert.equal(statuses(got).length, 1, got);
    assert.ok([request.proxied].flat().includes(statuses(got)[0]), got);
    assert.doesNotMatch(got, /smuggled/);
    if (request.body !== undefined) assert.equal(bodyOf(got), request.body);
    if (request.without) assert.ok(!got.includes(request.without));
    const next = await send(where, head(`GET /echo/next-${i} HTTP/1.1`, ...host));
    assert.match(next, new RegExp(`^target=/echo/next-${i}$`, 'm'));
  });
}

test('a kept connection takes pipelined requests, and ends with the first bad one', async () => {
  const one = (n) => head(`GET /later HTTP/1.1`, 'Host: a', `X-Number: ${n}`);
  const bad = head('GET /later HTTP/1.1', 'Host: a', 'X : y');
  const got = await send({ port, host: '127.0.0.1' }, one(1) + one(2) + bad + one(4));
  assert.deepEqual(statuses(got), [200, 200, 400]);
  assert.ok(got.indexOf('X-Number=1') < got.indexOf('X-Number=2'));
  assert.doesNotMatch(got, /X-Number=4/);
});

test('any cut of a request into packets gives the same answer', async () => {
  for (const request of [requests[6], requests[26], requests[0]]) {
    const whole = await send({ port, host: '127.0.0.1' }, request.bytes);
    for (let at = 1; at < request.bytes.length; at += 17) {
      const socket = net.connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
      let got = '';
      socket.on('data', (text) => { got += text; });
      socket.write(request.bytes.slice(0, at));
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(request.bytes.slice(at));
      await new Promise((resolve, reject) => socket.once('end', resolve).once('error', reject));
      assert.deepEqual(statuses(got), statuses(whole));
      assert.equal(bodyOf(got), bodyOf(whole));
    }
  }
});

test('a slow sender is told so and closed, however it drips', async () => {
  const socket = net.connect(port, '127.0.0.1').setEncoding('latin1');
  const begin = Date.now();
  let got = '';
  socket.on('data', (text) => { got += text; });
  socket.write(post('Content-Length: 60000'));
  const drip = setInterval(() => socket.write('x'), 50);
  try {
    await new Promise((resolve, reject) => socket.once('end', resolve).once('error', reject));
  } finally {
    clearInterval(drip);
    socket.destroy();
  }
  assert.deepEqual(statuses(got), [408]);
  assert.ok(Date.now() - begin >= slowMs - 100);
});

test('3 MiB go where they are taken, and not a byte more', async () => {
  const size = 3 * 1024 * 1024;
  const big = (length) => head('POST /big HTTP/1.1', ...host, `Content-Length: ${length}`) + 'x'.repeat(length);
  const taken = await send({ port, host: '127.0.0.1' }, big(size));
  assert.deepEqual(statuses(taken), [200]);
  assert.equal(bodyOf(taken).length, size);
  assert.deepEqual(statuses(await send({ port, host: '127.0.0.1' }, big(size + 1))), [413]);
});
