import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../src/pki/cfssl/csr-json.ts';
import { subjectAttributes } from '../../../src/pki/request.ts';

const parse = (request: object) => parseRequest(JSON.stringify(request));

describe('X-csr.json', () => {
  it('needs nothing: what is absent is empty, and the key ecdsa-256', () =>
    expect(parse({})).toEqual({ CN: '', names: [], hosts: [], key: { algo: 'ecdsa', size: 256 } }));
  it('takes names in any case', () =>
    expect(
      parse({ cn: 'x', Hosts: ['h'], KEY: { Algo: 'rsa', SIZE: 2048 }, NAMES: [{ o: 'g' }] }),
    ).toMatchObject({
      CN: 'x',
      hosts: ['h'],
      key: { algo: 'rsa', size: 2048 },
      names: [{ O: 'g' }],
    }));
  it('orders the subject as Go encodes it, every O of it', () =>
    expect(
      subjectAttributes(
        parse({
          CN: 'x',
          names: [
            { ST: 'Oregon', O: 'a', C: 'US' },
            { O: 'b', L: 'Portland', OU: '' },
          ],
        }),
      ).map(({ shortName, value }) => `${shortName}=${value}`),
    ).toEqual(['C=US', 'O=a', 'O=b', 'L=Portland', 'ST=Oregon', 'CN=x']));
  it.each([
    [{ serialnumber: '1' }, 'serialnumber is not supported by this cfssl'],
    [{ extensions: [] }, 'extensions is not supported by this cfssl'],
    [{ names: [{ E: 'a@b.c' }] }, 'E is not supported by this cfssl'],
    [
      { hosts: 'a' },
      'cannot unmarshal string into Go struct field CertificateRequest.hosts of type []string',
    ],
    [{ hosts: [1] }, 'cannot unmarshal number into Go struct field CertificateRequest.hosts of type string'],
    [
      { names: {} },
      'cannot unmarshal object into Go struct field CertificateRequest.names of type []csr.Name',
    ],
    [{ CN: ['x'] }, 'cannot unmarshal array into Go struct field CertificateRequest.CN of type string'],
    [
      { ca: { pathlen: '1' } },
      'cannot unmarshal string into Go struct field CAConfig.ca.pathlen of type int',
    ],
  ])('refuses %j', (request, message) => expect(() => parse(request)).toThrow(message));
});
