import { describe, expect, it } from 'vitest';
import { lastWords } from '../../src/checks/last-words.ts';
import type { JournalLine } from '../../src/checks/types.ts';

const by =
  (identifier: string, pid: number) =>
  (message: string): JournalLine => ({ identifier, pid, message });
const systemd = by('systemd', 1);

describe('the last words of a program', () => {
  it('are its own, not what systemd says of every program', () => {
    const kubelet = by('kubelet', 7);
    expect(
      lastWords([
        systemd('Started kubelet.service.'),
        kubelet('I1121 10:20:23.272000       7 kubelet] "Kubelet version" kubeletVersion="v1"'),
        kubelet('kubelet: unknown flag: --network-plugin'),
        systemd('kubelet.service: Main process exited, code=exited, status=2/INVALIDARGUMENT'),
        systemd("kubelet.service: Failed with result 'exit-code'."),
      ]),
    ).toEqual(['kubelet: unknown flag: --network-plugin']);
  });
  it('are read out of the logs of etcd and Kubernetes, each complaint once', () => {
    const zap = (level: string, msg: string, error?: string) =>
      by('etcd', 7)(JSON.stringify({ level, ts: '2026-11-21T10:00:00Z', msg, error }));
    expect(
      lastWords([zap('info', 'starting'), zap('warn', 'slow'), zap('error', 'discovery failed', 'why')]),
    ).toEqual(['slow', 'discovery failed: why']);
    const klog = by('kube-scheduler', 7);
    expect(
      lastWords([
        klog('W1121 10:00:00.000000       7 client] "failed to list" err="refused"'),
        klog('W1121 10:00:01.000000       7 client] "failed to list" err="refused"'),
        klog('I1121 10:00:02.000000       7 server] "shutting down"'),
      ]),
    ).toEqual(['"failed to list" err="refused"']);
  });
  it('are those of the last run that complained', () => {
    expect(
      lastWords([
        by('etcd', 6)('etcd: an old mistake'),
        by('etcd', 7)('etcd: the mistake'),
        by('etcd', 8)('{"level":"info","msg":"starting"}'),
      ]),
    ).toEqual(['etcd: the mistake']);
  });
  it('are what there is when nothing was complained of, and the newest when it was much', () => {
    expect(lastWords([])).toEqual([]);
    expect(lastWords([systemd('Unable to locate executable')])).toEqual(['Unable to locate executable']);
    expect(lastWords([by('etcd', 7)('{"level":"info","msg":"starting"}')])).toEqual(['starting']);
    expect(lastWords(['a', 'b', 'c'].map(by('etcd', 7)), 2)).toEqual(['b', 'c']);
    expect(lastWords([by('etcd', 7)('{"level":"warn","ms')])).toEqual(['{"level":"warn","ms']);
  });
});
