/** Counters of the server in the text format of Prometheus, by upstream's names. */
export class ServerMetrics {
  readonly #requests = new Map<string, number>();
  readonly #seconds = new Map<string, { count: number; sum: number }>();
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
    const what = `group="${group}",resource="${resource}",subresource="${subresource}",verb="${verb.toUpperCase()}",version="${version}"`;
    const counter = `code="${code}",${what}`;
    this.#requests.set(counter, (this.#requests.get(counter) ?? 0) + 1);
    if (verb === 'watch') return;
    const spent = this.#seconds.get(what);
    if (spent === undefined) this.#seconds.set(what, { count: 1, sum: seconds });
    else {
      spent.count++;
      spent.sum += seconds;
    }
  }

  /** `objects`: how many objects each resource has. */
  render(objects: Iterable<readonly [resource: string, count: number]>): string {
    const lines: string[] = [];
    const family = (name: string, type: string, help: string, samples: Iterable<string>) =>
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples);
    family(
      'apiserver_request_total',
      'counter',
      'Requests by verb, resource and HTTP code.',
      [...this.#requests].map(([labels, count]) => `apiserver_request_total{${labels}} ${count}`),
    );
    family(
      'apiserver_request_duration_seconds',
      'summary',
      'Time to answer a request.',
      [...this.#seconds].flatMap(([labels, { count, sum }]) => [
        `apiserver_request_duration_seconds_sum{${labels}} ${sum}`,
        `apiserver_request_duration_seconds_count{${labels}} ${count}`,
      ]),
    );
    family('apiserver_current_inflight_requests', 'gauge', 'Requests being answered.', [
      `apiserver_current_inflight_requests{request_kind="mutating"} ${this.#inFlight.mutating}`,
      `apiserver_current_inflight_requests{request_kind="readOnly"} ${this.#inFlight.readOnly}`,
    ]);
    family('apiserver_longrunning_requests', 'gauge', 'Open watches.', [
      `apiserver_longrunning_requests{verb="WATCH"} ${this.#watches}`,
    ]);
    family(
      'apiserver_storage_objects',
      'gauge',
      'Objects in etcd.',
      [...objects].map(([resource, count]) => `apiserver_storage_objects{resource="${resource}"} ${count}`),
    );
    const { user, system } = process.cpuUsage();
    family('process_cpu_seconds_total', 'counter', 'CPU time of the process.', [
      `process_cpu_seconds_total ${(user + system) / 1e6}`,
    ]);
    family('process_resident_memory_bytes', 'gauge', 'Resident memory.', [
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    ]);
    family('process_start_time_seconds', 'gauge', 'Start of the process since the epoch.', [
      `process_start_time_seconds ${(Date.now() - process.uptime() * 1000) / 1000}`,
    ]);
    return `${lines.join('\n')}\n`;
  }
}
