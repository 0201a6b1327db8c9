/** The words of the CNI specification 1.0/1.1 (Models containernetworking/cni SPEC.md). */

export interface IpamConfig {
  readonly type?: string;
  readonly ranges?: readonly (readonly IpamRange[])[];
  /** The older spelling of one range. */
  readonly subnet?: string;
  readonly rangeStart?: string;
  readonly rangeEnd?: string;
  readonly gateway?: string;
  readonly routes?: readonly CniRoute[];
  readonly dataDir?: string;
}

export interface IpamRange {
  readonly subnet: string;
  readonly rangeStart?: string;
  readonly rangeEnd?: string;
  readonly gateway?: string;
}

/** What a plugin gets on standard input: its entry of the list, with the list's name and version. */
export interface PluginConfig {
  readonly cniVersion: string;
  readonly name: string;
  readonly type: string;
  readonly ipam?: IpamConfig;
  readonly bridge?: string;
  readonly isGateway?: boolean;
  readonly isDefaultGateway?: boolean;
  readonly ipMasq?: boolean;
  readonly prevResult?: CniResult;
}

export interface NetworkList {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly PluginConfig[];
  /** The file it was read from. */
  readonly file: string;
}

export type CniCommand = 'ADD' | 'DEL' | 'CHECK';

/** The CNI_* variables. */
export interface CniArguments {
  readonly command: CniCommand;
  readonly containerId: string;
  /** `/run/netns/ID`: on the portable provider the last part names the usernet namespace. */
  readonly netns: string;
  readonly ifName: string;
  readonly path: string;
}

export interface CniRoute {
  readonly dst: string;
  readonly gw?: string;
}

export interface CniResult {
  readonly cniVersion: string;
  readonly interfaces?: readonly {
    readonly name: string;
    readonly mac?: string;
    readonly sandbox?: string;
  }[];
  readonly ips?: readonly {
    readonly address: string;
    readonly gateway?: string;
    readonly interface?: number;
  }[];
  readonly routes?: readonly CniRoute[];
  readonly dns?: Readonly<Record<string, never>>;
}

/** An error as a plugin prints it on standard output. Codes: SPEC.md, "Error"; from 100 the plugin's own. */
export class CniError extends Error {
  readonly code: number;

  constructor(message: string, code = 100) {
    super(message);
    this.name = 'CniError';
    this.code = code;
  }
}
