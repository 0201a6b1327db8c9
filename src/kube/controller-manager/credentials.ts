import type { Clock } from '../../lib/clock.ts';
import type { ServiceAccount } from '../api/types/core-v1.ts';
import { isAlreadyExists, isNotFound, ResourceClient, RestClient } from '../client/index.ts';

const namespace = 'kube-system';
const lifetimeSeconds = 3600;
/** A token is renewed when four fifths of its life are over. */
const renewAfter = 0.8;

interface TokenAnswer {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

/**
 * A client for each controller, with the rights of its own service account in kube-system and no more: what
 * --use-service-account-credentials asks for. Tokens are asked for through the common client and renewed in time.
 */
export class ControllerCredentials {
  readonly #common: RestClient;
  readonly #clock: Clock;
  readonly #clients: RestClient[] = [];
  readonly #cancels: (() => void)[] = [];

  constructor(common: RestClient, clock: Clock) {
    this.#common = common;
    this.#clock = clock;
  }

  async clientFor(controller: string): Promise<RestClient> {
    await this.#ensureAccount(controller);
    let token = await this.#token(controller);
    const renew = () => {
      const again = this.#clock.after(lifetimeSeconds * 1000 * renewAfter, () => {
        this.#token(controller).then(
          (fresh) => {
            token = fresh;
            renew();
          },
          // The old one still has a fifth of its life: time to try again.
          () => this.#cancels.push(this.#clock.after(10_000, renew)),
        );
      });
      this.#cancels.push(again);
    };
    renew();
    const { server, ca, tlsServerName, insecureSkipTlsVerify } = this.#common.config;
    const client = new RestClient({
      server,
      ...(ca && { ca }),
      ...(tlsServerName && { tlsServerName }),
      ...(insecureSkipTlsVerify && { insecureSkipTlsVerify }),
      token: () => token,
      userAgent: `kube-controller-manager/${controller}`,
    });
    this.#clients.push(client);
    return client;
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
    for (const client of this.#clients) client.close();
  }

  async #ensureAccount(name: string): Promise<void> {
    const accounts = new ResourceClient<ServiceAccount>(
      this.#common,
      { group: '', version: 'v1', resource: 'serviceaccounts' },
      namespace,
    );
    try {
      await accounts.get(name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      try {
        await accounts.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
      } catch (failure) {
        if (!isAlreadyExists(failure)) throw failure;
      }
    }
  }

  async #token(name: string): Promise<string> {
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: { audiences: [], expirationSeconds: lifetimeSeconds },
    };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    return (await this.#common.request<TokenAnswer>('POST', path, { body })).status.token;
  }
}
