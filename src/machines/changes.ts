import { EventEmitter, on } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { watchTree } from '../lib/watch-tree.ts';
import { type LabClient, runningLab } from './client.ts';
import type { Workspace } from './workspace.ts';

/** How often to see whether a lab that sleeps has been woken by another command. */
const sleepMs = 2000;

/** The jumpbox's own folder of the lab: progress, journals, and the machines, whose disks are watched one by one. */
const ownFolder = /^\.lab(\/|$)/;

/** What the programs on a machine write all the time: databases, containers, journals. No check reads it as a file. */
const busyFolders =
  /^(run|tmp|var\/(run|log|tmp|cache|lib\/(etcd|containerd|cni|kubelet\/(pods|plugins\w*))))(\/|$)/;

/** What labd tells, for as long as there is one; a lab that sleeps is asked again. */
async function labEvents(
  running: () => Promise<LabClient | undefined>,
  tell: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _event of (await running())?.events(signal) ?? []) tell();
    } catch {
      // The lab was switched off: wait until it is there again.
    }
    await delay(sleepMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/**
 * Tells whenever something changes that a check may look at: a file of the workspace or of a machine, in whatever folder, a
 * unit, a power switch, a link. Starts no lab. Ends with the signal.
 */
export async function* labChanges(workspace: Workspace, signal: AbortSignal): AsyncGenerator<unknown> {
  const queue = new EventEmitter();
  const tell = () => queue.emit('change');
  const ends = [
    watchTree(workspace.dir, { onChange: tell, skip: (path) => ownFolder.test(path) }),
    ...workspace.topology.machines.map(({ name }) =>
      watchTree(workspace.machineRoot(name), { onChange: tell, skip: (path) => busyFolders.test(path) }),
    ),
  ];
  void labEvents(() => runningLab(workspace), tell, signal);
  try {
    for await (const change of on(queue, 'change', { signal })) yield change;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    for (const end of ends) end();
  }
}
