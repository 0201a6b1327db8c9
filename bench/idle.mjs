import { processesOf, processFigures } from './lab.mjs';

const seconds = 20;

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
