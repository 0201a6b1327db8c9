import { expect, test } from 'vitest';
import { withRelativeNames } from '../../src/containers/images/shell/tar-arguments.ts';

const names = (...args: string[]) => withRelativeNames(args).args.join(' ');

test('what is packed by absolute names is packed from the root', () => {
  expect(names('cf', '-', '/tmp/x', '//etc')).toBe('cf - -C / tmp/x etc');
  expect(names('-czf', 'a.tar', '/')).toBe('-czf a.tar -C / .');
});

test('everything else stays as it is', () => {
  for (const line of ['cf - tmp/x', 'cf - /a b', 'xf - -C /tmp', 'tf /a.tar', 'cf -', '--create /a'])
    expect(withRelativeNames(line.split(' '))).toEqual({ args: line.split(' '), changed: false });
});
