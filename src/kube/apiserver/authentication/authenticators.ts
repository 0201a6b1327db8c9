import { ApiError } from '../api-error.ts';
import type { Authenticator, Credentials, UserInfo } from '../request.ts';

export const authenticatedGroup = 'system:authenticated';
export const anonymousUser: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** A client certificate names its user by CN and the groups by O: each O= of the subject is a group. */
export const certificateAuthenticator: Authenticator = {
  async authenticate({ certificate }) {
    if (certificate === undefined) return undefined;
    return { username: certificate.commonName, groups: certificate.organizations };
  },
};

export interface AuthenticationOptions {
  readonly authenticators: readonly Authenticator[];
  readonly anonymous: boolean;
}

/**
 * Asks each authenticator in turn; the first that knows the credentials decides. Credentials that nobody knows are an
 * error; no credentials at all make the anonymous user. Models apiserver/pkg/authentication/request/union.
 */
export function unionAuthenticator(options: AuthenticationOptions): {
  authenticate(credentials: Credentials): Promise<UserInfo>;
} {
  const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');
  return {
    async authenticate(credentials) {
      for (const authenticator of options.authenticators) {
        const user = await authenticator.authenticate(credentials);
        if (user !== undefined) return withAuthenticatedGroup(user);
      }
      if (credentials.bearerToken !== undefined || !options.anonymous) throw unauthorized();
      return anonymousUser;
    },
  };
}

function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.username === anonymousUser.username || user.groups.includes(authenticatedGroup)) return user;
  return { ...user, groups: [...user.groups, authenticatedGroup] };
}
