import { expect, it } from 'vitest';
import { imageNameProblem } from '../../../../src/kube/kubelet/runtime/image-name.ts';

it.each([
  'nginx',
  'nginx:1.27',
  'k8s-lab/web:1',
  'localhost:5000/a_b/c__d:v1.0-x',
  'Registry.example.com/app@sha256:0123456789abcdef0123456789abcdef',
])('%s is a name', (image) => {
  expect(imageNameProblem(image)).toBeUndefined();
});

it.each([
  ['', 'invalid reference format'],
  ['a//b', 'invalid reference format'],
  ['a:', 'invalid reference format'],
  ['-a', 'invalid reference format'],
  ['Nginx:1', 'repository name (library/Nginx) must be lowercase'],
  ['example.com/App', 'repository name (App) must be lowercase'],
])('%j is none', (image, why) => {
  expect(imageNameProblem(image)).toContain(why);
});
