import type { Authorization, Authorizer, RequestAttributes } from '../request.ts';

/** Whoever is in this group may do everything, before any role is looked at: how a cluster without roles is begun. */
export const superuserAuthorizer: Authorizer = {
  async authorize({ user }): Promise<Authorization> {
    return user.groups.includes('system:masters')
      ? { decision: 'allow', reason: '' }
      : { decision: 'no-opinion', reason: '' };
  },
};

/** The first authorizer with an opinion decides; without any the answer is no. The reasons are joined for the error. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    async authorize(attributes: RequestAttributes): Promise<Authorization> {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const { decision, reason } = await authorizer.authorize(attributes);
        if (decision !== 'no-opinion') return { decision, reason };
        if (reason !== '') reasons.push(reason);
      }
      return { decision: 'no-opinion', reason: reasons.join('\n') };
    },
  };
}
