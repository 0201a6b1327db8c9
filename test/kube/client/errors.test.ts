import { expect, test } from 'vitest';
import { isConflict, isNotFound, statusErrorOf } from '../../../src/kube/client/errors.ts';

test('a Status keeps its reason, message and details', () => {
  const body = Buffer.from(
    JSON.stringify({
      kind: 'Status',
      reason: 'Conflict',
      message: 'the object has been modified',
      code: 409,
      details: { name: 'web' },
    }),
  );
  const error = statusErrorOf(409, body);
  expect(isConflict(error)).toBe(true);
  expect(error.message).toBe('the object has been modified');
  expect(error.status.details).toEqual({ name: 'web' });
});

test.each([
  ['a proxy’s words', 503, ' upstream is down\n', 'upstream is down'],
  ['nothing', 503, '', 'the server answered with status 503'],
  ['JSON that is no Status', 500, '{"error":1}', '{"error":1}'],
  [
    '404 of a path that is not there',
    404,
    '404 page not found\n',
    'the server could not find the requested resource',
  ],
])('%s', (_, code, body, message) => {
  const error = statusErrorOf(code, Buffer.from(body));
  expect(error).toMatchObject({ code, message });
  expect(isNotFound(error)).toBe(code === 404);
});
