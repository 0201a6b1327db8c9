import { readFileSync } from 'node:fs';
import type { ContainerStatsInit } from '../../kube/cri/index.ts';
import type { ContainerRecord } from './records.ts';

/** /proc counts CPU time in hundredths of a second (sysconf(_SC_CLK_TCK)) and memory in pages of 4 KiB. */
const nanosecondsPerTick = 10_000_000;
const pageBytes = 4096;

/** The use of one process, from /proc; undefined where there is none (or no /proc at all). */
function processUsage(
  pid: number,
): { readonly cpuNanoseconds: number; readonly rssBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuNanoseconds: ticks * nanosecondsPerTick, rssBytes: Number(fields[21]) * pageBytes };
  } catch {
    return undefined;
  }
}

export function containerStats(
  record: ContainerRecord,
  pid: number | undefined,
  timestamp: number,
): ContainerStatsInit {
  const usage = pid === undefined ? undefined : processUsage(pid);
  return {
    attributes: {
      id: record.id,
      metadata: record.config.metadata,
      labels: record.config.labels,
      annotations: record.config.annotations,
    },
    ...(usage === undefined
      ? {}
      : {
          cpu: { timestamp, usageCoreNanoSeconds: { value: usage.cpuNanoseconds } },
          memory: {
            timestamp,
            workingSetBytes: { value: usage.rssBytes },
            usageBytes: { value: usage.rssBytes },
            rssBytes: { value: usage.rssBytes },
          },
        }),
  };
}
