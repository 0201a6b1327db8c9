import { UsageError } from '../../../lib/errors.ts';
import type { Taint } from '../../api/types/core-v1.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** `key=value:effect` or `key:effect`. */
export function parseTaint(text: string): Taint {
  const match = /^([^=:]+)(?:=([^:]*))?:([A-Za-z]+)$/.exec(text);
  if (match === null || !effects.includes(match[3]!)) {
    throw new UsageError(`invalid taint ${JSON.stringify(text)}`, {
      where: '--register-with-taints',
      remedy: `write it as key=value:effect, with ${effects.join(', ')}`,
    });
  }
  return { key: match[1]!, ...(match[2] !== undefined && { value: match[2] }), effect: match[3]! };
}
