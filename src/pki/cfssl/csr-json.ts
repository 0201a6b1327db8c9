import type { CertificateRequest } from '../request.ts';
import { CfsslError } from './errors.ts';
import {
  asArray,
  asBool,
  asInt,
  asObject,
  asString,
  field,
  type JsonObject,
  parseGoJson,
} from './go-json.ts';

/** What upstream would put into the certificate and this cfssl does not have: refused by name rather than left out in silence. */
function refuse(object: JsonObject, names: readonly string[]): void {
  for (const name of names) {
    if (field(object, name) !== undefined) throw new CfsslError(`${name} is not supported by this cfssl`);
  }
}

/** Reads X-csr.json. Throws JsonSyntaxError. Without `key` it asks for ecdsa-256, as upstream. */
export function parseRequest(text: string): CertificateRequest {
  const object = asObject(parseGoJson(text), '', 'csr.CertificateRequest');
  refuse(object, ['serialnumber', 'extensions', 'crl_override', 'delegation_enabled']);
  const key = field(object, 'key');
  const keyObject = asObject(key, 'CertificateRequest.key', 'csr.KeyRequest');
  const ca = field(object, 'ca');
  const caObject = asObject(ca, 'CertificateRequest.ca', 'csr.CAConfig');
  return {
    CN: asString(field(object, 'CN'), 'CertificateRequest.CN'),
    names: asArray(field(object, 'names'), 'CertificateRequest.names', '[]csr.Name').map((entry) => {
      const name = asObject(entry, 'CertificateRequest.names', 'csr.Name');
      refuse(name, ['SerialNumber', 'E', 'OID']);
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
            backdate: asString(field(caObject, 'backdate'), 'CAConfig.ca.backdate'),
            pathlen: asInt(field(caObject, 'pathlen'), 'CAConfig.ca.pathlen'),
            pathlenzero: asBool(field(caObject, 'pathlenzero'), 'CAConfig.ca.pathlenzero'),
          },
        }),
  };
}
