import { describe, expect, test } from 'vitest';
import { render, renderValue } from '../../src/course/render.ts';

const origin = { file: 'x.yaml', line: 10 };
const values = {
  topology: { serviceCidr: '10.32.0.0/24' },
  workers: [
    { name: 'worker-0', address: '10.240.0.20' },
    { name: 'worker-1', address: '10.240.0.21' },
  ],
  hosts: { workers: ['worker-0', 'worker-1'] },
  count: 2,
  several: { workers: true, controllers: false },
};

describe('render', () => {
  test('fills values and leaves shell and jsonpath braces alone', () => {
    expect(render('a={{ topology.serviceCidr }} $b {.items[0]} {{count}}', values, origin)).toBe(
      'a=10.32.0.0/24 $b {.items[0]} 2',
    );
  });

  test('a loop takes its own lines with it', () => {
    const text =
      'begin\n{{#each workers}}\n{{ name }} {{ address }} {{ topology.serviceCidr }}\n{{/each}}\nend\n';
    expect(render(text, values, origin)).toBe(
      'begin\nworker-0 10.240.0.20 10.32.0.0/24\nworker-1 10.240.0.21 10.32.0.0/24\nend\n',
    );
  });

  test('a loop within a line keeps the line', () => {
    expect(render('for x in{{#each workers}} {{ name }}{{/each}}; do', values, origin)).toBe(
      'for x in worker-0 worker-1; do',
    );
  });

  test('a choice goes by what the topology is, and takes its own lines with it', () => {
    const text = (name: string) => `a\n{{#if ${name}}}\nmany\n{{else}}\none\n{{/if}}\nb\n`;
    expect(render(text('several.workers'), values, origin)).toBe('a\nmany\nb\n');
    expect(render(text('several.controllers'), values, origin)).toBe('a\none\nb\n');
    expect(render('x{{#if several.controllers}} y{{/if}}.', values, origin)).toBe('x.');
    expect(render('{{#if workers}}{{#each workers}}{{ name }} {{/each}}{{/if}}', values, origin)).toBe(
      'worker-0 worker-1 ',
    );
  });

  test('an unknown name is told with file, line and the nearest match', () => {
    expect(() => render('one\ntwo {{ topology.serviceCidrr }}', values, origin)).toThrow(
      expect.objectContaining({
        message: 'unknown name {{ topology.serviceCidrr }}',
        where: 'x.yaml:11',
        remedy: expect.stringContaining('topology.serviceCidr'),
      }),
    );
  });

  test.each([
    ['{{#each workers}}', '{{#each workers}} has no {{/each}}'],
    ['{{/each}}', '{{/each}} without {{#each}}'],
    ['{{#each count}}x{{/each}}', '{{#each count}}: count is no list'],
    ['{{#if several.workers}}', '{{#if several.workers}} has no {{/if}}'],
    ['{{#each workers}}{{/if}}', '{{/if}} without {{#if}}'],
    ['a {{else}} b', '{{else}} without {{#if}}'],
    ['{{#if several.nodes}}{{/if}}', 'unknown name'],
    ['{{ workers }}', '{{ workers }} is not a single value'],
  ])('%s is refused', (text, message) => {
    expect(() => render(text, values, origin)).toThrow(message);
  });

  test('a tag that is not known is refused where it stands', () => {
    expect(() => render('a\n{{#unless x}}', values, origin)).toThrow(
      expect.objectContaining({ where: 'x.yaml:11' }),
    );
  });

  test('a value that is only the name of a list becomes the list', () => {
    expect(renderValue('{{ hosts.workers }}', values, origin)).toEqual(['worker-0', 'worker-1']);
    expect(renderValue('{{ count }}', values, origin)).toBe('2');
  });
});
