import type { Container, Pod } from '../../api/types/core-v1.ts';
import { formatPod } from '../pods/pod.ts';

/**
 * Why a container that must not run as root would; undefined when it may start. `imageUid` asks for the user that the
 * image names; undefined: none by number. Models pkg/kubelet/kuberuntime/security_context.go.
 */
export async function rootProblem(
  pod: Pod,
  container: Container,
  imageUid: () => Promise<number | undefined>,
): Promise<string | undefined> {
  const own = container.securityContext ?? {};
  const shared = pod.spec?.securityContext ?? {};
  if ((own.runAsNonRoot ?? shared.runAsNonRoot) !== true) return undefined;
  const place = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  const user = own.runAsUser ?? shared.runAsUser;
  if (user === 0) return `container's runAsUser breaks non-root policy ${place}`;
  if (user === undefined && ((await imageUid()) ?? 0) === 0)
    return `container has runAsNonRoot and image will run as root ${place}`;
  return undefined;
}

const alwaysFine = [
  'readOnlyRootFilesystem',
  'runAsNonRoot',
  'allowPrivilegeEscalation',
  'fsGroupChangePolicy',
];

/**
 * The wishes of a container's security context that the lab's runtime cannot carry out, as it starts plain processes of
 * one user: a pod that believes itself confined is told that it is not.
 */
export function unmetWishes(pod: Pod, container: Container): string[] {
  const asked = { ...pod.spec?.securityContext, ...container.securityContext };
  return Object.entries(asked)
    .filter(([name, value]) => {
      if (alwaysFine.includes(name) || value === undefined || value === null || value === false) return false;
      // Root is who it runs as.
      return !(value === 0 || (Array.isArray(value) && value.length === 0));
    })
    .map(([name]) => name)
    .sort();
}
