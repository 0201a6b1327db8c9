import { expect, it } from 'vitest';
import { guestEnvironment } from '../../src/lib/guest-environment.ts';

it('keeps what somebody set, but for what steers node or the linker', () => {
  const kept = {
    NODE_NAME: 'worker-0',
    NODE_IP: '10.240.0.20',
    PATH: '/bin',
    OPTIONS: 'x',
    LDAP_HOST: 'x',
    'my.key': '',
  };
  const dropped = {
    NODE_OPTIONS: '--require=/x',
    NODE_PATH: '/x',
    NODE_EXTRA_CA_CERTS: '/x',
    NODE_V8_COVERAGE: '/x',
    NODE_REDIRECT_WARNINGS: '/x',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    LD_PRELOAD: '/x.so',
    LD_LIBRARY_PATH: '/x',
    DYLD_INSERT_LIBRARIES: '/x',
    OPENSSL_CONF: '/x',
  };
  expect(guestEnvironment({ ...dropped, ...kept })).toEqual(kept);
});
