import type { Clock } from '../../../lib/clock.ts';
import type { TokenRequest } from '../../api/types/authentication-v1.ts';
import type { Pod, ServiceAccount } from '../../api/types/core-v1.ts';
import { ResourceClient, type RestClient } from '../../client/index.ts';
import { nameOf, namespaceOf, uidOf } from '../pods/pod.ts';

interface Entry {
  readonly token: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const dayMs = 86_400_000;

/** A token is renewed when 80 % of its life is over, and at the latest after a day (Models pkg/kubelet/token). */
export const needsRefresh = ({ issuedAt, expiresAt }: Omit<Entry, 'token'>, now: number) =>
  now > issuedAt + (expiresAt - issuedAt) * 0.8 || now > issuedAt + dayMs;

/** Tokens bound to pods, asked from the API server and kept until they grow old. */
export class TokenManager {
  readonly #accounts: ResourceClient<ServiceAccount>;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Entry>();

  constructor(rest: RestClient, clock: Clock) {
    this.#accounts = new ResourceClient(rest, { group: '', version: 'v1', resource: 'serviceaccounts' });
    this.#clock = clock;
  }

  async token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const key = `${uidOf(pod)}/${audience ?? ''}/${expirationSeconds}`;
    const known = this.#tokens.get(key);
    const now = this.#clock.now();
    if (known !== undefined && !needsRefresh(known, now)) return known.token;
    try {
      const entry = await this.#request(pod, audience, expirationSeconds);
      this.#tokens.set(key, entry);
      return entry.token;
    } catch (error) {
      // An old token that still holds is better than none.
      if (known !== undefined && known.expiresAt > now) return known.token;
      throw new Error(`failed to fetch token: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  forget(podUid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${podUid}/`)) this.#tokens.delete(key);
  }

  async #request(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<Entry> {
    const account = pod.spec?.serviceAccountName || 'default';
    const issuedAt = this.#clock.now();
    const { status } = await this.#accounts
      .in(namespaceOf(pod))
      .createSubresource<TokenRequest>(account, 'token', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: {},
        spec: {
          audiences: audience ? [audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: nameOf(pod), uid: uidOf(pod) },
        },
      } satisfies TokenRequest);
    if (status === undefined) throw new Error('the API server answered without a token');
    return { token: status.token, issuedAt, expiresAt: Date.parse(status.expirationTimestamp) };
  }
}
