import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, learnerShell } from '../../src/machines/learner-shell.ts';
import { parseProgramMark, programScript } from '../../src/machines/program-files.ts';
import { parseSshArguments, resolveMachine } from '../../src/machines/ssh.ts';
import { openWorkspace, runtimeDirOf, type Workspace } from '../../src/machines/workspace.ts';

let workspace: Workspace;
let dir: string;

beforeAll(async () => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'ssh-')));
  workspace = await openWorkspace(dir, { create: true });
});
afterAll(() => {
  rmSync(dir, { recursive: true });
  rmSync(workspace.runtimeDir, { recursive: true, force: true });
});

describe('ssh', () => {
  it('reads its arguments as ssh does', () => {
    expect(
      parseSshArguments(['-t', '-o', 'StrictHostKeyChecking=no', 'root@controller-0', 'echo', 'a  b']),
    ).toEqual({
      target: 'root@controller-0',
      command: 'echo a  b',
      noInput: false,
    });
    expect(parseSshArguments(['-n', '-lroot', 'controller-0'])).toEqual({
      target: 'root@controller-0',
      command: undefined,
      noInput: true,
    });
    expect(() => parseSshArguments(['-L', '80:a:80', 'controller-0'])).toThrow(
      'ssh: -L is not supported by k8s-lab',
    );
    expect(() => parseSshArguments(['-Z', 'controller-0'])).toThrow('ssh: unknown option -- Z');
  });

  it('knows machines by name and address, and names the nearest', () => {
    expect(resolveMachine(workspace, 'root@10.240.0.11')).toBe('controller-1');
    expect(() => resolveMachine(workspace, 'controler-0')).toThrow(
      'ssh: Could not resolve hostname controler-0: Name or service not known',
    );
    expect(() => resolveMachine(workspace, 'ubuntu@controller-0')).toThrow('Permission denied');
  });
});

describe('the workspace', () => {
  it('refuses to open what is not there, and another topology', async () => {
    await expect(openWorkspace(join(dir, 'nothing'))).rejects.toThrow('there is no lab here');
    await expect(openWorkspace(dir, { topology: 'single' })).rejects.toThrow(
      'this lab has the topology "hard-way"',
    );
  });

  it('has a short runtime folder of its own', () => {
    expect(runtimeDirOf('/a', {})).not.toBe(runtimeDirOf('/b', {}));
    expect(
      runtimeDirOf('/a'.repeat(200), { XDG_RUNTIME_DIR: `/tmp/${'x'.repeat(80)}` }).length,
    ).toBeLessThanOrEqual(40);
  });

  it('writes program files that say what they are', () => {
    const text = programScript('etcd', 'v3.5.21', { A: "it's" });
    expect(parseProgramMark(text)).toEqual({ program: 'etcd', version: 'v3.5.21' });
    expect(parseProgramMark('#!/bin/sh\necho hi\n')).toBeUndefined();
  });

  it('puts the lab’s tools first on the PATH and the fallbacks last', () => {
    const path = environment(workspace, { PATH: '/usr/bin:/bin' }).PATH!.split(':');
    expect(path).toEqual([
      workspace.binDir,
      workspace.labBinDir,
      '/usr/bin',
      '/bin',
      workspace.fallbackBinDir,
    ]);
  });

  it('runs a command in the learner’s shell, in the workspace', async () => {
    const child = learnerShell(workspace, { command: 'pwd; command -v ssh', stdio: 'pipe' });
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(0);
    expect(text).toBe(`${workspace.dir}\n${join(workspace.labBinDir, 'ssh')}\n`);
  });
});
