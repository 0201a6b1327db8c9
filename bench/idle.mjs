import { createHash } from 'node:crypto';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { processFigures } from './lab.mjs';

const seconds = 20;

/** Every process of a lab leaves its pid in the lab's runtime folder (see src/machines/workspace.ts). */
function processesOf(folder) {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 8);
  const candidates = [
    join(process.env.XDG_RUNTIME_DIR ?? '/run/none', `k8s-lab-${name}`),
    `/tmp/k8s-lab-${userInfo().uid}-${name}`,
  ];
  const runtimeDir = candidates.find((candidate) => existsSync(join(candidate, 'pids')));
  if (runtimeDir === undefined) throw new Error('the runtime folder of the lab was not found');
  return readdirSync(join(runtimeDir, 'pids')).map(Number);
}

function total(pids) {
  let cpuSeconds = 0;
  let pssKb = 0;
  let count = 0;
  for (const pid of pids) {
    try {
      const figures = processFigures(pid);
      cpuSeconds += figures.cpuSeconds;
      pssKb += figures.pssKb;
      count++;
    } catch {
      // It ended meanwhile.
    }
  }
  return { cpuSeconds, pssKb, count };
}

/** What the whole cluster costs while nobody asks anything of it. */
export async function idle(lab) {
  await lab.solved();
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const pids = processesOf(lab.folder);
  const before = total(pids);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = total(pids);
  const percent = ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100;
  return [
    {
      what: `idle cluster, memory (PSS of ${after.count} processes)`,
      budget: '900 MB',
      figure: `${Math.round(after.pssKb / 1024)} MB`,
    },
    { what: 'idle cluster, CPU', budget: '10 % of a core', figure: `${percent.toFixed(1)} %` },
  ];
}
