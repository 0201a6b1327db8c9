import { expect, test } from 'vitest';
import type { PodTemplateSpec } from '../../../../src/kube/api/types/core-v1.ts';
import { ruleRows } from '../../../../src/kube/kubectl/commands/describe/access.ts';
import { describeEvents } from '../../../../src/kube/kubectl/commands/describe/events.ts';
import { longTime, Page } from '../../../../src/kube/kubectl/commands/describe/page.ts';
import {
  podTemplateLines,
  tolerationText,
} from '../../../../src/kube/kubectl/commands/describe/pod-template.ts';

test('labels stand below one another, annotations without what apply keeps there', () => {
  const page = new Page();
  page.line(0, 'Name:', 'web');
  page.map(0, 'Labels:', { b: '2', a: '1' });
  page.annotations(0, 'Annotations:', {
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    note: 'short',
    story: 'one\ntwo',
  });
  page.map(0, 'Selector:', {});
  expect(page.toString()).toBe(
    'Name:         web\nLabels:       a=1\n              b=2\nAnnotations:  note: short\n              story:\n                one\n                two\nSelector:     <none>\n',
  );
});

test('a template tells of its containers what a person would ask', () => {
  const template: PodTemplateSpec = {
    metadata: { labels: { app: 'web' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'k8s-lab/web',
          command: ['web', '--fast'],
          ports: [{ containerPort: 80 }, { containerPort: 53, protocol: 'UDP' }],
          env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
          livenessProbe: { exec: { command: ['true'] } },
          volumeMounts: [{ name: 'd', mountPath: '/d', readOnly: true }],
        },
      ],
      volumes: [{ name: 'd', secret: { secretName: 's' } }],
    },
  };
  const page = new Page();
  podTemplateLines(page, template);
  expect(page.toString()).toBe(`Pod Template:
  Labels:  app=web
  Containers:
   web:
    Image:       k8s-lab/web
    Ports:       80/TCP, 53/UDP
    Host Ports:  0/TCP, 0/UDP
    Command:
      web
      --fast
    Liveness:  exec [true] delay=0s timeout=1s period=10s #success=1 #failure=3
    Environment:
      KEY:  <set to the key 'k' in secret 's'>  Optional: false
    Mounts:
      /d from d (ro)
  Volumes:
   d:
    Type:          Secret (a volume populated by a Secret)
    SecretName:    s
    Optional:      false
  Node-Selectors:  <none>
  Tolerations:     <none>
`);
});

test('events are told with their age, and how often they came', () => {
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  const event = {
    metadata: {},
    involvedObject: {},
    type: 'Warning',
    reason: 'BackOff',
    message: 'again ',
    source: { component: 'kubelet' },
  };
  const page = new Page();
  describeEvents(page, [{ ...event, count: 3, firstTimestamp: at(0), lastTimestamp: at(90) }], 100_000);
  expect(page.toString()).toBe(
    `Events:
  Type     Reason   Age                 From     Message
  ----     ------   ----                ----     -------
  Warning  BackOff  10s (x3 over 100s)  kubelet  again
`,
  );
});

test('tolerations, times and rules in upstream’s words', () => {
  expect(tolerationText({ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })).toBe(
    'k:NoExecute op=Exists for 300s',
  );
  expect(tolerationText({ operator: 'Exists' })).toBe('op=Exists');
  expect(tolerationText({ key: 'k', value: 'v', effect: 'NoSchedule' })).toBe('k=v:NoSchedule');
  expect(longTime(undefined)).toBe('<unset>');
  expect(longTime('2026-01-02T03:04:05Z')).toMatch(/^\w{3}, 0[123] Jan 2026 \d\d:\d\d:05 [+-]\d{4}$/);
  expect(
    ruleRows([
      { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments/scale'] },
      { verbs: ['list'], apiGroups: ['apps'], resources: ['deployments/scale'] },
      { verbs: ['get'], nonResourceURLs: ['/healthz'] },
    ]).map(({ resource, urls, verbs }) => [resource, urls, verbs]),
  ).toEqual([
    ['deployments.apps/scale', [], ['get', 'list']],
    ['', ['/healthz'], ['get']],
  ]);
});
