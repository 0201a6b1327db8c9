/**
 * Variables by which node, OpenSSL or the dynamic linker load, read or write files before a program's own code runs, and
 * so before the preload that keeps it within its machine or container.
 */
const steersTheHost =
  /^(?:LD_.*|DYLD_.*|OPENSSL_.*|SSLKEYLOGFILE|NODE_(?:OPTIONS|PATH|EXTRA_CA_CERTS|V8_COVERAGE|COMPILE_CACHE|REDIRECT_WARNINGS|ICU_DATA|REPL_.*|DEBUG.*|CHANNEL_.*|UNIQUE_ID|TLS_REJECT_UNAUTHORIZED|TEST_CONTEXT))$/;

/** What somebody on a machine or in a pod set for a program, without what would reach the computer that the lab runs on. */
export function guestEnvironment<T extends string | undefined>(
  env: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !steersTheHost.test(name)));
}
