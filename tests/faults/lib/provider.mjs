// The provider's side of sending: takes every call of both APIs on one port and keeps it in a ledger. It is what a
// provider is at its worst that still keeps its word: now and then busy (503, nothing done), now and then gone once
// it had taken the message (no answer), and its status may come before its answer.
import { once } from 'node:events';
import net from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

function readTwilio(text) {
  const form = new URLSearchParams(text);
  const callback = form.get('StatusCallback') ?? '';
  return { to: form.get('To'), text: form.get('Body'), callback, reference: /[?&]ref=([^&]*)/.exec(callback)?.[1] };
}

function readMeta(text) {
  const message = JSON.parse(text);
  const said = message.text?.body ?? message.interactive?.body?.text;
  return { to: message.to, text: said, reference: message.biz_opaque_callback_data };
}

const answers = {
  sms: (call) => [201, { sid: call.id, status: 'queued' }],
  wa: (call) => [200, { messaging_product: 'whatsapp', messages: [{ id: call.id }] }],
};

export class Provider {
  // `busy` and `silent` are probabilities; `onAccepted(call)` is told of each message that was taken.
  constructor(chance, { busy = 0, silent = 0, onAccepted = () => {} } = {}) {
    Object.assign(this, { chance, busy, silent, onAccepted });
    this.accepted = []; // { kind, to, text, reference, id, callback } in the order of arrival
    this.refused = 0;
    this.unreadable = 0;
    this.sockets = new Set();
    this.server = net.createServer((socket) => this.serve(socket));
  }

  async start() {
    this.server.listen(0, '127.0.0.1', 4096);
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  serve(socket) {
    let bytes = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (data) => {
      bytes = bytes.length ? Buffer.concat([bytes, data]) : data;
      for (;;) {
        const head = bytes.indexOf(HEAD_END);
        if (head < 0) return;
        const text = bytes.toString('latin1', 0, head);
        const stop = head + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
        if (bytes.length < stop) return;
        this.take(socket, text, bytes.toString('utf8', head + 4, stop));
        bytes = bytes.subarray(stop);
      }
    });
  }

  take(socket, head, body) {
    const kind = head.includes('/Messages.json ') ? 'sms' : 'wa';
    if (this.chance.happens(this.busy)) {
      this.refused++;
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\n{}');
      return;
    }
    const call = { kind, ...(kind === 'sms' ? readTwilio : readMeta)(body) };
    if (!call.reference || !call.to) this.unreadable++;
    call.id = `${kind === 'sms' ? 'SM' : 'wamid.'}${this.accepted.length.toString(16).padStart(32, '0')}`;
    this.accepted.push(call);
    if (this.chance.happens(this.silent)) {
      socket.destroy();
    } else {
      const [status, value] = answers[kind](call);
      const text = JSON.stringify(value);
      const head = `HTTP/1.1 ${status} OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}`;
      const answer = `${head}\r\n\r\n${text}`;
      if (this.chance.happens(0.1)) setTimeout(() => socket.write(answer), this.chance.between(1, 20));
      else socket.write(answer);
    }
    this.onAccepted(call);
  }
}
