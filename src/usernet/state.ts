/** The "kernel state" of a lab as plain data: what the files under `<runtimeDir>/net` say. */

export interface NamespaceAddress {
  readonly address: string;
  readonly prefixLength: number;
  /** `eth0` for the lab network, `cnio0` for a worker's bridge, `eth0` inside a pod. */
  readonly device: string;
}

export interface Namespace {
  readonly id: string;
  /** Short and never used again: the folder of its sockets, since unix socket paths end at 108 bytes. */
  readonly key: string;
  /** The machine it is on. A namespace whose id is its machine's name *is* that machine; others are pods. */
  readonly machine: string;
  readonly addresses: readonly NamespaceAddress[];
  /** False: the cable is cut, packets vanish. */
  readonly up: boolean;
  /** False: the machine is switched off, nobody answers ARP for its addresses. */
  readonly powered: boolean;
}

export interface Route {
  /** A CIDR, or `default`. */
  readonly to: string;
  readonly via?: string;
  readonly device?: string;
}

/** A route as the table lists it. `kernel` routes come and go with addresses; `static` ones were added by hand. */
export interface RouteEntry extends Route {
  readonly device: string;
  readonly protocol: 'kernel' | 'static';
  /** The source address that packets get when the program chose none. */
  readonly source?: string;
}

export interface ServiceEndpoint {
  readonly address: string;
  readonly port: number;
}

/** What kube-proxy programs: traffic to `address:port` goes to one of the endpoints. */
export interface ServiceRule {
  /** `namespace/name:port`, for people and for session affinity. */
  readonly name: string;
  readonly protocol: 'TCP' | 'UDP';
  /** A cluster IP, or `*`: any address of the machine (a node port). */
  readonly address: string;
  readonly port: number;
  /** None: the connection is refused at once, as by kube-proxy's REJECT. */
  readonly endpoints: readonly ServiceEndpoint[];
  readonly sessionAffinity?: { readonly timeoutSeconds: number };
  /** `Local` keeps the client's address on node ports; otherwise (Cluster) the node's own takes its place. */
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
}

/** Packets from `source` to anywhere outside `except` leave with the machine's address (the bridge plugin's ipMasq). */
export interface MasqueradeRule {
  readonly source: string;
  readonly except: string;
}

/** The networks of the lab; on the jumpbox everything else stays the host's. */
export interface LabNetworks {
  readonly network: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

export interface NetworkState {
  readonly nextKey: number;
  readonly networks: LabNetworks | undefined;
  /** Machine names as the jumpbox resolves them: name → address. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly namespaces: Readonly<Record<string, Namespace>>;
  /** Machine → the routes added by hand, in the order they were added. */
  readonly routes: Readonly<Record<string, readonly Route[]>>;
  readonly masquerade: Readonly<Record<string, readonly MasqueradeRule[]>>;
}

export const emptyState: NetworkState = {
  nextKey: 1,
  networks: undefined,
  hosts: {},
  namespaces: {},
  routes: {},
  masquerade: {},
};
