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
