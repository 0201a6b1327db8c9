import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness as a dependency. */
export interface NameSource {
  uid(): string;
  /** Five characters for generateName. */
  suffix(): string;
}

/** No vowels and no digits that look like letters: no words can appear. Models apimachinery/pkg/util/rand. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

export const randomNames: NameSource = {
  uid: () => randomUUID(),
  suffix: () => Array.from(randomBytes(5), (byte) => alphabet[byte % alphabet.length]).join(''),
};

/** Longest base that leaves room for the suffix in 63 characters. */
const maximumBase = 58;

export const generateName = (base: string, names: NameSource): string =>
  base.slice(0, maximumBase) + names.suffix();
