// Many connections to the daemon, each with one request at a time, over which waiting requests are spread by chance.
// A connection that breaks tells its request "0", nobody knows; it is made again at once, and again, while the
// daemon is away.
import net from 'node:net';

const RETRY_MS = 4;

export class Wires {
  constructor(port, count, chance) {
    Object.assign(this, { port, chance });
    this.waiting = []; // { bytes, done(status) }
    this.idle = [];
    this.closed = false;
    this.answered = 0;
    this.broken = 0;
    this.wires = Array.from({ length: count }, () => ({ socket: null, job: null, bytes: '' }));
    for (const wire of this.wires) this.connect(wire);
  }

  // Sends a request when a connection is free; `done` gets the status of its answer, or 0.
  send(bytes, done) {
    this.waiting.push({ bytes, done });
    const wire = this.idle.pop();
    if (wire) this.feed(wire);
  }

  close() {
    this.closed = true;
    for (const { socket } of this.wires) socket?.destroy();
  }

  connect(wire) {
    if (this.closed) return;
    let isUp = false;
    const socket = net.connect(this.port, '127.0.0.1');
    Object.assign(wire, { socket, bytes: '' });
    socket.setNoDelay(true);
    socket.on('connect', () => {
      isUp = true;
      this.feed(wire);
    });
    socket.on('data', (data) => this.read(wire, data));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.idle = this.idle.filter((one) => one !== wire);
      this.finish(wire, 0);
      if (isUp) this.connect(wire);
      else setTimeout(() => this.connect(wire), RETRY_MS);
    });
  }

  feed(wire) {
    if (!this.waiting.length) {
      this.idle.push(wire);
      return;
    }
    const at = this.chance.between(0, this.waiting.length - 1);
    wire.job = this.waiting[at];
    this.waiting[at] = this.waiting[this.waiting.length - 1];
    this.waiting.pop();
    wire.socket.write(wire.job.bytes);
  }

  finish(wire, status) {
    const { job } = wire;
    wire.job = null;
    if (status) this.answered++;
    else if (job) this.broken++;
    if (job) job.done(status);
  }

  read(wire, data) {
    wire.bytes += data.toString('latin1');
    const head = wire.bytes.indexOf('\r\n\r\n');
    if (head < 0) return;
    const text = wire.bytes.slice(0, head);
    const stop = head + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    if (wire.bytes.length < stop) return;
    wire.bytes = wire.bytes.slice(stop);
    this.finish(wire, Number(text.slice(9, 12)));
    if (/\r\nconnection: *close/i.test(text)) wire.socket.destroy();
    else this.feed(wire);
  }
}
