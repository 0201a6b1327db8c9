import { describe, expect, it } from 'vitest';
import type { EtcdEndpointFacts, EtcdMemberFacts } from '../../../src/checks/types.ts';
import { testKind, type World } from '../fake-context.ts';

const endpoints = [0, 1, 2].map((n) => `https://10.240.0.1${n}:2379`);
const names = ['controller-0', 'controller-1', 'controller-2'];

type Change = Partial<EtcdEndpointFacts> | undefined;
const cluster = (changes: readonly Change[] = [], memberNames: readonly string[] = names): World => ({
  endpoints: endpoints.map((endpoint, index) => ({
    endpoint,
    memberId: `a${index}`,
    leaderId: 'a0',
    term: '2',
    ...changes[index],
  })),
  members: memberNames.map(
    (name, index): EtcdMemberFacts => ({
      id: `a${index}`,
      name,
      peerUrls: [`https://10.240.0.1${index}:2380`],
      clientUrls: [],
    }),
  ),
});
const down: Change = { error: 'connect ECONNREFUSED 10.240.0.12:2379' };

describe('the etcd check', () => {
  const { passes, fails } = testKind('etcd');
  const spec = { endpoints: endpoints.join(','), members: names };
  it('passes three members with one leader', () => passes(spec, cluster()));
  it('tells a cluster that forms from one that is broken', async () => {
    await fails(
      spec,
      cluster([down, down, down]),
      'none-answers',
      'No member of etcd answers. https://10.240.0.10:2379: connect ECONNREFUSED 10.240.0.12:2379.',
    );
    await fails(
      spec,
      cluster([{}, down, down]),
      'waiting-for-quorum',
      '1 of 3, no quorum yet: expected. A member that starts alone waits for the others, and looks as if it hung; 2 must run before one of them can lead.',
    );
    await fails(
      spec,
      cluster([{}, {}, down]),
      'unreachable',
      'https://10.240.0.12:2379 does not answer (connect ECONNREFUSED 10.240.0.12:2379), while 2 of 3 members work.',
    );
    await fails(
      spec,
      cluster([{}, {}, { error: 'unable to verify the first certificate' }]),
      'unreachable',
      /Its certificate is of another CA\.$/,
    );
  });
  it('looks at leader and term', async () => {
    await fails(
      spec,
      cluster([{ leaderId: '0' }, { leaderId: '0' }, { leaderId: '0' }]),
      'no-leader',
      /know no leader: the members cannot reach each other on port 2380/,
    );
    await fails(
      spec,
      cluster([{}, { leaderId: 'a1' }]),
      'leaders-differ',
      'The members follow 2 different leaders: they have formed separate clusters.',
    );
    await fails(
      spec,
      cluster([{}, { term: '3' }]),
      'terms-differ',
      'The members are in different terms (2, 3): an election is going on.',
    );
    await fails(
      spec,
      cluster([{}, { unhealthy: 'etcdserver: request timed out' }]),
      'unhealthy',
      'https://10.240.0.11:2379 answers, but a read that the others must agree to fails: etcdserver: request timed out',
    );
  });
  it('looks at the list of members', async () => {
    await fails(
      spec,
      cluster([], ['controller-0', 'controller-1', '']),
      'member-not-started',
      'controller-2 has never started: its place at https://10.240.0.12:2380 is empty.',
    );
    await fails(
      spec,
      cluster([], names.slice(0, 2)),
      'member-missing',
      /^controller-2 is not among the members \(controller-0, controller-1\)/,
    );
    await fails(
      spec,
      cluster([], [...names, 'old']),
      'member-extra',
      'old is among the members and should not be.',
    );
  });
  it('needs its files', () =>
    fails({ ...spec, ca: 'ca.pem' }, {}, 'missing-file', /^ca\.pem does not exist/));

  it('passes a cluster of one', () =>
    passes(
      { endpoints: endpoints.slice(0, 1), members: ['controller-0'] },
      { endpoints: cluster().endpoints!.slice(0, 1), members: cluster().members!.slice(0, 1) },
    ));
  it('says what TLS means by its errors', async () => {
    const cases = [
      ["Hostname/IP does not match certificate's altnames", 'does not name the address that was called'],
      ['self-signed certificate in certificate chain', 'is of another CA'],
      ['ssl/tls alert bad certificate', 'It refuses the client certificate'],
    ] as const;
    for (const [error, meaning] of cases) {
      const { message } = await fails(
        spec,
        cluster([{ error }, { error }, { error }]),
        'none-answers',
        /^No member of etcd answers/,
      );
      expect(message).toContain(meaning);
    }
  });
  it('looks at the list of members only where a majority runs', async () => {
    const result = await fails(spec, cluster([{}, down, down], []), 'waiting-for-quorum', /1 of 3/);
    expect(result.also).toEqual([]);
  });
  it('names each member that is away', async () => {
    const five = [0, 1, 2, 3, 4].map((n) => `https://10.240.0.1${n}:2379`);
    const world: World = {
      endpoints: five.map((endpoint, index) => ({
        endpoint,
        leaderId: 'a0',
        term: '2',
        ...(index > 2 ? down : {}),
      })),
    };
    const result = await fails(
      { endpoints: five },
      world,
      'unreachable',
      /^https:\/\/10\.240\.0\.13:2379 does not answer/,
    );
    expect(result.also.map(({ where }) => where)).toEqual(['https://10.240.0.14:2379']);
  });
});
