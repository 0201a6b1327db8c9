import { type CriCalls, type CriClient, type UnaryName, unaryMethods } from '../../cri/index.ts';

/** Calls that may take as long as they need: a pull, and what carries a time of its own. */
const unbounded: readonly UnaryName[] = ['pullImage', 'execSync', 'stopContainer'];

/** The same client, with each call given up after `timeoutMs` (runtimeRequestTimeout) unless it says otherwise. */
export function withRequestTimeout(cri: CriClient, timeoutMs: number): CriClient {
  const bound = <N extends UnaryName>(name: N) => {
    const call = cri[name] as (request: object, options?: object) => Promise<unknown>;
    return [name, (request: object, options?: object) => call(request, { timeoutMs, ...options })] as const;
  };
  const names = (Object.keys(unaryMethods) as UnaryName[]).filter((name) => !unbounded.includes(name));
  const calls = Object.fromEntries(names.map(bound)) as unknown as Partial<CriCalls>;
  return { ...cri, ...calls };
}
