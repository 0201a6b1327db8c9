import type { Pod } from '../../api/types/core-v1.ts';
import type { AdmissionPlugin } from '../request.ts';
import { invalid } from '../status-errors.ts';

/** --allow-privileged=false; upstream's validation looks at it, which here knows no flags. Models validateSecurityContext. */
export const refusePrivileged: AdmissionPlugin = {
  name: 'AllowPrivileged',
  async validate({ operation, apiGroup, resource, subresource, object }) {
    const writes =
      operation === 'CREATE' || (operation === 'UPDATE' && subresource === 'ephemeralcontainers');
    if (!writes || apiGroup !== '' || resource !== 'pods' || object === undefined) return;
    if (subresource !== '' && subresource !== 'ephemeralcontainers') return;
    const { spec } = object as Pod;
    const problems = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
      (spec?.[list] ?? []).flatMap(({ securityContext }, index) =>
        securityContext?.privileged === true
          ? [
              {
                reason: 'FieldValueForbidden',
                field: `spec.${list}[${index}].securityContext.privileged`,
                message: 'Forbidden: disallowed by cluster policy',
              },
            ]
          : [],
      ),
    );
    if (problems.length > 0) throw invalid('', 'Pod', object.metadata.name ?? '', problems);
  },
};
