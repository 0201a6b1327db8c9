import { isIP } from 'node:net';

/** One entry of `names`: attributes of the subject. */
export interface NameEntry {
  readonly C?: string;
  readonly ST?: string;
  readonly L?: string;
  readonly O?: string;
  readonly OU?: string;
}

/** Models csr.CertificateRequest of cfssl: what X-csr.json holds. */
export interface CertificateRequest {
  readonly CN: string;
  readonly names: readonly NameEntry[];
  readonly hosts: readonly string[];
  readonly key: { readonly algo: string; readonly size: number };
  readonly ca?: {
    /** Go's duration, such as 8760h; empty for the default of five years. */
    readonly expiry: string;
    /** How long before now it begins; empty for the default of five minutes. */
    readonly backdate: string;
    readonly pathlen: number;
    readonly pathlenzero: boolean;
  };
}

export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly ip: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
}

/** Sorts hosts into the kinds of a subject alternative name. Models OverrideHosts in signer/local of cfssl. */
export function sortHosts(hosts: readonly string[]): AlternativeNames {
  const sorted = { dns: [] as string[], ip: [] as string[], email: [] as string[], uri: [] as string[] };
  for (const host of hosts) {
    if (isIP(host) !== 0) sorted.ip.push(host);
    else if (/^[^\s@]+@[^\s@]+$/.test(host)) sorted.email.push(host);
    else if (/^[a-z][a-z0-9+.-]*:|^\//i.test(host)) sorted.uri.push(host);
    else sorted.dns.push(host);
  }
  return sorted;
}

/** The subject as attribute and value pairs, in the order in which Go's pkix.Name encodes them. */
export function subjectAttributes(request: CertificateRequest): { shortName: string; value: string }[] {
  const all = (attribute: keyof NameEntry) =>
    request.names
      .map((entry) => entry[attribute])
      .filter((value) => value !== undefined && value !== '')
      .map((value) => ({ shortName: attribute, value: value! }));
  const commonName = request.CN === '' ? [] : [{ shortName: 'CN', value: request.CN }];
  return [...all('C'), ...all('O'), ...all('OU'), ...all('L'), ...all('ST'), ...commonName];
}
