/*
 * usernet: the network of the portable provider, without privilege, without a port of the host.
 *
 *     kubelet on worker-0                                     kube-apiserver on controller-0
 *     net.connect(6443, '10.240.0.10')                        net.createServer().listen(6443)
 *       │ intercept/connect.ts                                  │ intercept/listen.ts
 *       ▼                                                       ▼
 *     forward.ts: route(packet, state) → verdict              <runtimeDir>/s/n4/t6443@0   (a unix socket)
 *       own address? service rule? route? neighbour?            ▲
 *       │ deliver to controller-0, 10.240.0.10:6443             │
 *       └───────────── connects, sends 16 bytes (preamble.ts) ──┘  then both ends own a plain stream
 *
 * **The state** (state.ts) is what a kernel would keep: namespaces and their addresses, routes, service rules, links.
 * It lies in files under `<runtimeDir>/net` (store.ts); labd, the CNI plugins and kube-proxy change it through Network
 * (network.ts), and every process looks at it when it connects: one stat when nothing changed. So a rule that
 * kube-proxy writes works for the next connect of every process of its node, as with iptables.
 *
 * **The decision** (forward.ts) is a pure function. A program in a pod or on a machine asks its own machine first:
 * the service rules of *that* machine rewrite the destination, its routing table picks the way, masquerading its
 * source. A packet that is routed via another machine is decided there again, with that machine's rules and table, so
 * pods on two workers reach each other only once both tables say so. The verdicts are those a program can notice:
 * delivered, ECONNREFUSED, EHOSTUNREACH or ENETUNREACH, or nothing at all (a cut link, no way back): then connect
 * tries again as TCP repeats its SYN, until ETIMEDOUT.
 *
 * **The interception** (intercept/) is installed once a process, before the program's code. It patches as little of
 * Node as it can: Socket.connect and tls.connect on one side, Server.listen and the server's `connection` event on the
 * other. The connecting side sends a preamble with the addresses ahead of all data; the listening side reads exactly
 * that and then hands the socket on. From there on bytes flow between two processes with nothing of ours in between,
 * and remoteAddress and its kin say what a real network would. Datagrams (intercept/dgram.ts) run framed over such
 * streams, one a conversation, which serves as its conntrack entry too. dns.lookup reads the hosts and resolv.conf of
 * the machine or pod (intercept/lookup.ts).
 *
 * Established connections do not ask again. When a link, a power switch or a route changes, a bell file wakes the
 * processes (intercept/links.ts): while the way is interrupted both ends stop reading, so the connection stalls.
 *
 * **The jumpbox** is the learner's own computer: there only the lab's networks are virtual, all else is the host's.
 * Programs that are not ours come in through the CONNECT proxy (connect-proxy.ts).
 *
 * Simpler than a kernel: IPv4 only; every machine forwards and none filters; one datagram socket in a process that
 * never called bind() hears only from those it wrote to; c-ares (dns.resolve…) finds no server; what a unix socket
 * carries survives as long as both processes do, so a connection does not end by itself after long silence.
 */

export { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from './connect-proxy.ts';
export type { Identity, Mount } from './identity.ts';
export { currentIdentity, identityEnvironment, identityVariable } from './identity.ts';
export { installUsernet } from './intercept/install.ts';
export { Network, openNetwork, type RouteTable } from './network.ts';
export { type ProcessRecord, registeredProcesses, registerProcess } from './processes.ts';
export { formatRoute } from './routes.ts';
export type {
  LabNetworks,
  MasqueradeRule,
  Namespace,
  NamespaceAddress,
  NetworkState,
  Route,
  RouteEntry,
  ServiceEndpoint,
  ServiceRule,
} from './state.ts';
