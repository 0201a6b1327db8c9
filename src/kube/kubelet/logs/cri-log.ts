/** One record of a container's log: `2026-01-01T00:00:00.000000000Z stdout F the line`. */
export interface LogRecord {
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr';
  /** False for a part of a line that was too long for one record: the line goes on in the next. */
  readonly full: boolean;
  readonly text: string;
}

/** Models pkg/kubelet/kuberuntime/logs parseCRILog. Undefined for what is no record. */
export function parseLogRecord(line: string): LogRecord | undefined {
  const match = /^(\S+) (stdout|stderr) ([FP])(?::\S+)? (.*)$/s.exec(line);
  if (match === null) return undefined;
  return {
    timestamp: match[1]!,
    stream: match[2] as LogRecord['stream'],
    full: match[3] === 'F',
    text: match[4]!,
  };
}

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** The last lines only; undefined for all. */
  readonly tailLines: number | undefined;
  /** Epoch milliseconds: nothing older. */
  readonly since: number | undefined;
  readonly limitBytes: number | undefined;
}

/** What is printed of a record; undefined when it is older than asked for. */
export function renderRecord(
  record: LogRecord,
  options: Pick<LogOptions, 'timestamps' | 'since'>,
): string | undefined {
  if (options.since !== undefined && Date.parse(record.timestamp) < options.since) return undefined;
  const end = record.full ? '\n' : '';
  return options.timestamps ? `${record.timestamp} ${record.text}${end}` : `${record.text}${end}`;
}

/** The last `count` lines of a log's records; the parts of a long line count as one. */
export function tail(records: readonly LogRecord[], count: number | undefined): readonly LogRecord[] {
  if (count === undefined) return records;
  if (count <= 0) return [];
  let lines = 0;
  for (let index = records.length - 1; index >= 0; index--) {
    const endsLine = records[index]!.full || index === records.length - 1;
    if (endsLine && ++lines > count) return records.slice(index + 1);
  }
  return records;
}
