import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cfssljson } from '../../../src/pki/cfssl/cfssljson.ts';
import { fakeIo } from '../fake-io.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfssljson-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(args: readonly string[], stdin: string) {
  const { io, output } = fakeIo({}, stdin);
  return { exitCode: await cfssljson(args, io), ...output };
}
const issued = { cert: 'CERT\n', csr: 'CSR\n', key: 'KEY\n' };

describe('cfssljson', () => {
  it('-bare writes three files, the key for its owner only', async () => {
    expect(await run(['-bare', join(folder, 'admin')], JSON.stringify(issued))).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
    expect(readdirSync(folder).sort()).toEqual(['admin-key.pem', 'admin.csr', 'admin.pem']);
    expect(readFileSync(join(folder, 'admin.pem'), 'utf8')).toBe('CERT\n');
    expect(statSync(join(folder, 'admin-key.pem')).mode & 0o777).toBe(0o600);
  });
  it("takes the API's response, and prints its errors", async () => {
    await run(
      [join(folder, 'x')],
      JSON.stringify({ success: true, result: { certificate: 'C', private_key: 'K' } }),
    );
    expect(readdirSync(folder).sort()).toEqual(['x-key.pem', 'x.pem']);
    expect(await run([], JSON.stringify({ success: false, errors: [{ message: 'no' }] }))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Request failed:\n\tno\n',
    });
  });
  it('prints instead with -stdout', async () =>
    expect((await run(['-bare', '-stdout'], JSON.stringify(issued))).stdout).toBe('CERT\n\nKEY\n\nCSR\n\n'));
  it('leaves the old files alone when cfssl printed nothing', async () => {
    expect(await run(['-bare', join(folder, 'admin')], '')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Failed to parse input: unexpected end of JSON input\n',
    });
    expect(readdirSync(folder)).toEqual([]);
    expect((await run(['-bare', '-f', 'none'], '')).stderr).toBe(
      'Failed to read input: open none: no such file or directory\n',
    );
  });
  it('gives each file its mode, also where one with another mode stood', async () => {
    for (const name of ['admin.pem', 'admin-key.pem'])
      writeFileSync(join(folder, name), 'old', { mode: 0o666 });
    await run(['-bare', join(folder, 'admin')], JSON.stringify(issued));
    const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;
    expect(mode('admin-key.pem')).toBe(0o600);
    // Others may read what is public; nobody else may write.
    for (const name of ['admin.pem', 'admin.csr']) expect(mode(name) & 0o446, name).toBe(0o444);
    expect(readFileSync(join(folder, 'admin-key.pem'), 'utf8')).toBe('KEY\n');
    // Nothing half-written is left beside them.
    expect(readdirSync(folder)).toHaveLength(3);
  });
  it('writes what there is, and nothing for what is not', async () => {
    await run(['-bare', join(folder, 'ca')], JSON.stringify({ cert: 'C', csr: '', other: 1 }));
    expect(readdirSync(folder)).toEqual(['ca.pem']);
  });
  it('names the file that it cannot write', async () => {
    const answer = await run(['-bare', join(folder, 'none/admin')], JSON.stringify(issued));
    expect(answer).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `open ${join(folder, 'none/admin.pem')}: no such file or directory\n`,
    });
  });
  it.each([
    [
      '[]',
      'Failed to parse input: json: cannot unmarshal array into Go value of type map[string]interface {}\n',
    ],
    ['{"cert": "x"', 'Failed to parse input: unexpected end of JSON input\n'],
    [
      'Failed to load config file',
      "Failed to parse input: invalid character 'F' looking for beginning of value (line 1, column 1)\n",
    ],
  ])('refuses %j', async (input, stderr) =>
    expect(await run(['-bare', join(folder, 'x')], input)).toEqual({ exitCode: 1, stdout: '', stderr }),
  );
  it('takes the plain output of cfssl only with -bare', async () => {
    expect((await run([join(folder, 'x')], JSON.stringify(issued))).stderr).toBe('Request failed:\n');
    expect(readdirSync(folder)).toEqual([]);
  });
});
