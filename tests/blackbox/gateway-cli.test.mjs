// The command line itself: words that are nearly commands, options that are nearly options, and readers that go away.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { binary } from './lib/daemon.mjs';

const run = (args, input = '') => spawnSync(binary, args, { input, encoding: 'utf8', timeout: 20000 });

const misspelt = [
  ['a first word alone', ['text'], /there is no command "text"; did you mean "text segments"\?/],
  ['a wrong second word', ['text', 'lengths'], /there is no command "text"; did you mean "text segments"\?/],
  ['a near command', ['sreve'], /there is no command "sreve"; did you mean "serve"\?/],
  ['nothing near', ['xyzzy'], /`chaski --help` lists them/],
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

test('every command has --help', () => {
  const names = run(['--help']).stdout.split('\n')
    .map((line) => /^ {2}(\S+(?: \S+)?) {2,}/.exec(line)?.[1]).filter(Boolean);
  assert.ok(names.length >= 9, names.join());
  for (const name of names) {
    const { status, stdout } = run([...name.split(' '), '--help']);
    assert.equal(status, 0, name);
    assert.ok(stdout.startsWith(`usage: chaski ${name}`), stdout);
  }
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
