// How many messages go out a second, beside the bare loop of libcurl: a drain of the outbox between two of the loop's.
import { account, load, patienceMs, pause, run } from './servers.mjs';
import { cpu } from './machine.mjs';

// The sink keeps its answers back while messages are accepted; from its first answer on only sending is measured.
async function drain(sink, server, redis, posts) {
  sink.child.stdin.write('hold\n');
  await load(server.port, ['-t', '/hooks/smsa', '-m', 'ack', '-c', 64, '-n', posts]);
  const before = [cpu(server.child.pid), cpu(redis.child.pid)];
  const { held } = await sink.ask('go');
  let [last, since, count] = [-1, Date.now(), { posts: 0 }];
  while (count.posts < posts - held) {
    count = await sink.ask('count');
    if (count.posts !== last) [last, since] = [count.posts, Date.now()];
    if (Date.now() - since > patienceMs) throw new Error(`the outbox stands still: ${held} held, ${count.posts} sent`);
    await pause(20);
  }
  if (count.posts !== posts - held) throw new Error(`${count.posts} posts instead of ${posts - held}`);
  return { turns_s: count.posts / count.seconds, daemon_us: (cpu(server.child.pid) - before[0]) / posts,
    redis_us: (cpu(redis.child.pid) - before[1]) / posts };
}

async function bare(sink, seconds) {
  await sink.ask('go');
  const url = `http://127.0.0.1:${sink.port}/2010-04-01/Accounts/${account}/Messages.json`;
  const result = await run('post', ['-u', url, '-c', 64, '-d', seconds, '-w', 0.1]);
  return { turns_s: result.posts_s };
}

// keep(name, row) takes the figures; a drain's `of_bare` is its part of the mean of the loops before and after it.
export async function measureOutbound({ sink, server, redis, posts, seconds, times, keep }) {
  let before = await bare(sink, seconds);
  keep('outbound, bare libcurl multi', before);
  for (let i = 0; i < times; i++) {
    const drained = await drain(sink, server, redis, posts);
    const after = await bare(sink, seconds);
    keep('outbound, daemon', { ...drained, of_bare: (2 * drained.turns_s) / (before.turns_s + after.turns_s) });
    keep('outbound, bare libcurl multi', after);
    before = after;
  }
}
