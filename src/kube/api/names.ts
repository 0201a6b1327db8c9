/** Names the server makes up. Models apiserver pkg/storage/names and apimachinery pkg/util/rand. */

/** No vowels and no digits that look like them: no words come out. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const MAX_NAME_LENGTH = 63;
const RANDOM_LENGTH = 5;

/** `random` answers a number in [0, 1), as Math.random does. */
function randomSuffix(length: number, random: () => number): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join('');
}

/** metadata.generateName plus five letters; a long base is cut so that the name keeps to 63. */
export function generateName(base: string, random: () => number): string {
  return `${base.slice(0, MAX_NAME_LENGTH - RANDOM_LENGTH)}${randomSuffix(RANDOM_LENGTH, random)}`;
}
