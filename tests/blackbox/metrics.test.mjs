// What the server counts, as Prometheus' own tool reads it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { own, top } from './lib/daemon.mjs';

const echo = process.env.HTTP_ECHO ?? path.join(top, 'build/tools/http_echo');
const skip = spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed';

test('promtool finds no fault in the metrics', { skip }, async () => {
  const server = own(spawn(echo, [], { stdio: ['pipe', 'pipe', 'inherit'] }));
  const port = Number(await new Promise((resolve) => server.stdout.once('data', resolve)));
  await fetch(`http://127.0.0.1:${port}/nowhere`);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await answer.text();
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.match(text, /^chaski_http_requests_total\{code="404"\} 1$/m);
  const verdict = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(verdict.status, 0, verdict.stdout + verdict.stderr);
});
