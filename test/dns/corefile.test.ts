import { expect, test } from 'vitest';
import { parseCorefile } from '../../src/dns/corefile.ts';

test('server blocks, zones with ports, directives with arguments and properties, comments', () => {
  const blocks = parseCorefile(
    `.:53 {
    errors            # a comment
    kubernetes cluster.local in-addr.arpa {
      pods insecure
      fallthrough in-addr.arpa
    }
    cache 30
}
Example.org, example.net:1053 {
    forward . 10.0.0.1
}`,
    'Corefile',
  );
  expect(blocks.map(({ zones, port }) => ({ zones, port }))).toEqual([
    { zones: ['.'], port: 53 },
    { zones: ['example.org.'], port: 53 },
    { zones: ['example.net.'], port: 1053 },
  ]);
  expect(blocks[0]!.directives).toEqual([
    { name: 'errors', args: [], block: [], line: 2 },
    {
      name: 'kubernetes',
      args: ['cluster.local', 'in-addr.arpa'],
      block: [
        ['pods', 'insecure'],
        ['fallthrough', 'in-addr.arpa'],
      ],
      line: 3,
    },
    { name: 'cache', args: ['30'], block: [], line: 7 },
  ]);
});

test.each([
  ['', 'Corefile:1 - Error during parsing: the file holds no server block'],
  ['. {\n errors\n', "Corefile:2 - Error during parsing: unexpected end of file, expected '}'"],
  ['. \n', "Corefile:1 - Error during parsing: unexpected end of file, expected '{'"],
  ['. {\n}\n}', "Corefile:3 - Error during parsing: unexpected '}'"],
  [
    '. {\n kubernetes {\n pods insecure\n',
    "Corefile:3 - Error during parsing: unexpected end of file, the block of 'kubernetes' is not closed",
  ],
])('%j is refused with file and line', (text, message) => {
  expect(() => parseCorefile(text, 'Corefile')).toThrow(message);
});
