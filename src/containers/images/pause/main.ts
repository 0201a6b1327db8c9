/*
 * The pause container: it holds a pod's namespaces open on providers that have real ones, and does nothing else. On the
 * portable provider a sandbox is a record of the runtime and needs no process; the image is there for manifests that
 * name it.
 */
const stop = () => process.exit(0);
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// Signals alone do not keep Node running; the longest timer does.
setInterval(() => undefined, 2 ** 31 - 1);
