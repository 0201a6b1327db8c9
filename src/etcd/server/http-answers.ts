import { metricsContentType } from '../../lib/metrics.ts';
import { AlarmType } from '../proto/services.ts';
import { clusterVersion, etcdVersion } from '../proto/version.ts';
import type { HttpAnswer, HttpQuestion } from './listener.ts';
import type { Metrics } from './metrics.ts';
import type { EtcdServer } from './server.ts';

/** What a plain HTTP client may ask of the client port. Models server/etcdserver/api/etcdhttp. */
const json = (value: unknown, status = 200): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

async function answers(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Why the member is not healthy; empty when it is. */
async function unhealthy(server: EtcdServer, serializable: boolean): Promise<string> {
  for (const { alarm } of server.state.alarms()) {
    return alarm === AlarmType.NOSPACE ? 'ALARM NOSPACE' : 'ALARM CORRUPT';
  }
  if (serializable) return '';
  if (server.lead === 0n) return 'RAFT NO LEADER';
  const error = await answers(server.readIndex());
  return error === undefined ? '' : `QGET ERROR:${error}`;
}

interface Check {
  readonly name: string;
  readonly run: (server: EtcdServer) => Promise<string | undefined>;
}
const serializableRead: Check = { name: 'serializable_read', run: async () => undefined };
const livez: readonly Check[] = [serializableRead];
const readyz: readonly Check[] = [
  {
    name: 'data_corruption',
    run: async (server) =>
      server.state.alarms(AlarmType.CORRUPT).length > 0 ? 'alarm activated: CORRUPT' : undefined,
  },
  serializableRead,
  { name: 'linearizable_read', run: (server) => answers(server.readIndex()) },
];

async function runChecks(
  server: EtcdServer,
  checks: readonly Check[],
  question: HttpQuestion,
): Promise<HttpAnswer> {
  const [, , only] = question.path.split('/');
  const excluded = question.query.getAll('exclude');
  const chosen = checks.filter(
    ({ name }) => (only === undefined || only === name) && !excluded.includes(name),
  );
  if (chosen.length === 0) return { status: 404, body: '404 page not found\n' };
  const lines: string[] = [];
  let failed = false;
  for (const check of chosen) {
    const error = await check.run(server);
    failed ||= error !== undefined;
    lines.push(error === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: ${error}`);
  }
  const report = `${lines.join('\n')}\n`;
  if (failed) return { status: 503, body: report };
  return { status: 200, body: question.query.has('verbose') ? `${report}ok\n` : 'ok\n' };
}

export function httpAnswers(server: EtcdServer, metrics: Metrics) {
  return async (question: HttpQuestion): Promise<HttpAnswer> => {
    const [, first = ''] = question.path.split('/');
    if (!['GET', 'HEAD'].includes(question.method)) {
      return { status: 405, body: 'Method Not Allowed\n' };
    }
    switch (first) {
      case 'version':
        return json({ etcdserver: etcdVersion, etcdcluster: clusterVersion });
      case 'health': {
        const reason = await unhealthy(server, question.query.get('serializable') === 'true');
        return json({ health: reason === '' ? 'true' : 'false', reason }, reason === '' ? 200 : 503);
      }
      case 'livez':
        return runChecks(server, livez, question);
      case 'readyz':
        return runChecks(server, readyz, question);
      case 'metrics':
        return {
          status: 200,
          contentType: metricsContentType,
          body: metrics.render(),
        };
      default:
        return { status: 404, body: '404 page not found\n' };
    }
  };
}
