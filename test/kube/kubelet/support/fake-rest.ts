import { type RestClient, StatusError } from '../../../../src/kube/client/index.ts';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export type Answer = (request: RecordedRequest) => unknown;

/** An API server that is one function: what it returns is the answer, what it throws the error. */
export class FakeRest {
  readonly requests: RecordedRequest[] = [];
  answer: Answer;

  constructor(answer: Answer = () => notFound()) {
    this.answer = answer;
  }

  get client(): RestClient {
    return this as unknown as RestClient;
  }

  async request(method: string, path: string, options: { readonly body?: unknown } = {}): Promise<unknown> {
    const recorded = { method, path, body: options.body };
    this.requests.push(recorded);
    return this.answer(recorded);
  }

  count(method: string, path: string): number {
    return this.requests.filter((request) => request.method === method && request.path === path).length;
  }
}

export function notFound(): never {
  throw new StatusError(404, { code: 404, reason: 'NotFound', message: 'not found' });
}
