/** A word that a POSIX shell reads back as it is: no keyword, no option of the shell, nothing expanded. */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
