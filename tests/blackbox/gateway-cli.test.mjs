// The command line itself: words that are nearly commands, options that are nearly options, and readers that go away.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { binary } from './lib/daemon.mjs';

const run = (args, input = '') => spawnSync(binary, args, { input, encoding: 'utf8', timeout: 20000 });

const misspelt = [
  ['a first word alone', ['flow'], /^chaski flow: say which: check, draw, test, texts \(`chaski flow --help`/],
  ['a wrong second word', ['text', 'lengths'], /^chaski text: there is no "lengths"; it is one of: segments /],
  ['a near second word', ['flow', 'chek'], /^chaski flow: there is no "chek"; did you mean "flow check"\?/],
  ['a near command', ['sreve'], /there is no command "sreve"; did you mean "serve"\?/],
  ['near the last of them', ['versoin'], /there is no command "versoin"; did you mean "version"\?/],
  ['help on nothing', ['help', 'xyzzy'], /there is no command "xyzzy"/],
  ['a shell that nobody has', ['completion', 'cmd'], /^chaski completion: there is none for "cmd"/],
  ['nothing near', ['xyzzy'], /`chaski --help` lists them/],
  ['labels that are one', ['parse', 'choice:si|no| si'], /choice needs its labels, each another/],
  ['a label that is nothing', ['parse', 'choice:si||no'], /choice needs its labels, each another/],
  ['no end without a sample', ['serve', '--once'], /--once ends after the sample conversation: give --sample too/],
  ['a near --help', ['version', '--hlep'], /there is no option --hlep; did you mean --help\?/],
  ['a near option', ['chat', '--chanel', 'sms'], /there is no option --chanel; did you mean --channel\?/],
];

for (const [name, args, expected] of misspelt) {
  test(`${name} is exit 64 with a hint`, () => {
    const { status, stderr, stdout } = run(args);
    assert.equal(status, 64);
    assert.match(stderr, expected);
    assert.equal(stdout, '');
  });
}

const names = run(['--help']).stdout.split('\n')
  .map((line) => /^ {2}(\S+(?: \S+)?) {2,}/.exec(line)?.[1]).filter(Boolean);

test('every command has --help, at most 80 columns wide', () => {
  assert.ok(names.length >= 90, names.join());
  for (const name of ['', ...names]) {
    const { status, stdout } = run([...name.split(' ').filter(Boolean), '--help']);
    assert.equal(status, 0, name);
    assert.ok(stdout.startsWith(`usage: chaski ${name}`), stdout);
    for (const line of stdout.split('\n')) assert.ok([...line].length <= 80, `${name}: ${line}`);
  }
});

test('a file that is not there is called not found', () => {
  const rows = [[['flow', 'check', '/absent'], /\/absent cannot be checked \(not found\)/],
    [['flow', 'draw', '/absent'], /\/absent cannot be drawn \(not found\)/],
    [['model', 'list', '--registry', '/absent'], /\/absent cannot be read \(No such file/]];
  for (const [args, expected] of rows) {
    const { status, stderr, stdout } = run(args);
    assert.deepEqual([status, stdout], [65, ''], args.join(' '));
    assert.match(stderr, expected);
  }
});

test('help is asked for in either order, of groups too', () => {
  for (const words of [['parse'], ['flow', 'check'], ['flow']]) {
    const { status, stdout } = run(['help', ...words]);
    assert.equal(status, 0);
    assert.equal(stdout, run([...words, '--help']).stdout);
    assert.ok(stdout.startsWith(`usage: chaski ${words.join(' ')}`), stdout);
  }
  assert.equal(run(['--version']).stdout, run(['version']).stdout);
});

test('bash completes commands, and options as the command itself tells them', () => {
  const complete = (...words) => spawnSync('bash', ['-c', `source <("$0" completion bash)
    COMP_WORDS=("$0" "$@") COMP_CWORD=$#; _chaski; echo "\${COMPREPLY[@]}"`, binary, ...words],
  { encoding: 'utf8' }).stdout.trim();
  assert.equal(complete('ser'), 'serve');
  assert.equal(complete('flow', ''), 'check draw test texts');
  assert.equal(complete('chat', '--'), '--channel --from --lang --policy --json --config --help');
  assert.equal(complete('flow', 'check', '--js'), '--json');
  assert.equal(complete('flow', 'check', 'config/fl'), '');
  assert.match(run(['completion', 'zsh']).stdout, /bashcompinit/);
  const all = new Set(complete('').split(' '));
  for (const name of names) assert.ok(all.has(name.split(' ')[0]), name);
});

test('a reader that goes away ends a command that reads lines', () => {
  const { status, stdout } = spawnSync('timeout',
    ['10', 'bash', '-c', `yes hola | ${binary} text segments | head -n 1; echo "\${PIPESTATUS[1]}"`],
    { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.equal(stdout, 'GSM-7\t4\t1\thola\n0\n');
});

test('output that cannot be written is said', () => {
  const { status, stdout, stderr } = spawnSync('bash',
    ['-c', `echo hola | ${binary} text segments >/dev/full; echo $?`], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.equal(stdout, '75\n');
  assert.match(stderr, /standard output cannot be written/);
});

test('lines may end with CR LF, and the last line with nothing', () => {
  assert.equal(run(['text', 'segments'], 'hola\r\nque tal').stdout, 'GSM-7\t4\t1\thola\nGSM-7\t7\t1\tque tal\n');
});
