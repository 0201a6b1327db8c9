import { KubectlError } from '../cli/errors.ts';
import type { KubeObject } from '../cluster/cluster.ts';
import { printJsonPath } from '../output/jsonpath.ts';

/** What `wait` waits for. */
export interface WaitCondition {
  /** What it means that the object is not there when the waiting begins. */
  readonly whenAbsent: 'error' | 'passed' | 'wait';
  isMet(object: KubeObject | undefined): boolean;
}

/** Reads the value of --for. */
export function readWaitCondition(text: string): WaitCondition {
  const lower = text.toLowerCase();
  if (lower === 'delete') return { whenAbsent: 'passed', isMet: (object) => object === undefined };
  if (lower === 'create') return { whenAbsent: 'wait', isMet: (object) => object !== undefined };
  if (lower.startsWith('condition=')) return statusCondition(text.slice('condition='.length));
  if (lower.startsWith('jsonpath=')) return pathCondition(text.slice('jsonpath='.length));
  throw new KubectlError(`unrecognized condition: ${JSON.stringify(text)}`);
}

/** `Available`, `Ready=false`. */
function statusCondition(text: string): WaitCondition {
  const at = text.indexOf('=');
  const type = (at < 0 ? text : text.slice(0, at)).toLowerCase();
  const wanted = (at < 0 ? 'true' : text.slice(at + 1)).toLowerCase();
  return {
    whenAbsent: 'error',
    isMet(object) {
      if (object === undefined) return false;
      const status = object.status as Status | undefined;
      const found = status?.conditions?.find((condition) => condition.type.toLowerCase() === type);
      if (found === undefined) return false;
      // What was seen before the last change of the specification says nothing about it.
      const observed = found.observedGeneration ?? status?.observedGeneration;
      if (observed !== undefined && observed < (object.metadata.generation ?? 0)) return false;
      return found.status.toLowerCase() === wanted;
    },
  };
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly observedGeneration?: number;
  }[];
}

/** `{.status.phase}=Running`, `.status.podIP`: without a value it is enough that there is one. */
function pathCondition(text: string): WaitCondition {
  const [, braced, plain, , value] = /^(?:(\{[^}]*\})|([^=]*))(=(.*))?$/s.exec(text) ?? [];
  const path = braced ?? (plain ? `{${plain.startsWith('.') ? '' : '.'}${plain}}` : '');
  if (path === '' || value === '')
    throw new KubectlError(
      path === ''
        ? "jsonpath wait format must be --for=jsonpath='{}'=value"
        : 'jsonpath wait has to have a value after equal sign',
    );
  const wanted = value?.replace(/^(["'])(.*)\1$/s, '$2');
  return {
    whenAbsent: 'error',
    isMet(object) {
      if (object === undefined) return false;
      const found = printJsonPath(path, object);
      return wanted === undefined ? found !== '' : found === wanted;
    },
  };
}
