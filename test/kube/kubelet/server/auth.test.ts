import { expect, test } from 'vitest';
import { attributesOf } from '../../../../src/kube/kubelet/server/auth.ts';
import { HttpError, logOptionsOf } from '../../../../src/kube/kubelet/server/container-logs.ts';

test.each([
  ['GET', '/stats/summary', 'get', 'stats'],
  ['GET', '/metrics', 'get', 'metrics'],
  ['GET', '/logs/kubelet.log', 'get', 'log'],
  ['GET', '/pods', 'get', 'proxy'],
  ['POST', '/exec/default/web/web', 'create', 'proxy'],
  ['GET', '/containerLogs/default/web/web', 'get', 'proxy'],
])('%s %s is the verb %s on nodes/%s', (method, path, verb, subresource) => {
  expect(attributesOf(method, path)).toEqual({ verb, subresource });
});

test('the options of a log request are read, and bad ones refused by name', () => {
  const now = Date.parse('2026-01-01T00:01:00Z');
  expect(
    logOptionsOf(new URLSearchParams('follow=true&tailLines=5&sinceSeconds=10&previous=true'), now),
  ).toEqual({
    follow: true,
    previous: true,
    timestamps: false,
    tailLines: 5,
    limitBytes: undefined,
    since: now - 10_000,
  });
  expect(() => logOptionsOf(new URLSearchParams('tailLines=-1'), now)).toThrow(HttpError);
  expect(() => logOptionsOf(new URLSearchParams('limitBytes=many'), now)).toThrow(
    'Invalid value for limitBytes: "many"',
  );
});
