import { LabError } from '../../lib/errors.ts';
import { curlFrom } from '../curl.ts';
import { type MachineReason, machineReasons, onEachHost } from '../hosts.ts';
import { diagnoseLayers, type LayerReason, layerReasons } from '../layers.ts';
import { Parameters } from '../parameters.ts';
import { missingFileReason, readTls, tlsPaths } from '../tls-files.ts';
import type { CheckKind, CheckSpec, Finding, Host, HttpOutcome } from '../types.ts';
import { jumpbox } from '../types.ts';
import { eventually } from '../wait.ts';

type Reason = MachineReason | LayerReason | 'missing-file' | 'wrong-status' | 'wrong-body';

const reasons: Readonly<Record<Reason, string>> = {
  ...machineReasons,
  ...missingFileReason,
  ...layerReasons,
  'wrong-status': 'the server answers with another status',
  'wrong-body': 'the answer says something else',
};

/** 127.0.0.1 is another place on each machine: say from where it was asked. */
const seenFrom = (host: Host, finding: Finding<LayerReason>): Finding<LayerReason> => ({
  ...finding,
  message: `Seen from ${host}: ${finding.message}`,
  where: `${host}: ${finding.where}`,
});

/**
 * One request. Parameters: `url`; `headers`; `ca`, `cert`, `key` (workspace files; with `from` paths on that machine); `status` (default 200);
 * `body` (text that it holds); `from` (hosts that ask, with curl; default the jumpbox); `wait`.
 */
export const httpKind: CheckKind<Reason> = {
  kind: 'http',
  reasons,
  prepare(spec: CheckSpec) {
    const parameters = Parameters.of(spec);
    const url = parameters.string('url');
    if (!URL.canParse(url))
      throw new LabError(
        `parameter url must be an address such as https://HOST:PORT/PATH, not ${JSON.stringify(url)}`,
      );
    const paths = tlsPaths(parameters);
    const headers = Object.fromEntries(
      Object.entries(parameters.optionalMap('headers') ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const status = parameters.optionalNumber('status') ?? 200;
    const body = parameters.optionalString('body');
    const from = parameters.optionalWords('from') ?? [jumpbox];
    const waitMs = parameters.duration('wait', 0);
    parameters.finish();

    return (context) =>
      onEachHost(context, from, (host) =>
        eventually<Reason>(context, waitMs, async () => {
          let outcome: HttpOutcome;
          if (host === jumpbox) {
            const material = await readTls(context, paths);
            if ('finding' in material) return [material.finding];
            outcome = await context.network.http({ url, headers, tls: material.tls });
          } else {
            const tls = Object.fromEntries(Object.entries(paths).filter(([, path]) => path !== undefined));
            outcome = await curlFrom(context.machines, host, { url, headers, tls });
          }
          const wanted = outcome.layer === 'http' && outcome.status === status;
          if (!wanted) {
            const trouble = diagnoseLayers(outcome, url, context.topology);
            if (trouble !== undefined) return [host === jumpbox ? trouble : seenFrom(host, trouble)];
          }
          if (outcome.layer !== 'http') return [];
          const findings: Finding<Reason>[] = [];
          const base = { where: url, remedy: 'look at the unit that answers there, and at its journal' };
          const said = outcome.body.trim().slice(0, 300);
          if (outcome.status !== status)
            findings.push({
              ...base,
              reason: 'wrong-status',
              message: `${url} answers ${outcome.status}, and ${status} is wanted${said === '' ? '.' : `: ${said.split('\n')[0]}`}`,
              expected: `status ${status}`,
              found: `status ${outcome.status}`,
            });
          else if (body !== undefined && !outcome.body.includes(body))
            findings.push({
              ...base,
              reason: 'wrong-body',
              message: `The answer of ${url} does not hold ${JSON.stringify(body)}.`,
              expected: body,
              found: said === '' ? 'an empty body' : said,
            });
          return findings;
        }),
      );
  },
};
