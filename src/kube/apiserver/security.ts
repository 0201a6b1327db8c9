import type { AdmissionPlugin, Authenticator, Authorizer, UserInfo } from './request.ts';

/** Signs service-account tokens (serviceaccounts/NAME/token). */
export interface TokenIssuer {
  /** Of tokens that were asked for without any. */
  readonly defaultAudiences: readonly string[];
  issue(
    request: TokenIssueRequest,
  ): Promise<{ readonly token: string; readonly expirationTimestamp: string }>;
}

export interface TokenIssueRequest {
  readonly namespace: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
  /** Empty: the server's own audiences. */
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** The pod or secret whose end ends the token. */
  readonly boundObject?: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly uid: string;
    /** The node of a bound pod. */
    readonly node?: { readonly name: string; readonly uid: string };
  };
}

/** A rule of SelfSubjectRulesReview. */
export interface SubjectRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[];
    readonly nonResourceURLs?: readonly string[];
  }[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** Who may come in, what they may do, and what is changed or refused on the way to etcd. */
export interface Security {
  /** Asked in turn; the first that knows the credentials decides. */
  readonly authenticators: readonly Authenticator[];
  readonly authorizer: Authorizer;
  /** In the order in which they run. */
  readonly admission: readonly AdmissionPlugin[];
  readonly tokenIssuer?: TokenIssuer;
  /** TokenReview: whose token it is, and for which of the audiences (none: the server's own) it holds. Undefined when
   * it is not one of ours; throws Error with the reason when it is refused. */
  readonly reviewToken?: (
    token: string,
    audiences: readonly string[],
  ) => Promise<{ readonly user: UserInfo; readonly audiences: readonly string[] } | undefined>;
  readonly rulesFor?: (user: UserInfo, namespace: string) => Promise<SubjectRules>;
  /** /.well-known/openid-configuration and /openid/v1/jwks. */
  readonly openid?: { readonly configuration: string; readonly jwks: string };
  /** Work after etcd is loaded, once a start: bootstrap roles and the like. Runs in the background with retries. */
  readonly postStart?: readonly { readonly name: string; run(): Promise<void> }[];
}
