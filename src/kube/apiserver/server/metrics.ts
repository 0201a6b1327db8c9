import { Histogram, labelText, MetricsPage } from '../../../lib/metrics.ts';

/** Seconds; upstream's bounds for requests (staging/src/k8s.io/apiserver/pkg/endpoints/metrics). */
const requestBounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** What the server counts, under upstream's names. */
export class ServerMetrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  #inFlight = { mutating: 0, readOnly: 0 };
  #watches = 0;

  started(mutating: boolean): void {
    this.#inFlight[mutating ? 'mutating' : 'readOnly']++;
  }

  finished(mutating: boolean): void {
    this.#inFlight[mutating ? 'mutating' : 'readOnly']--;
  }

  watchOpened(change: 1 | -1): void {
    this.#watches += change;
  }

  get inFlight(): { readonly mutating: number; readonly readOnly: number } {
    return this.#inFlight;
  }

  /** `seconds`: from the request's arrival to its answer; of a watch it is not counted. */
  observe(request: {
    verb: string;
    group: string;
    version: string;
    resource: string;
    subresource: string;
    code: number;
    seconds: number;
  }): void {
    const { verb, group, version, resource, subresource, code, seconds } = request;
    const what = labelText({ group, resource, subresource, verb: verb.toUpperCase(), version });
    const counter = `code="${code}",${what}`;
    this.#requests.set(counter, (this.#requests.get(counter) ?? 0) + 1);
    if (verb === 'watch') return;
    let duration = this.#durations.get(what);
    if (duration === undefined) {
      duration = new Histogram(requestBounds);
      this.#durations.set(what, duration);
    }
    duration.observe(seconds);
  }

  /** `objects`: how many objects each resource has. */
  render(objects: Iterable<readonly [resource: string, count: number]>): string {
    const page = new MetricsPage();
    page.counter('apiserver_request_total', 'Requests by verb, resource and HTTP code.', this.#requests);
    page.histogram('apiserver_request_duration_seconds', 'Time to answer a request.', this.#durations);
    page.gauge('apiserver_current_inflight_requests', 'Requests being answered.', [
      ['request_kind="mutating"', this.#inFlight.mutating],
      ['request_kind="readOnly"', this.#inFlight.readOnly],
    ]);
    page.gauge('apiserver_longrunning_requests', 'Open watches.', [['verb="WATCH"', this.#watches]]);
    const counts = [...objects].map(([resource, count]) => [labelText({ resource }), count] as const);
    page.gauge('apiserver_storage_objects', 'Objects in etcd.', counts);
    page.process();
    return page.toString();
  }
}
