import { errorCode, errorMessage, LabError } from '../../../lib/errors.ts';
import { connectionErrorText } from '../../client/connection-error.ts';
import { StatusError } from '../../client/errors.ts';

/** A mistake of the caller or an answer of the server, printed as upstream prints it. */
export class KubectlError extends Error {
  readonly exitCode: number;
  /** Follow the text with the hint at `--help`. */
  readonly usage: boolean;
  /** Print the text without `error: ` before it. */
  readonly plain: boolean;

  constructor(message: string, options: { exitCode?: number; usage?: boolean; plain?: boolean } = {}) {
    super(message);
    this.name = 'KubectlError';
    this.exitCode = options.exitCode ?? 1;
    this.usage = options.usage ?? false;
    this.plain = options.plain ?? false;
  }
}

/** `error: TEXT`, unless the text is one that upstream prints as it is. Models kubectl/pkg/cmd/util StandardErrorMessage. */
export function errorText(error: unknown, server: string | undefined): string {
  if (error instanceof KubectlError) return error.plain ? error.message : `error: ${error.message}`;
  if (error instanceof StatusError) return statusText(error);
  const connection = connectionText(error, server);
  if (connection !== undefined) return connection;
  if (error instanceof LabError) return `error: ${error.message}`;
  return `error: ${errorMessage(error)}`;
}

function statusText(error: StatusError): string {
  if (error.code === 401)
    return error.reason === ''
      ? `error: You must be logged in to the server (${error.message})`
      : 'error: You must be logged in to the server (the server has asked for the client to provide credentials)';
  if (error.reason === '') return `Error from server: ${error.message}`;
  if (error.reason === 'Invalid') return invalidText(error);
  return `Error from server (${error.reason}): ${error.message}`;
}

/** Several mistakes of one object stand in lines of their own. Models kubectl/pkg/cmd/util checkErr. */
function invalidText({ message, status }: StatusError): string {
  const { kind = '', name = '', causes = [] } = status.details ?? {};
  if (kind === '' && name === '' && causes.length === 0) return `The request is invalid: ${message}`;
  const subject =
    kind === '' && name === '' ? 'The request is invalid' : `The ${kind} ${JSON.stringify(name)} is invalid`;
  const mistakes = causes.map((cause) => `${cause.field}: ${cause.message}`);
  if (mistakes.length > 1) return `${subject}: \n${mistakes.map((mistake) => `* ${mistake}`).join('\n')}`;
  return [subject, ...mistakes].join(': ');
}

/** The same answer of the server, with what was being done before its message. */
export function withContext(error: unknown, context: string): unknown {
  if (!(error instanceof StatusError) || error.reason === 'Invalid') return error;
  return new StatusError(error.code, { ...error.status, message: `${context}: ${error.message}` });
}

/** A failed connection in Go's words, as upstream's kubectl puts them. */
function connectionText(error: unknown, server = 'http://localhost'): string | undefined {
  const unable = (why: string) => `Unable to connect to the server: ${why}`;
  const { host } = new URL(server);
  if (errorCode(error) === 'ECONNREFUSED')
    return `The connection to the server ${host} was refused - did you specify the right host or port?`;
  const text = connectionErrorText(error, new URL(server));
  if (text !== undefined) return unable(text);
  const message = errorMessage(error);
  if (/: i\/o timeout$/.test(message)) return unable(message);
  if (/^connection to .* closed$|^the connection closed before/.test(message)) return unable('EOF');
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return unable('net/http: request canceled (Client.Timeout exceeded while awaiting headers)');
  return undefined;
}
