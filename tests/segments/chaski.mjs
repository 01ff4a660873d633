// One `chaski text segments` for all questions: a batch of lines goes in, as many answers come out.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const chaski = process.env.CHASKI ?? fileURLToPath(new URL('../../build/chaski', import.meta.url));
const answerDeadlineMs = 60_000;

export class Segments {
  constructor(options = []) {
    this.child = spawn(chaski, ['text', 'segments', ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (text) => this.take(text));
    this.child.on('exit', () => this.waiting?.reject(new Error('chaski ended before it had answered')));
    this.child.stdin.on('error', () => {});
    this.splits = options.includes('--split');
    this.partial = '';
    this.answers = [];
    this.references = 0; // each line's segments have the next
  }

  // A line of --split begins with a tab and belongs to the answer before it. Each batch ends with a mark of ours, which
  // is one segment: behind it nothing more comes.
  take(text) {
    const lines = (this.partial + text).split('\n');
    this.partial = lines.pop();
    for (const line of lines) {
      if (line.startsWith('\t')) this.answers.at(-1).segments.push(parseSegment(line));
      else this.answers.push({ ...parse(line), reference: ++this.references });
    }
    const last = this.answers.at(-1);
    const isWhole = !this.splits || last?.segments.length;
    if (this.waiting && this.answers.length > this.waiting.count && isWhole) this.waiting.resolve();
  }

  async ask(lines) {
    let timer;
    const answered = new Promise((resolve, reject) => {
      this.waiting = { count: lines.length, resolve, reject };
      const late = () => reject(new Error(`${this.answers.length} of ${lines.length} lines answered`));
      timer = setTimeout(late, answerDeadlineMs);
    });
    const bytes = [...lines, 'end'].flatMap((line) => [Buffer.from(line), Buffer.from('\n')]);
    this.child.stdin.write(Buffer.concat(bytes));
    await answered.finally(() => clearTimeout(timer));
    const answers = this.answers.splice(0);
    assert.equal(answers.pop().sent, 'end', 'one answer for each line');
    assert.equal(answers.length, lines.length, 'one answer for each line');
    return answers;
  }

  async end() {
    this.waiting = undefined;
    this.child.stdin.end();
    const [code] = this.child.exitCode === null ? await once(this.child, 'exit') : [this.child.exitCode];
    return code;
  }
}

function parse(line) {
  const match = /^(GSM-7|GSM-7-ES|UCS-2)\t(\d+)\t(\d+)\t(.*)$/su.exec(line);
  assert.ok(match, `not an answer: ${JSON.stringify(line)}`);
  return { encoding: match[1], units: Number(match[2]), count: Number(match[3]), sent: match[4], segments: [] };
}

function parseSegment(line) {
  const match = /^\t(\d+)\t([0-9a-f]*)\t(.*)$/su.exec(line);
  assert.ok(match, `not a segment: ${JSON.stringify(line)}`);
  return { number: Number(match[1]), octets: match[2], text: match[3] };
}
