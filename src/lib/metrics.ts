/**
 * A process's numbers in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats). Written here because the usual client, prom-client,
 * would cost each of the cluster's many small processes ten megabytes.
 */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** What labels look like inside the braces: `verb="GET",code="200"`. */
export function labelText(labels: Readonly<Record<string, string | number>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${String(value).replace(/[\\"\n]/g, escapeCharacter)}"`)
    .join(',');
}

const escapeCharacter = (character: string) => (character === '\n' ? '\\n' : `\\${character}`);

/** Counts observations by upper bounds, so that quantiles can be told later. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** `bounds` ascend, in the unit of what is observed. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length).fill(0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    const at = this.bounds.findIndex((bound) => value <= bound);
    if (at >= 0) this.#counts[at]!++;
  }

  /** The lines of one histogram: each bucket counts all that is not above its bound. */
  lines(name: string, labels: string): string[] {
    const comma = labels === '' ? '' : ',';
    let total = 0;
    const bucket = (bound: number | string, count: number) =>
      `${name}_bucket{${labels}${comma}le="${bound}"} ${count}`;
    return [
      ...this.bounds.map((bound, at) => {
        total += this.#counts[at]!;
        return bucket(bound, total);
      }),
      bucket('+Inf', this.#count),
      sample(`${name}_sum`, labels, this.#sum),
      sample(`${name}_count`, labels, this.#count),
    ];
  }
}

const sample = (name: string, labels: string, value: number) =>
  labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`;

/** Values by their labels (see {@link labelText}). */
type Samples<T> = Iterable<readonly [labels: string, value: T]>;

const alone = <T>(values: T | Samples<T>): Samples<T> =>
  typeof values === 'object' && values !== null && Symbol.iterator in values ? values : [['', values]];

const startSeconds = Date.now() / 1000 - process.uptime();

/** One page of /metrics, written family by family. */
export class MetricsPage {
  readonly #lines: string[] = [];

  counter(name: string, help: string, values: number | Samples<number>): void {
    this.#family(name, 'counter', help);
    for (const [labels, value] of alone(values)) this.#lines.push(sample(name, labels, value));
  }

  gauge(name: string, help: string, values: number | Samples<number>): void {
    this.#family(name, 'gauge', help);
    for (const [labels, value] of alone(values)) this.#lines.push(sample(name, labels, value));
  }

  histogram(name: string, help: string, values: Histogram | Samples<Histogram>): void {
    this.#family(name, 'histogram', help);
    for (const [labels, value] of alone(values)) this.#lines.push(...value.lines(name, labels));
  }

  /** What every program tells of itself. */
  process(): void {
    const { user, system } = process.cpuUsage();
    this.counter('process_cpu_seconds_total', 'CPU time spent, in seconds.', (user + system) / 1e6);
    this.gauge('process_resident_memory_bytes', 'Resident memory, in bytes.', process.memoryUsage.rss());
    this.gauge('process_start_time_seconds', 'When the process started.', startSeconds);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #family(name: string, type: string, help: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  }
}
