/** How a process ended, in systemd's words (models src/basic/exit-status.c). */

export type ExitStatus = { readonly code: number } | { readonly signal: NodeJS.Signals };

const names: Readonly<Record<number, string>> = {
  0: 'SUCCESS',
  1: 'FAILURE',
  2: 'INVALIDARGUMENT',
  3: 'NOTIMPLEMENTED',
  4: 'NOPERMISSION',
  5: 'NOTINSTALLED',
  6: 'NOTCONFIGURED',
  7: 'NOTRUNNING',
  200: 'CHDIR',
  203: 'EXEC',
};

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** `code=exited, status=1/FAILURE`, `code=killed, status=9/KILL`. */
export function describeExit(status: ExitStatus): string {
  if ('code' in status) return `code=exited, status=${status.code}/${names[status.code] ?? 'n/a'}`;
  const number = signalNumbers[status.signal] ?? 0;
  return `code=${['SIGABRT', 'SIGSEGV', 'SIGQUIT'].includes(status.signal) ? 'dumped' : 'killed'}, status=${number}/${status.signal.replace('SIG', '')}`;
}

const cleanSignals: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'];

/** Success, as systemd.service(5) defines it, with what SuccessExitStatus= adds. */
export function isClean(status: ExitStatus, also: readonly (number | string)[]): boolean {
  if ('code' in status) return status.code === 0 || also.includes(status.code);
  return cleanSignals.includes(status.signal) || also.includes(status.signal);
}

export type ServiceResult =
  | 'success'
  | 'exit-code'
  | 'signal'
  | 'core-dump'
  | 'timeout'
  | 'start-limit-hit'
  | 'resources'
  | 'dependency';

export function resultOf(status: ExitStatus, also: readonly (number | string)[]): ServiceResult {
  if (isClean(status, also)) return 'success';
  if ('code' in status) return 'exit-code';
  return describeExit(status).startsWith('code=dumped') ? 'core-dump' : 'signal';
}
