// `make savings`: what the shipped flows, the catalogue and the sample conversation cost by SMS, as they are written
// and as each policy sends them. Texts are measured one by one; a conversation is played under each policy, for there
// texts that fit share a message. Placeholders count as their names.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { chaski } from './chaski.mjs';

const policies = [
  ['as written', 'exact', []], ['plain (default)', '', []], ['cheapest', 'cheapest', []],
  ['cheapest, shift es', 'cheapest es', ['--shift', 'es']],
];

function run(command, args, input) {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8', input, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout.split('\n').slice(0, -1);
}

const withEnds = (texts) => texts.map((text) => text + '\n').join('');

// Segments of texts, and how many of the texts stay as they are written.
function cost(texts, options) {
  const lines = run(chaski, ['text', 'segments', ...options], withEnds(texts));
  const answers = lines.map((line) => line.split('\t'));
  return {
    segments: answers.reduce((sum, [, , count]) => sum + Number(count), 0),
    kept: answers.filter(([, , , ...sent], i) => sent.join('\t') === texts[i]).length,
  };
}

function show(name, count, rows) {
  console.log(`${name}: ${count}`);
  for (const [policy, { segments, kept, messages }] of rows) {
    const less = Math.round((100 * (rows[0][1].segments - segments)) / rows[0][1].segments);
    const rest = messages === undefined ? `${kept} as written` : `${messages} messages`;
    console.log(`  ${policy.padEnd(20)} ${String(segments).padStart(5)} segments, ${less} % less, ${rest}`);
  }
}

const files = readdirSync('config/flows').filter((file) => file.endsWith('.yaml')); // the folders are translations
const flows = files.map((file) => `config/flows/${file}`);
const said = run('build/tools/said', [...flows, 'models/catalogue.yaml']).map((line) => line.split('\t'));
for (const kind of ['flows', 'catalogue']) {
  const texts = said.filter(([what]) => what === kind).map(([, ...rest]) => rest.join('\t'));
  show(kind, `${texts.length} texts`, policies.map(([name, words, shift]) =>
    [name, cost(texts, ['--policy', words.split(' ')[0] || 'plain', ...shift])]));
}

const owner = readFileSync('config/sample_conversation.txt', 'utf8').split('\n').filter((l) => l && l[0] !== '#');
show('sample conversation', `${owner.length} messages of the owner's`, policies.map(([name, words, shift]) => {
  const turns = run(chaski, ['chat', '--channel', 'sms', '--json', '--policy', words], withEnds(owner));
  const replies = turns.flatMap((turn) => JSON.parse(turn).replies);
  const texts = replies.map(({ text }) => text.replaceAll('\n', '\r')); // as long, and no line's end
  return [name, { ...cost(texts, ['--policy', 'exact', ...shift]), messages: texts.length }];
}));
