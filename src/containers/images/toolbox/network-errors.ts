import { errorCode, errorMessage } from '../../../lib/errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  ECONNRESET: 'Connection reset by peer',
  EADDRINUSE: 'Address already in use',
};

/** As libc's strerror spells it. */
export const reasonOf = (error: unknown) => reasons[errorCode(error) ?? ''] ?? errorMessage(error);
export const isUnknownName = (error: unknown) => ['ENOTFOUND', 'EAI_AGAIN'].includes(errorCode(error) ?? '');
