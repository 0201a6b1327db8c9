import type { CertificateRequest } from '../request.ts';
import { asArray, asBool, asInt, asObject, asString, field, parseGoJson } from './go-json.ts';

/** Reads X-csr.json. Throws JsonSyntaxError. Without `key` upstream asks for ecdsa-256; so do we, and refuse that later. */
export function parseRequest(text: string): CertificateRequest {
  const object = asObject(parseGoJson(text), '', 'csr.CertificateRequest');
  const key = field(object, 'key');
  const keyObject = asObject(key, 'CertificateRequest.key', 'csr.KeyRequest');
  const ca = field(object, 'ca');
  const caObject = asObject(ca, 'CertificateRequest.ca', 'csr.CAConfig');
  return {
    CN: asString(field(object, 'CN'), 'CertificateRequest.CN'),
    names: asArray(field(object, 'names'), 'CertificateRequest.names', '[]csr.Name').map((entry) => {
      const name = asObject(entry, 'CertificateRequest.names', 'csr.Name');
      return {
        C: asString(field(name, 'C'), 'Name.names.C'),
        ST: asString(field(name, 'ST'), 'Name.names.ST'),
        L: asString(field(name, 'L'), 'Name.names.L'),
        O: asString(field(name, 'O'), 'Name.names.O'),
        OU: asString(field(name, 'OU'), 'Name.names.OU'),
      };
    }),
    hosts: asArray(field(object, 'hosts'), 'CertificateRequest.hosts', '[]string').map((host) =>
      asString(host, 'CertificateRequest.hosts'),
    ),
    key:
      key === undefined
        ? { algo: 'ecdsa', size: 256 }
        : {
            algo: asString(field(keyObject, 'algo'), 'KeyRequest.key.algo'),
            size: asInt(field(keyObject, 'size'), 'KeyRequest.key.size'),
          },
    ...(ca === undefined
      ? {}
      : {
          ca: {
            expiry: asString(field(caObject, 'expiry'), 'CAConfig.ca.expiry'),
            pathlen: asInt(field(caObject, 'pathlen'), 'CAConfig.ca.pathlen'),
            pathlenzero: asBool(field(caObject, 'pathlenzero'), 'CAConfig.ca.pathlenzero'),
          },
        }),
  };
}
