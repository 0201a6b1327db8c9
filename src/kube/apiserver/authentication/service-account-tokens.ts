import { createHash, type KeyObject, randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../../lib/clock.ts';
import { ApiError } from '../api-error.ts';
import type { Authenticator, KubeObject, ObjectReader, UserInfo } from '../request.ts';

/** What a token says of its bearer; models pkg/serviceaccount/claims.go. */
interface BoundClaims {
  readonly namespace?: string;
  readonly serviceaccount?: BoundReference;
  readonly pod?: BoundReference;
  readonly secret?: BoundReference;
  readonly node?: BoundReference;
  readonly warnafter?: number;
}

export interface BoundReference {
  readonly name: string;
  readonly uid: string;
}

export interface TokenRequest {
  readonly serviceAccount: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: BoundReference;
  readonly secret?: BoundReference;
  readonly node?: BoundReference;
}

export interface IssuedToken {
  readonly token: string;
  readonly expirationTimestamp: string;
}

export interface TokenIssuer {
  readonly defaultAudiences: readonly string[];
  issue(request: TokenRequest): Promise<IssuedToken>;
}

/** The key's name in the token's header: the hash of the public key, as upstream derives it. */
export function keyId(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url');
}

export const signatureAlgorithm = (key: KeyObject) => (key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256');

/** Signs tokens with the service account key. Times are seconds, as in every JWT. */
export function tokenIssuer(options: {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly clock: Clock;
}): TokenIssuer {
  const { issuer, signingKey, clock } = options;
  const header = {
    alg: signatureAlgorithm(signingKey),
    kid: keyId(options.publicKey),
  };
  return {
    defaultAudiences: options.audiences,
    async issue({ serviceAccount, audiences, expirationSeconds, pod, secret, node }) {
      const now = Math.floor(clock.now() / 1000);
      const bound: BoundClaims = {
        namespace: serviceAccount.namespace,
        ...(node && { node }),
        ...(pod && { pod }),
        ...(secret && { secret }),
        serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
      };
      const token = await new SignJWT({ 'kubernetes.io': bound })
        .setProtectedHeader(header)
        .setIssuer(issuer)
        .setAudience([...(audiences.length === 0 ? options.audiences : audiences)])
        .setSubject(`system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`)
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + expirationSeconds)
        .setJti(randomUUID())
        .sign(signingKey);
      return {
        token,
        expirationTimestamp: new Date((now + expirationSeconds) * 1000).toISOString().replace('.000Z', 'Z'),
      };
    },
  };
}

export interface TokenVerifier extends Authenticator {
  /** Whether a token says that one of our issuers made it. */
  claims(token: string): boolean;
  /** The user of a token for one of these audiences, with those that matched. Throws Error saying why it is refused. */
  verify(
    token: string,
    audiences: readonly string[],
  ): Promise<{ readonly user: UserInfo; readonly audiences: readonly string[] }>;
}

/**
 * Verifies signature, issuer, audience and times, and that the objects the token is bound to still exist: a token
 * dies with its pod. Models pkg/serviceaccount/jwt.go.
 */
export function tokenVerifier(options: {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  readonly keys: readonly KeyObject[];
  readonly objects: ObjectReader;
  readonly clock: Clock;
}): TokenVerifier {
  const { issuers, keys, objects, clock } = options;

  /** The signature alone is worth remembering: it is the costly part, and it cannot change. */
  const verified = new Map<string, { readonly claims: VerifiedClaims }>();

  async function claimsOf(token: string): Promise<VerifiedClaims> {
    const known = verified.get(token);
    if (known !== undefined) return known.claims;
    const claims = await verifySignature(token, keys);
    if (verified.size > 1000) verified.clear();
    verified.set(token, { claims });
    return claims;
  }

  async function verify(token: string, audiences: readonly string[]) {
    const claims = await claimsOf(token);
    if (!issuers.includes(claims.iss)) throw new Error(`invalid issuer: ${JSON.stringify(claims.iss)}`);
    const now = clock.now() / 1000;
    if (claims.exp <= now) throw new Error('service account token has expired');
    // A minute of grace for clocks that are not quite the same.
    if (claims.nbf > now + 60) throw new Error('service account token is not valid yet');
    const matched = claims.aud.filter((audience) => audiences.includes(audience));
    if (matched.length === 0) {
      throw new Error(
        `invalid bearer token, token audiences [${quoted(claims.aud)}] is invalid for the target audiences [${quoted(audiences)}]`,
      );
    }
    return { user: await boundUser(claims, objects), audiences: matched };
  }

  return {
    claims: (token) => mayBeOurs(token, issuers),
    verify,
    async authenticate({ bearerToken }) {
      if (bearerToken === undefined || !mayBeOurs(bearerToken, issuers)) return undefined;
      try {
        return (await verify(bearerToken, options.audiences)).user;
      } catch {
        // The reason stays in the server: whoever tries tokens shall not learn from its answers.
        throw new ApiError(401, 'Unauthorized', 'Unauthorized');
      }
    },
  };
}

const quoted = (words: readonly string[]) => words.map((word) => JSON.stringify(word)).join(' ');

interface VerifiedClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly nbf: number;
  readonly jti: string | undefined;
  readonly bound: BoundClaims;
}

function mayBeOurs(token: string, issuers: readonly string[]): boolean {
  try {
    return issuers.includes(decodeJwt(token).iss ?? '');
  } catch {
    return false;
  }
}

async function verifySignature(token: string, keys: readonly KeyObject[]): Promise<VerifiedClaims> {
  for (const key of keys) {
    try {
      // The times are checked by the caller, against its own clock.
      const { payload } = await jwtVerify(token, key, {
        currentDate: new Date(0),
        clockTolerance: Number.MAX_SAFE_INTEGER,
      });
      const { iss = '', sub = '', aud = [], exp = 0, nbf = 0, jti } = payload;
      const bound = (payload['kubernetes.io'] ?? {}) as BoundClaims;
      return { iss, sub, aud: typeof aud === 'string' ? [aud] : aud, exp, nbf, jti, bound };
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new Error('invalid bearer token, the signature fits none of the keys');
}

async function boundUser(claims: VerifiedClaims, objects: ObjectReader): Promise<UserInfo> {
  const { namespace = '', serviceaccount, pod, secret, node } = claims.bound;
  const name = serviceaccount?.name ?? '';
  if (claims.sub !== `system:serviceaccount:${namespace}:${name}`)
    throw new Error('sub claim does not match');
  const account = await objects.get('', 'serviceaccounts', namespace, name);
  if (!sameObject(account, serviceaccount)) throw new Error('service account has been deleted');
  if (pod !== undefined && !sameObject(await objects.get('', 'pods', namespace, pod.name), pod)) {
    throw new Error('pod has been deleted');
  }
  if (secret !== undefined && !sameObject(await objects.get('', 'secrets', namespace, secret.name), secret)) {
    throw new Error('secret has been deleted');
  }
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid: serviceaccount?.uid ?? '',
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: {
      ...(claims.jti && { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`] }),
      ...(node && {
        'authentication.kubernetes.io/node-name': [node.name],
        'authentication.kubernetes.io/node-uid': [node.uid],
      }),
      ...(pod && {
        'authentication.kubernetes.io/pod-name': [pod.name],
        'authentication.kubernetes.io/pod-uid': [pod.uid],
      }),
    },
  };
}

function sameObject(object: KubeObject | undefined, reference: BoundReference | undefined): boolean {
  return object !== undefined && reference !== undefined && object.metadata.uid === reference.uid;
}
