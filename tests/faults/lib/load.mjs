// People who talk with the daemon through a provider that keeps its promise: a message that was not answered 2xx is
// sent again, with the same id, until it is. Every person goes through the same script and says the next line once
// the last one was accepted.
import { kinds } from './wire.mjs';

export const script = ['hola', 'si', 'vendo abarrotes en mi bodega', '1', '3 años', 'C', 'igual', '30'];

const isGood = (status) => status >= 200 && status < 300;
const mayRepeat = (status) => status === 0 || status >= 500 || status === 429;

export class Load {
  // channels: [{ name, kind }]. people: how many talk at a time. perSecond: new messages, 0 for as many as go.
  // repeats(): how many copies of a message come. retries: false for a provider that tries once; then a person who
  // was not heard says the same in a new message. first: number of the first person, so that runs over one Redis do
  // not meet. linesOf(n): what the n-th person says.
  constructor({ wires, chance, channels, people, perSecond = 0, repeats = () => 1, retries = true, first = 0,
    linesOf = () => script }) {
    Object.assign(this, { wires, chance, channels, people, perSecond, repeats, retries, first, linesOf });
    this.persons = [];
    this.counts = { messages: 0, accepted: 0, copies: 0, again: 0, turnedAway: 0 };
    this.faults = [];
    this.open = 0; // persons and copies and statuses under way
    this.ready = [];
    this.wantedPersons = Infinity;
  }

  // messages: how many there shall be, rounded up to whole conversations.
  start(messages = Infinity) {
    this.wantedPersons = Math.ceil(messages / script.length);
    for (let i = 0; i < this.people; i++) this.addPerson();
    if (this.perSecond) this.pacer = setInterval(() => this.release(), 10);
    return this;
  }

  // Lets everybody finish the script, without haste no longer; nobody new comes.
  stop() {
    this.wantedPersons = 0;
    if (this.perSecond) this.perSecond = 2000;
  }

  get finished() {
    return this.open === 0;
  }

  end() {
    clearInterval(this.pacer);
  }

  addPerson() {
    if (this.persons.length >= this.wantedPersons) return;
    const n = this.first + this.persons.length;
    const channel = this.channels[n % this.channels.length];
    const number = `+519${String(n).padStart(8, '0')}`;
    const person = { number, channel, lines: this.linesOf(n), accepted: [], step: 0 };
    this.persons.push(person);
    this.open++;
    this.queue(person);
  }

  queue(person) {
    if (this.perSecond) this.ready.push(person);
    else this.say(person);
  }

  release() {
    this.owed = Math.min((this.owed ?? 0) + this.perSecond / 100, this.perSecond / 10);
    for (; this.owed >= 1 && this.ready.length; this.owed--) this.say(this.ready.shift());
  }

  // Lets as many say their line now, beside what the pace allows.
  burst(count) {
    for (let i = 0; i < count && this.ready.length; i++) this.say(this.ready.shift());
  }

  say(person) {
    const { channel, number: from } = person;
    const n = this.counts.messages++;
    const serial = `${from.slice(1)}${String(n).padStart(20, '0')}`;
    const id = channel.kind === 'sms' ? `SM${serial}` : `wamid.${serial}`;
    const bytes = kinds[channel.kind].message({ channel: channel.name, from, id, text: person.lines[person.step] });
    const message = { id, person, bytes, accepted: false };
    const copies = this.repeats();
    const atOnce = this.chance.between(1, copies);
    for (let i = 0; i < copies; i++) {
      this.open++;
      if (i < atOnce) this.deliver(message);
      else setTimeout(() => this.deliver(message), this.chance.between(1, 500)); // long behind those that came later
    }
  }

  deliver(message) {
    this.counts.copies++;
    this.wires.send(message.bytes, (status) => this.answered(message, status));
  }

  answered(message, status) {
    if (isGood(status)) {
      this.open--;
      if (!message.accepted) this.accept(message);
    } else if (!mayRepeat(status)) {
      this.faults.push(`message ${message.id} was answered ${status}`);
      this.open -= 2; // this copy, and the person, who goes away
    } else if (this.retries) {
      this.counts.again++;
      setTimeout(() => this.deliver(message), this.chance.between(2, 40));
    } else {
      this.counts.turnedAway++;
      if (status === 0) this.faults.push(`message ${message.id} met a broken connection`);
      if (message.person.channel.kind === 'wa') { // Meta repeats; what it was told 503 for may be committed
        setTimeout(() => this.deliver(message), this.chance.between(200, 600));
        return;
      }
      this.open--;
      setTimeout(() => this.queue(message.person), 100);
    }
  }

  accept(message) {
    const { person } = message;
    message.accepted = true;
    this.counts.accepted++;
    person.accepted.push(message.id);
    person.step++;
    if (person.step < person.lines.length) {
      this.queue(person);
      return;
    }
    this.open--;
    this.addPerson();
  }

  // Sends a call's delivery status until it is answered, and notes in the call that it was.
  tell(call, status = 'delivered') {
    const channel = this.channels.find((one) => one.kind === call.kind);
    const bytes = kinds[call.kind].status({ channel: channel.name, call, status });
    const deliver = () => this.wires.send(bytes, (answer) => {
      if (isGood(answer)) {
        call.told = status;
        this.open--;
      } else if (mayRepeat(answer)) {
        setTimeout(deliver, this.chance.between(2, 40));
      } else {
        this.faults.push(`a status of ${call.reference} was answered ${answer}`);
        this.open--;
      }
    });
    this.open++;
    setTimeout(deliver, this.chance.between(0, 30));
  }
}
