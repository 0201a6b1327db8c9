import type { KeyObject } from 'node:crypto';
import { keyId, signatureAlgorithm } from './service-account-tokens.ts';

/**
 * What others need to verify service account tokens by themselves, as an OpenID provider tells it.
 * Models pkg/serviceaccount/openidmetadata.go.
 */
export function openidDocuments(options: {
  readonly issuer: string;
  readonly jwksUri: string;
  /** The public keys that verify tokens. */
  readonly keys: readonly KeyObject[];
}): { readonly configuration: string; readonly jwks: string } {
  const { issuer, jwksUri, keys } = options;
  const algorithms = [...new Set(keys.map(signatureAlgorithm))];
  return {
    configuration: JSON.stringify({
      issuer,
      jwks_uri: jwksUri,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: algorithms,
    }),
    jwks: JSON.stringify({
      keys: keys.map((key) => ({
        use: 'sig',
        kid: keyId(key),
        alg: signatureAlgorithm(key),
        ...key.export({ format: 'jwk' }),
      })),
    }),
  };
}
