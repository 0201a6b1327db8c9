import type { PodTemplateSpec, Toleration } from '../../../api/types/core-v1.ts';
import { describeContainers } from './containers.ts';
import { Page } from './page.ts';
import { describeVolumes } from './volumes.ts';

/** The block `Pod Template:` of a workload. Models kubectl/pkg/describe DescribePodTemplate. */
export function podTemplateLines(page: Page, template: PodTemplateSpec): void {
  const { metadata, spec } = template;
  page.line(0, 'Pod Template:');
  page.map(1, 'Labels:', metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length > 0) page.map(1, 'Annotations:', metadata?.annotations);
  if (spec?.serviceAccountName) page.line(1, 'Service Account:', spec.serviceAccountName);
  if (spec?.initContainers !== undefined && spec.initContainers.length > 0)
    describeContainers(page, 'template', 'Init Containers:', spec.initContainers);
  describeContainers(page, 'template', 'Containers:', spec?.containers ?? []);
  describeVolumes(page, 'template', spec?.volumes ?? []);
  page.map(1, 'Node-Selectors:', spec?.nodeSelector);
  page.list(1, 'Tolerations:', (spec?.tolerations ?? []).map(tolerationText).sort());
}

/** As `rollout history` shows it, which lines nothing up. */
export function describePodTemplate(template: PodTemplateSpec): string {
  const page = new Page();
  podTemplateLines(page, template);
  return page.raw();
}

/** `node.kubernetes.io/not-ready:NoExecute op=Exists for 300s`. Models printTolerationsMultilineWithIndent. */
export function tolerationText(toleration: Toleration): string {
  const { key = '', value, effect, operator, tolerationSeconds } = toleration;
  const pair = value === undefined || value === '' ? key : `${key}=${value}`;
  const withEffect = effect === undefined ? pair : `${pair}:${effect}`;
  const exists = operator === 'Exists' && !value ? (key === '' && !effect ? 'op=Exists' : ' op=Exists') : '';
  const seconds = tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`;
  return withEffect + exists + seconds;
}
