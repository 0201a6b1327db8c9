import { expect, it } from 'vitest';
import { enumerate, expandHosts, octal, onEachHost, place } from '../../src/checks/hosts.ts';
import { loadTopology } from '../../src/machines/topology.ts';
import { fakeContext } from './fake-context.ts';

it('knows the groups of a topology', () => {
  const hosts = (on: string, topology: string) => expandHosts([on], loadTopology(topology));
  expect(hosts('controllers', 'hard-way')).toEqual(['controller-0', 'controller-1', 'controller-2']);
  expect(hosts('workers', 'small')).toEqual(['worker-0', 'worker-1']);
  expect(hosts('controllers', 'single')).toEqual(hosts('workers', 'single'));
  expect(hosts('load-balancers', 'single')).toEqual(['load-balancer']);
  expect(hosts('machines', 'single')).toEqual(['node-0', 'load-balancer']);
  expect(hosts('worker-7', 'small')).toEqual(['worker-7']);
});
it('asks each machine that can be asked, in order', async () => {
  const asked: string[] = [];
  const context = fakeContext({ states: { 'worker-1': 'off' } });
  const findings = await onEachHost(context, ['workers', 'jumpbox'], async (host) => {
    asked.push(host);
    return [];
  });
  expect(asked).toEqual(['worker-0', 'worker-2', 'jumpbox']);
  expect(findings.map(({ reason, where }) => `${reason} ${where}`)).toEqual(['machine-off worker-1']);
});
it('writes lists, places and modes as a person would', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(enumerate)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect([place('jumpbox', 'ca.pem'), place('worker-0', '/ca.pem')]).toEqual(['ca.pem', 'worker-0:/ca.pem']);
  expect([0o600, 0o7, 0o1777].map(octal)).toEqual(['0600', '0007', '01777']);
});
