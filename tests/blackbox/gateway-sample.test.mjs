// The sample conversation under odd circumstances: a proxy in the environment, Ctrl-C in the middle.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, tempDir, top, until } from './lib/daemon.mjs';

let dir, config;
before(() => {
  dir = tempDir();
  config = path.join(dir, 'chaski.yaml');
  const shipped = fs.readFileSync(path.join(top, 'config/chaski.yaml'), 'utf8');
  fs.writeFileSync(config,
    shipped.replace(/^listen: .*/m, 'listen: 127.0.0.1:0').replaceAll(/(?<=: )var(?=\/|$)/gm, `${dir}/var`),
    { mode: 0o600 });
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

test('a proxy that the environment names is not asked for this machine', () => {
  const env = { ...process.env, http_proxy: 'http://127.0.0.1:9', no_proxy: '' };
  const played = spawnSync(binary, ['serve', '-c', config, '--sample', '--once'],
    { cwd: top, env, encoding: 'utf8', timeout: 60000 });
  assert.equal(played.status, 0, played.stderr);
});

test('Ctrl-C in the middle of the sample, once or twice, ends in order', async () => {
  for (const times of [1, 2, 2]) {
    const child = spawn(binary, ['serve', '-c', config, '--sample'], { cwd: top, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { out += data; });
    const exit = once(child, 'exit');
    await until('the sample begins', () => /Owner/.test(out), 40000);
    for (let i = 0; i < times; i++) child.kill('SIGINT');
    assert.deepEqual(await exit, [0, null], out);
    assert.match(out, /msg="ended"/);
    assert.doesNotMatch(out, /webhook answered/);
  }
});
