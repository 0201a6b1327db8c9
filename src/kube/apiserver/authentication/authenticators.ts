import type { Authenticator, Credentials, UserInfo } from '../request.ts';
import { unauthorized } from '../status-errors.ts';

const authenticatedGroup = 'system:authenticated';
export const anonymousUser: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** A client certificate names its user by CN and the groups by O: each O= of the subject is a group. */
export const certificateAuthenticator: Authenticator = {
  async authenticate({ certificate }) {
    if (certificate === undefined) return undefined;
    return { username: certificate.commonName, groups: certificate.organizations };
  },
};

/**
 * The user behind a request: the first authenticator that knows the credentials decides. Credentials that nobody knows
 * are a mistake and no wish to be anonymous; no credentials at all make the anonymous user, where that is allowed.
 * Throws 401. Models apiserver/pkg/authentication/request/union and group.
 */
export async function authenticateRequest(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
  options: { readonly anonymous: boolean },
): Promise<UserInfo> {
  const user = await authenticate(authenticators, credentials);
  if (user !== undefined) return withAuthenticatedGroup(user);
  const { bearerToken, refusedCertificate } = credentials;
  if (bearerToken !== undefined || refusedCertificate || !options.anonymous) throw unauthorized();
  return anonymousUser;
}

/** Who has proved who he is belongs to system:authenticated. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  const { username, groups } = user;
  if (username === anonymousUser.username) return user;
  if (groups.includes(authenticatedGroup) || groups.includes('system:unauthenticated')) return user;
  return { ...user, groups: [...groups, authenticatedGroup] };
}

/** The user that the first authenticator to know the credentials tells; undefined when none does. */
async function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
): Promise<UserInfo | undefined> {
  for (const authenticator of authenticators) {
    const user = await authenticator.authenticate(credentials);
    if (user !== undefined) return user;
  }
  return undefined;
}
