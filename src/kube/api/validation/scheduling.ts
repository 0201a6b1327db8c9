/** Validation of priority classes. Models pkg/apis/scheduling/validation/validation.go. */
import type { PriorityClass } from '../types/scheduling-v1.ts';
import { type FieldError, forbidden } from './field-error.ts';

const systemValues: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const highestOfUsers = 1_000_000_000;

/** Names and values above those of users are the system's own. */
export function validatePriorityClass({ metadata, value }: PriorityClass): FieldError[] {
  const name = metadata?.name ?? '';
  if (name.startsWith('system-')) {
    if (systemValues[name] === value) return [];
    const why = `priority class names with 'system-' prefix are reserved for system use only`;
    return [forbidden('metadata.name', why)];
  }
  if (value <= highestOfUsers) return [];
  return [forbidden('value', `maximum allowed value of a user defined priority is ${highestOfUsers}`)];
}
