// What `make run` shows: a first start that makes its secrets, and a made-up owner who comes to recommendations.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { binary, tempDir, top } from './lib/daemon.mjs';

test('serve --sample --once plays the conversation to its end and exits 0, twice', () => {
  const dir = tempDir();
  try {
    const config = path.join(dir, 'chaski.yaml');
    const shipped = fs.readFileSync(path.join(top, 'config/chaski.yaml'), 'utf8');
    fs.writeFileSync(config,
      shipped.replace(/^listen: .*/m, 'listen: 127.0.0.1:0').replaceAll(/(?<=: )var(?=\/|$)/gm, `${dir}/var`),
      { mode: 0o600 });
    for (let run = 0; run < 2; run++) {
      const played = spawnSync(binary, ['serve', '-c', config, '--sample', '--once'],
        { cwd: top, encoding: 'utf8', timeout: 60000 });
      assert.equal(played.status, 0, played.stderr);
      assert.match(played.stdout, /Owner +hola\n +Chaski +Hola/);
      assert.match(played.stdout, /1\)[^]*\n +2\)[^]*\n +3\)/);
      assert.match(played.stdout, /chaski chat/);
      assert.match(played.stdout, /curl -s http:\/\/127\.0\.0\.1:\d+\/hooks\/demo/);
      assert.doesNotMatch(played.stdout, /no entend|No entend/, 'the sample owner should be understood');
    }
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
