import { appendFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorMessage } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { UserInfo } from '../request.ts';
import type { RequestInfo } from './request-info.ts';

export interface AuditOptions {
  /** --audit-log-path; `-` is standard output. */
  readonly path: string;
  /** --audit-log-maxsize in megabytes; 0: never rotate. */
  readonly maxSizeMb: number;
  /** --audit-log-maxbackup; 0: keep all. */
  readonly maxBackups: number;
  /** --audit-log-maxage in days; 0: keep all. */
  readonly maxAgeDays: number;
}

export interface AuditEntry {
  readonly auditId: string;
  readonly requestUri: string;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly impersonatedUser?: UserInfo;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly code: number;
  readonly receivedMs: number;
  readonly completedMs: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

const micro = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z');
const userOf = ({ username, uid, groups, extra }: UserInfo) => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  ...(groups.length === 0 ? {} : { groups }),
  ...(extra === undefined ? {} : { extra }),
});

/** An event of audit.k8s.io/v1 at level Metadata, stage ResponseComplete: who did what, never the bodies. */
function auditEvent(entry: AuditEntry): Record<string, unknown> {
  const { info } = entry;
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: entry.auditId,
    stage: 'ResponseComplete',
    requestURI: entry.requestUri,
    verb: info.verb,
    user: userOf(entry.user),
    ...(entry.impersonatedUser === undefined ? {} : { impersonatedUser: userOf(entry.impersonatedUser) }),
    sourceIPs: [entry.sourceIp],
    userAgent: entry.userAgent,
    ...(info.isResourceRequest
      ? {
          objectRef: {
            resource: info.resource,
            ...(info.namespace === '' ? {} : { namespace: info.namespace }),
            ...(info.name === '' ? {} : { name: info.name }),
            ...(info.apiGroup === '' ? {} : { apiGroup: info.apiGroup }),
            apiVersion: info.apiVersion,
            ...(info.subresource === '' ? {} : { subresource: info.subresource }),
          },
        }
      : {}),
    responseStatus: { metadata: {}, code: entry.code },
    requestReceivedTimestamp: micro(entry.receivedMs),
    stageTimestamp: micro(entry.completedMs),
    ...(entry.annotations === undefined ? {} : { annotations: entry.annotations }),
  };
}

const flushMs = 500;

/** Collects lines and appends them twice a second, so that no request waits for the disk. Rotates as lumberjack does. */
export class AuditLog {
  readonly #options: AuditOptions;
  readonly #log: Logger;
  #lines: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: AuditOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  add(entry: AuditEntry): void {
    const line = JSON.stringify(auditEvent(entry));
    if (this.#options.path === '-') {
      process.stdout.write(`${line}\n`);
      return;
    }
    this.#lines.push(line);
    this.#timer ??= setTimeout(() => this.#flush(), flushMs);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#flush();
    await this.#writing;
  }

  #flush(): void {
    this.#timer = undefined;
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#writing = this.#writing
      .then(() => this.#append(`${lines.join('\n')}\n`))
      .catch((error: unknown) => {
        this.#log.error('cannot write the audit log', { path: this.#options.path, err: errorMessage(error) });
      });
  }

  async #append(text: string): Promise<void> {
    const { path, maxSizeMb } = this.#options;
    if (maxSizeMb > 0) {
      const size = await stat(path).then(
        (found) => found.size,
        () => 0,
      );
      if (size > 0 && size + Buffer.byteLength(text) > maxSizeMb * 1024 * 1024) await this.#rotate();
    }
    await appendFile(path, text, { mode: 0o600 });
  }

  async #rotate(): Promise<void> {
    const { path, maxBackups, maxAgeDays } = this.#options;
    const folder = dirname(path);
    const [, stem, extension] = /^(.*?)(\.[^.]*)?$/.exec(basename(path))!;
    const stamp = new Date().toISOString().replaceAll(':', '-').replace('Z', '');
    await rename(path, join(folder, `${stem}-${stamp}${extension ?? ''}`));
    const backups = (await readdir(folder))
      .filter((name) => name.startsWith(`${stem}-`))
      .sort()
      .reverse();
    const oldest = Date.now() - maxAgeDays * 86_400_000;
    for (const [index, name] of backups.entries()) {
      const file = join(folder, name);
      const tooMany = maxBackups > 0 && index >= maxBackups;
      const tooOld = maxAgeDays > 0 && (await stat(file)).mtimeMs < oldest;
      if (tooMany || tooOld) await rm(file, { force: true });
    }
  }
}
