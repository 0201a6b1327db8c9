import type { ClusterRole, PolicyRule, Role, RoleRef, Subject } from '../../api/types/rbac-v1.ts';
import type {
  Authorization,
  Authorizer,
  KubeObject,
  ObjectReader,
  RequestAttributes,
  UserInfo,
} from '../request.ts';
import { ruleAllows } from './rules.ts';

const group = 'rbac.authorization.k8s.io';

interface Binding extends KubeObject {
  roleRef: RoleRef;
  subjects?: Subject[];
}

/** A rule that applies to a user, and through which binding it does. */
export interface GrantedRule {
  readonly rule: PolicyRule;
  readonly binding: Binding;
  readonly subject: Subject;
}

function subjectMatches(subject: Subject, user: UserInfo, bindingNamespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === '*' || user.username === subject.name;
    case 'Group':
      return user.groups.includes(subject.name);
    case 'ServiceAccount': {
      const namespace = subject.namespace ?? bindingNamespace;
      return namespace !== '' && user.username === `system:serviceaccount:${namespace}:${subject.name}`;
    }
    default:
      return false;
  }
}

/** Role-based access control over the stored roles and bindings. Models plugin/pkg/auth/authorizer/rbac. */
export class RbacAuthorizer implements Authorizer {
  readonly #objects: ObjectReader;

  constructor(objects: ObjectReader) {
    this.#objects = objects;
  }

  async authorize(attributes: RequestAttributes): Promise<Authorization> {
    for await (const granted of this.#granted(attributes.user, attributes.namespace)) {
      if (ruleAllows(granted.rule, attributes))
        return { decision: 'allow', reason: `RBAC: allowed by ${describe(granted)}` };
    }
    return { decision: 'no-opinion', reason: '' };
  }

  /** Everything a user may do in a namespace ('' for cluster-wide rules only). */
  async rulesFor(user: UserInfo, namespace: string): Promise<readonly PolicyRule[]> {
    const rules: PolicyRule[] = [];
    for await (const { rule } of this.#granted(user, namespace)) rules.push(rule);
    return rules;
  }

  /** Cluster role bindings first, then the bindings of the namespace. */
  async *#granted(user: UserInfo, namespace: string): AsyncGenerator<GrantedRule> {
    const clusterBindings = (await this.#objects.list(group, 'clusterrolebindings')) as readonly Binding[];
    yield* this.#rulesOf(clusterBindings, user, '');
    if (namespace === '') return;
    const bindings = (await this.#objects.list(group, 'rolebindings', namespace)) as readonly Binding[];
    yield* this.#rulesOf(bindings, user, namespace);
  }

  async *#rulesOf(
    bindings: readonly Binding[],
    user: UserInfo,
    namespace: string,
  ): AsyncGenerator<GrantedRule> {
    for (const binding of bindings) {
      const subject = binding.subjects?.find((candidate) => subjectMatches(candidate, user, namespace));
      if (subject === undefined) continue;
      for (const rule of await this.#roleRules(binding.roleRef, namespace)) yield { rule, binding, subject };
    }
  }

  async #roleRules(ref: RoleRef, namespace: string): Promise<readonly PolicyRule[]> {
    const [resource, inNamespace] = ref.kind === 'ClusterRole' ? ['clusterroles', ''] : ['roles', namespace];
    const role = await this.#objects.get(group, resource, inNamespace, ref.name);
    return (role as (Role & ClusterRole) | undefined)?.rules ?? [];
  }
}

/** As upstream words it in the audit log and in the reason of `kubectl auth can-i -v`. */
function describe({ binding, subject }: GrantedRule): string {
  const name = binding.metadata.namespace
    ? `${binding.metadata.name}/${binding.metadata.namespace}`
    : binding.metadata.name;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name;
  return `${binding.kind} "${name}" of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${who}"`;
}
