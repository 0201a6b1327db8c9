import { describe, expect, it } from 'vitest';
import { sortHosts } from '../../src/pki/request.ts';

describe('hosts', () => {
  it('are addresses, mail addresses, URIs, and names otherwise', () =>
    expect(
      sortHosts([
        '10.32.0.1',
        'kubernetes',
        'fd00::1',
        'a@b.example',
        'https://x/y',
        'spiffe://cluster/ns',
        '*.example',
        '10.32.0.256',
      ]),
    ).toEqual({
      ip: ['10.32.0.1', 'fd00::1'],
      dns: ['kubernetes', '*.example', '10.32.0.256'],
      email: ['a@b.example'],
      uri: ['https://x/y', 'spiffe://cluster/ns'],
    }));
});
