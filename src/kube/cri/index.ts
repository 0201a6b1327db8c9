/*
 * The Container Runtime Interface, v1: the protocol between kubelet and a container runtime, over gRPC on a unix socket.
 *
 *     kubelet ── createCriClient('unix:///run/containerd/containerd.sock') ──▶ containerd (src/containers)
 *
 * The messages are tables (common.ts, sandboxes.ts, containers.ts, runtime.ts, stats.ts) that both sides read;
 * methods.ts lists the calls, client.ts makes them functions. Field names are those of api.proto in camelCase. Any
 * runtime that speaks the CRI understands this client, and any client (crictl) the server in src/containers.
 */
export * from './client.ts';
export * from './common.ts';
export * from './containers.ts';
export * from './enums.ts';
export * from './methods.ts';
export * from './runtime.ts';
export * from './sandboxes.ts';
export * from './stats.ts';
