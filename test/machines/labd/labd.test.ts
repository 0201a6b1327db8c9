import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectLab } from '../../../src/machines/client.ts';
import { isProcessAlive } from '../../../src/usernet/processes.ts';
import { buildTestPrograms, createTestLab, processesOf, type TestLab, testServer } from '../support.ts';

const node = 'node-0';
const unit = (lines: string) =>
  `[Unit]\nDescription=Test server\n[Service]\n${lines}\n[Install]\nWantedBy=multi-user.target\n`;

let test: TestLab;

function install(lab: TestLab, name: string, lines: string): void {
  const root = lab.workspace.machineRoot(node);
  writeFileSync(join(root, 'usr/local/bin/test-server'), testServer, { mode: 0o755 });
  writeFileSync(join(root, `etc/systemd/system/${name}.service`), unit(lines));
}

const unitOf = async (lab: TestLab, name: string) =>
  (await lab.lab.machines())
    .find((machine) => machine.name === node)!
    .units.find((entry) => entry.name === name);

async function waitFor<T>(read: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

beforeAll(async () => {
  await buildTestPrograms();
  test = await createTestLab();
  await test.lab.up();
});
afterAll(() => test?.destroy());

describe('labd', () => {
  it('answers on a socket that is the owner’s alone', () => {
    expect(statSync(test.workspace.socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(test.workspace.runtimeDir).mode & 0o777).toBe(0o700);
  });

  it('lets no variable of a machine reach the computer itself', async () => {
    const marker = join(test.workspace.dir, 'marker');
    const evil = join(test.workspace.dir, 'evil.cjs');
    writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`);
    const options = `NODE_OPTIONS=--require=${evil}`;
    await test.lab.run(node, `export ${options}; curl --version; env ${options} curl --version`);
    install(
      test,
      'evil',
      `Type=notify\nEnvironment=${options}\nExecStart=/usr/local/bin/test-server --port 81`,
    );
    await test.lab.systemctl(node, ['start', 'evil']);
    expect(await test.shell(node, 'ps')).toMatch(/^ *\d+ \? +test-server$/m);
    expect(existsSync(marker)).toBe(false);
    await test.lab.systemctl(node, ['stop', 'evil']);
  });

  it('runs a unit on the machine’s network and files, and keeps its journal', async () => {
    install(
      test,
      'web',
      'Type=notify\nEnvironment=GREETING=hello\nExecStart=/usr/local/bin/test-server --port 80',
    );
    expect(await test.lab.systemctl(node, ['daemon-reload'])).toMatchObject({ exitCode: 0 });
    expect(await test.lab.systemctl(node, ['enable', '--now', 'web'])).toEqual({
      stdout: '',
      stderr:
        'Created symlink /etc/systemd/system/multi-user.target.wants/web.service → /etc/systemd/system/web.service.\n',
      exitCode: 0,
    });
    expect(await unitOf(test, 'web.service')).toMatchObject({
      activeState: 'active',
      subState: 'running',
      enabled: true,
    });
    expect(await test.shell(node, 'curl -s http://127.0.0.1/')).toBe('node-0 hello\n');
    expect(await test.shell('load-balancer', 'curl -s http://node-0/')).toBe('node-0 hello\n');
    expect(await test.shell(node, 'ss -tlnp')).toMatch(/LISTEN.*0\.0\.0\.0:80 .*test-server/);
    const log = await test.shell(node, 'journalctl -u web -o cat --no-pager');
    expect(log).toMatch(
      /^Starting web.service - Test server\.\.\.\nlistening as \d+\nStarted web.service - Test server\.\n$/,
    );
    const status = await test.lab.systemctl(node, ['status', 'web']);
    expect(status.exitCode).toBe(0);
    expect(status.stdout).toMatch(
      /● web\.service - Test server\n {5}Loaded: loaded \(\/etc\/systemd\/system\/web\.service; enabled\)\n {5}Active: active \(running\) since /,
    );
  });

  it('says what systemctl says when a unit cannot start', async () => {
    expect(await test.lab.systemctl(node, ['start', 'nosuch'])).toEqual({
      stdout: '',
      stderr: 'Failed to start nosuch.service: Unit nosuch.service not found.\n',
      exitCode: 5,
    });
    install(test, 'broken', 'Type=notify\nExecStart=/usr/local/bin/test-server --exit 3');
    const start = await test.lab.systemctl(node, ['start', 'broken']);
    expect(start.exitCode).toBe(1);
    expect(start.stderr).toBe(
      'Job for broken.service failed because the control process exited with error code.\nSee "systemctl status broken.service" and "journalctl -xeu broken.service" for details.\n',
    );
    expect((await test.lab.systemctl(node, ['status', 'broken'])).stdout).toContain(
      'status=3/NOTIMPLEMENTED',
    );
    expect(await test.lab.systemctl(node, ['is-active', 'broken'])).toMatchObject({
      stdout: 'failed\n',
      exitCode: 3,
    });
  });

  it('runs program files only', async () => {
    await test.shell(
      node,
      "printf '#!/bin/sh\\necho hacked\\n' > /usr/local/bin/own; chmod +x /usr/local/bin/own",
    );
    install(test, 'own', 'Type=exec\nExecStart=/usr/local/bin/own');
    expect((await test.lab.systemctl(node, ['start', 'own'])).exitCode).toBe(1);
    expect(await test.shell(node, 'journalctl -u own -o cat')).toContain('Exec format error');
    install(test, 'gone', 'Type=exec\nExecStart=/usr/local/bin/gone');
    expect((await test.lab.systemctl(node, ['start', 'gone'])).exitCode).toBe(1);
    expect(await test.shell(node, 'journalctl -u gone -o cat')).toContain('code=exited, status=203/EXEC');
  });

  it('notices a unit file that changed on disk', async () => {
    install(
      test,
      'web',
      'Type=notify\nEnvironment=GREETING=again\nExecStart=/usr/local/bin/test-server --port 80',
    );
    const restart = await test.lab.systemctl(node, ['restart', 'web']);
    expect(restart.stderr).toContain("changed on disk. Run 'systemctl daemon-reload' to reload units.");
    expect(await test.shell(node, 'curl -s http://127.0.0.1/')).toBe('node-0 hello\n');
    await test.shell(node, 'systemctl daemon-reload && systemctl restart web');
    expect(await test.shell(node, 'curl -s http://127.0.0.1/')).toBe('node-0 again\n');
  });

  it('kills by signal as systemctl does, and the unit decides what follows', async () => {
    install(
      test,
      'target',
      'Restart=on-failure\nRestartSec=50ms\nExecStart=/usr/local/bin/test-server --port 82',
    );
    await test.shell(node, 'systemctl start target');
    const before = (await unitOf(test, 'target.service'))!;
    expect(await test.lab.systemctl(node, ['kill', '-s', 'KILL', 'target'])).toMatchObject({ exitCode: 0 });
    await waitFor(async () => {
      const now = await unitOf(test, 'target.service');
      return now?.activeState === 'active' && now.pid !== before.pid && now.restarts === 1;
    });
    expect(await test.lab.systemctl(node, ['kill', '--signal=NOPE', 'target'])).toMatchObject({
      stderr: 'Failed to parse signal string NOPE.\n',
      exitCode: 1,
    });
    await test.shell(node, 'systemctl stop target');
    expect((await test.lab.systemctl(node, ['kill', 'target'])).exitCode).toBe(1);
  });

  it('restarts what requires a unit together with it, and leaves alone what was not running', async () => {
    install(test, 'base', 'ExecStart=/usr/local/bin/test-server --port 83');
    for (const [name, port] of [
      ['above', 84],
      ['idle', 85],
    ] as const) {
      const text = unit(`ExecStart=/usr/local/bin/test-server --port ${port}`);
      const path = join(test.workspace.machineRoot(node), `etc/systemd/system/${name}.service`);
      writeFileSync(path, text.replace('[Service]', 'Requires=base.service\nAfter=base.service\n[Service]'));
    }
    await test.shell(node, 'systemctl start above');
    const before = (await unitOf(test, 'above.service'))!;
    await test.shell(node, 'systemctl restart base');
    const after = (await unitOf(test, 'above.service'))!;
    expect(after.activeState).toBe('active');
    expect(after.pid).not.toBe(before.pid);
    expect((await unitOf(test, 'idle.service'))?.activeState ?? 'inactive').toBe('inactive');
    await test.shell(node, 'systemctl stop base');
    expect((await unitOf(test, 'above.service'))?.activeState ?? 'inactive').toBe('inactive');
  });

  it('restarts a unit whose process is killed', async () => {
    install(
      test,
      'sturdy',
      'Restart=on-failure\nRestartSec=50ms\nExecStart=/usr/local/bin/test-server --port 81',
    );
    await test.shell(node, 'systemctl start sturdy');
    const before = (await unitOf(test, 'sturdy.service'))!;
    process.kill(before.pid!, 'SIGKILL');
    const after = await waitFor(async () => {
      const now = await unitOf(test, 'sturdy.service');
      return now?.activeState === 'active' && now.pid !== before.pid && now;
    });
    expect(after.restarts).toBe(1);
  });

  it('boots enabled units when a machine is switched on again, and ends all when it goes off', async () => {
    const events: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of test.lab.events(stop.signal)) {
        if (event.type === 'power') events.push(`${event.machine} ${event.power}`);
      }
    })();
    const bootId = (await test.lab.machines())[0]!.bootId;
    await test.lab.power(node, 'off');
    expect((await test.lab.info()).processes.filter(({ machine }) => machine === node)).toEqual([]);
    await expect(test.lab.run(node, 'true')).rejects.toThrow('node-0 is switched off');
    const refused = await test.lab.run('load-balancer', 'curl -s -m 5 http://10.240.0.10/');
    expect(refused.exitCode).toBe(7);
    await test.lab.power(node, 'on');
    const web = await waitFor(async () => {
      const now = await unitOf(test, 'web.service');
      return now?.activeState === 'active' && now;
    });
    expect(web.pid).toBeDefined();
    expect((await unitOf(test, 'sturdy.service'))?.activeState).toBe('inactive');
    expect((await test.lab.machines())[0]!.bootId).not.toBe(bootId);
    await waitFor(async () => events.length >= 2);
    expect(events).toEqual(['node-0 off', 'node-0 on']);
    stop.abort();
    await watching;
  });

  it('follows a journal', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const entry of test.lab.journal(node, {
      unit: 'web.service',
      follow: true,
      lines: 1,
      signal: stop.signal,
    })) {
      if (seen.length === 0) void test.lab.systemctl(node, ['restart', 'web']);
      seen.push(entry.message);
      if (entry.message === 'stopping') stop.abort();
      else if (seen.length > 20) break;
    }
    expect(seen).toContain('stopping');
  });

  it('reads files from the machine’s disk, and nothing beyond it', async () => {
    const file = await test.lab.readFile(node, '/etc/hostname');
    expect(file?.data.toString()).toBe('node-0\n');
    expect(await test.lab.readFile(node, '/../../../../../../etc/passwd')).toBeDefined();
    expect((await test.lab.readFile(node, '/../../../../../../etc/passwd'))!.data.toString()).toBe(
      readFileSync(join(test.workspace.machineRoot(node), 'etc/passwd'), 'utf8'),
    );
    await test.shell(node, 'ln -s ../../../../../../../../etc/shells /root/out');
    expect(await test.lab.readFile(node, '/root/out')).toBeUndefined();
  });
});

describe('two labs side by side', () => {
  it('do not see each other, and down leaves no process', async () => {
    const other = await createTestLab();
    try {
      await other.lab.up();
      install(other, 'web', 'Type=notify\nExecStart=/usr/local/bin/test-server --port 80');
      await other.shell(node, 'echo other > /etc/hostname; systemctl start web');
      expect(await other.shell(node, 'curl -s http://127.0.0.1/')).toMatch(/^other /);
      expect(await test.shell(node, 'curl -s http://127.0.0.1/')).toMatch(/^node-0 /);
      expect(processesOf(other.workspace).length).toBeGreaterThan(1);
      await other.lab.down();
      expect(processesOf(other.workspace)).toEqual([]);
      expect(existsSync(other.workspace.runtimeDir)).toBe(false);
      expect(await test.shell(node, 'curl -s http://127.0.0.1/')).toMatch(/^node-0 /);
    } finally {
      await other.destroy();
    }
  });
});

describe('labd killed with -9', () => {
  it('is followed by one that ends what was left and starts the same units again', async () => {
    const old = (await unitOf(test, 'web.service'))!;
    const { pid, proxyPort } = await test.lab.info();
    process.kill(pid, 'SIGKILL');
    const lab = await connectLab(test.workspace);
    const info = await lab.info();
    expect(info.pid).not.toBe(pid);
    expect(info.proxyPort).toBe(proxyPort);
    const web = await waitFor(async () => {
      const now = await unitOf(test, 'web.service');
      if (now?.activeState === 'failed')
        throw new Error(await test.shell(node, 'journalctl -u web -n 20 -o cat'));
      return now?.activeState === 'active' && now;
    });
    expect(web.pid).not.toBe(old.pid);
    expect(isProcessAlive(old.pid!)).toBe(false);
    expect(await test.shell(node, 'curl -s http://127.0.0.1/')).toMatch(/^node-0 /);
  });
});

describe('down', () => {
  it('lets units end by themselves, those that come after others first', async () => {
    const other = await createTestLab();
    try {
      await other.lab.up();
      install(other, 'base', 'Type=notify\nExecStart=/usr/local/bin/test-server --port 80');
      install(other, 'top', 'Type=notify\nExecStart=/usr/local/bin/test-server --port 81');
      await other.shell(
        node,
        "sed -i 's/^Description=.*/&\\nAfter=base.service/' /etc/systemd/system/top.service; systemctl start base top",
      );
      await other.lab.down();
      const stopping: (string | undefined)[] = [];
      const again = await connectLab(other.workspace);
      for await (const { unit: name, message } of again.journal(node))
        if (message === 'stopping') stopping.push(name);
      expect(stopping).toEqual(['top.service', 'base.service']);
    } finally {
      await other.destroy();
    }
  });
});

describe("the host's restart, which empties the runtime folder", () => {
  it('costs no route that was added by hand', async () => {
    const other = await createTestLab();
    try {
      await other.lab.up();
      const before = await other.shell(node, 'ip route add 10.200.7.0/24 via 10.240.0.40 && ip route');
      await other.lab.down();
      expect(existsSync(other.workspace.runtimeDir)).toBe(false);
      const again = await connectLab(other.workspace);
      await again.up();
      expect(before).toContain('10.200.7.0/24 via 10.240.0.40');
      expect((await again.run(node, 'ip route')).stdout).toBe(before);
    } finally {
      await other.destroy();
    }
  });
});
