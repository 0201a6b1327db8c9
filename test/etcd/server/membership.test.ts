import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methods } from '../../../src/etcd/client/index.ts';
import { ours, TestCluster } from '../etcd-cluster.ts';

describe('changing the members of a cluster that runs', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(ours, 3, ['--snapshot-count=50']);
  });
  afterAll(() => cluster?.stop());

  const idOf = async (index: number) => {
    const { members } = await cluster.client([cluster.endpoints[0]!]).memberList();
    return members.find(({ name }) => name === `m${index}`)!.id;
  };
  const client = () => cluster.client([cluster.endpoints[0]!]);
  const namesSeenBy = async (index: number) =>
    (await cluster.client([cluster.endpoints[index]!]).memberList()).members
      .map(({ name }) => name)
      .toSorted();

  it('with a member down, nothing is let happen that would cost the quorum', async () => {
    const ids = [await idOf(0), await idOf(1), await idOf(2)];
    await cluster.kill(2);
    // If it was the leader, there is a new one now.
    const write = () =>
      client()
        .put('leader', 'there')
        .then(({ header }) => header!.revision);
    await expect.poll(() => write().catch(() => 0), { timeout: 30_000 }).toBeGreaterThan(0);
    const unhealthy = 'etcdserver: unhealthy cluster';
    const add = () => client().call(methods.memberAdd, { peerUrls: ['https://127.0.0.1:9'] });
    await expect.poll(() => add().catch(({ message }) => message), { timeout: 30_000 }).toBe(unhealthy);
    await expect(client().call(methods.memberRemove, { id: ids[1]! })).rejects.toThrow(unhealthy);
    await expect(client().call(methods.memberRemove, { id: 12345n })).rejects.toThrow(
      'etcdserver: member not found',
    );
    await client().call(methods.memberRemove, { id: ids[2]! });
    expect(await namesSeenBy(1)).toEqual(['m0', 'm1']);
  });

  it('a removed member that comes back is told so and ends without an error', async () => {
    cluster.startMember(2);
    expect(await cluster.exited(2)).toBe(0);
    expect(cluster.members[2]!.log).toContain('data-dir used by this member must be removed');
  });

  it('a new member catches up and votes', async () => {
    const writer = client();
    await Promise.all(Array.from({ length: 200 }, (_, i) => writer.put(`k${i}`, String(i))));
    const joined = await cluster.join(client());
    await cluster.ready();
    await expect.poll(() => namesSeenBy(joined), { timeout: 30_000 }).toEqual(['m0', 'm1', 'm3']);
    const { count } = await cluster
      .client([cluster.endpoints[joined]!])
      .range({ key: Buffer.from('k'), rangeEnd: Buffer.from('l'), countOnly: true, serializable: true });
    expect(count).toBe(200);
    await cluster.kill(1);
    // If it was the leader, there must be a new one first.
    const write = () =>
      cluster
        .client([cluster.endpoints[joined]!])
        .put('without', 'm1')
        .then(({ header }) => header!.revision);
    await expect.poll(() => write().catch(() => 0), { timeout: 30_000 }).toBeGreaterThan(0);
    cluster.startMember(1);
    await cluster.ready();
  });

  it('a member that is removed while it runs stops by itself, well', async () => {
    await client().call(methods.memberRemove, { id: await idOf(1) });
    expect(await cluster.exited(1)).toBe(0);
    expect(cluster.members[1]!.log).toContain('the member has been permanently removed from the cluster');
    const write = () => client().put('after', 'removal');
    await expect.poll(() => write().then(() => 'written', String), { timeout: 30_000 }).toBe('written');
  });

  it('a second member that was added but never started is not joined by a third', async () => {
    const add = (port: number) =>
      client().call(methods.memberAdd, { peerUrls: [`https://127.0.0.1:${port}`] });
    const { member } = await add(9);
    await expect(add(10)).rejects.toThrow(
      'etcdserver: re-configuration failed due to not enough started members',
    );
    await expect(add(9)).rejects.toThrow();
    await client().call(methods.memberRemove, { id: member!.id });
  });
});
