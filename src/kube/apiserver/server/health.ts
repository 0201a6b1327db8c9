import type { Answer, ApiRequest } from './exchange.ts';
import { text } from './exchange.ts';

export interface HealthCheck {
  readonly name: string;
  /** Throws, or gives the reason, when it is not well. */
  readonly check: () => Promise<string | undefined> | string | undefined;
}

/**
 * Answers /healthz, /livez and /readyz: `ok`, or with ?verbose a line a check; /readyz/etcd asks for one.
 * `?exclude=etcd` leaves a check out. Models staging/src/k8s.io/apiserver/pkg/server/healthz.
 */
export async function answerHealth(
  path: string,
  checks: readonly HealthCheck[],
  request: Pick<ApiRequest, 'query'>,
): Promise<Answer> {
  const [endpoint = 'healthz', single] = path.split('/').filter((part) => part !== '');
  const excluded = new Set(request.query.getAll('exclude'));
  const wanted = single === undefined ? checks : checks.filter(({ name }) => name === single);
  if (wanted.length === 0) return text(404, '404 page not found\n');
  const lines: string[] = [];
  let failed = false;
  for (const { name, check } of wanted) {
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    let why: string | undefined;
    try {
      why = await check();
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
    if (why === undefined) lines.push(`[+]${name} ok`);
    else {
      failed = true;
      lines.push(`[-]${name} failed: reason withheld`);
    }
  }
  if (failed) return text(500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  if (single !== undefined || !request.query.has('verbose')) return text(200, 'ok');
  return text(200, `${lines.join('\n')}\n${endpoint} check passed\n`);
}
