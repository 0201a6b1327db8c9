import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { contains, parseCidr } from '../lib/ipv4.ts';
import { shellQuote } from '../lib/shell-quote.ts';
import { rememberedProxyPort } from './labd/proxy.ts';
import type { Topology } from './topology.ts';
import type { Workspace } from './workspace.ts';

/**
 * What a shell on the jumpbox needs to be in the lab: its tools first on the PATH, the proxy into the lab's network,
 * and the workspace's name. The host's own 127.0.0.1 stays out of the proxy, since kubectl port-forward listens there.
 */
export function environment(
  workspace: Workspace,
  base: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const port = rememberedProxyPort(workspace);
  const ours = [workspace.binDir, workspace.labBinDir];
  const inherited = (base.PATH ?? '/usr/bin:/bin')
    .split(delimiter)
    .filter((folder) => ![...ours, workspace.fallbackBinDir].includes(folder));
  const proxy = port === undefined ? undefined : `http://127.0.0.1:${port}`;
  return {
    K8S_LAB_WORKSPACE: workspace.dir,
    // The learner's own ~/.kube/config stays out of the lab, and the lab out of it.
    KUBECONFIG: join(workspace.dir, '.kube', 'config'),
    PATH: [...ours, ...inherited, workspace.fallbackBinDir].join(delimiter),
    ...(proxy === undefined
      ? {}
      : {
          HTTPS_PROXY: proxy,
          HTTP_PROXY: proxy,
          https_proxy: proxy,
          http_proxy: proxy,
          NO_PROXY: noProxy(workspace.topology, base.NO_PROXY ?? base.no_proxy),
          no_proxy: noProxy(workspace.topology, base.no_proxy ?? base.NO_PROXY),
        }),
  };
}

/**
 * What the learner reaches without a proxy stays so, and the host's own addresses come to it. An entry that holds addresses
 * of the lab, such as a company's 10.0.0.0/8, does not: only the proxy leads there.
 */
function noProxy({ network, podCidr, serviceCidr }: Topology, own = ''): string {
  const lab = [network, podCidr, serviceCidr].flatMap((text) => parseCidr(text) ?? []);
  const isOfLab = (entry: string) => {
    const cidr = parseCidr(entry.replace(/:\d+$/, ''));
    if (cidr === undefined) return entry === '*';
    return lab.some((range) => contains(range, cidr.base) || contains(cidr, range.base));
  };
  const kept = own.split(/[\s,]+/).filter((entry) => entry !== '' && !isOfLab(entry));
  return [...new Set([...kept, '127.0.0.1', 'localhost'])].join(',');
}

export interface LearnerShellOptions {
  /** Run this and end, as `sh -c` does; otherwise the shell is interactive. */
  readonly command?: string;
  /** `inherit` (default) hands over the terminal; `pipe` is for callers that show the output themselves. */
  readonly stdio?: 'inherit' | 'pipe';
  readonly env?: NodeJS.ProcessEnv;
  /** The workspace when not given. */
  readonly cwd?: string;
}

const promptMark = '(k8s-lab)';

/** Starts the learner's own $SHELL on the jumpbox. The caller waits for its exit. */
export function learnerShell(workspace: Workspace, options: LearnerShellOptions = {}): ChildProcess {
  const base = options.env ?? process.env;
  const shell = base.SHELL || '/bin/sh';
  const env = { ...base, ...environment(workspace, base) };
  const { args, extra } =
    options.command === undefined
      ? interactiveArguments(workspace, shell)
      : commandArguments(shell, options.command);
  return spawn(options.command === undefined ? shell : commandShell(shell), args, {
    cwd: options.cwd ?? workspace.dir,
    env: { ...env, ...extra },
    stdio: options.stdio === 'pipe' ? ['pipe', 'pipe', 'pipe'] : 'inherit',
    // Its own group, so that a caller can end a command with all that it started.
    detached: options.stdio === 'pipe',
  });
}

/** The course's commands are written for bash; any shell that reads the same language will do. */
const commandShell = (shell: string) =>
  ['bash', 'zsh', 'ksh', 'dash', 'sh'].includes(basename(shell)) ? shell : '/bin/sh';
const commandArguments = (_shell: string, command: string) => ({ args: ['-c', command], extra: {} });

/** The prompt must say that one is in the lab, after the learner's own start-up files have had their say. */
function interactiveArguments(
  workspace: Workspace,
  shell: string,
): { args: string[]; extra: Record<string, string> } {
  const folder = join(workspace.labDir, 'shell');
  mkdirSync(folder, { recursive: true });
  const { PATH } = environment(workspace);
  switch (basename(shell)) {
    case 'bash': {
      const file = join(folder, 'bashrc');
      writeFileSync(
        file,
        `[ -f ~/.bashrc ] && . ~/.bashrc\nexport PATH=${shellQuote(PATH!)}\nPS1="${promptMark} $PS1"\n`,
      );
      return { args: ['--rcfile', file, '-i'], extra: {} };
    }
    case 'zsh': {
      const own = shellQuote(join(process.env.ZDOTDIR ?? homedir(), '.zshrc'));
      writeFileSync(
        join(folder, '.zshrc'),
        `[ -f ${own} ] && . ${own}\nexport PATH=${shellQuote(PATH!)}\nPROMPT="${promptMark} $PROMPT"\n`,
      );
      return { args: ['-i'], extra: { ZDOTDIR: folder } };
    }
    case 'fish':
      return {
        args: [
          '--init-command',
          `functions -c fish_prompt k8s_lab_prompt 2>/dev/null; function fish_prompt; echo -n '${promptMark} '; k8s_lab_prompt; end`,
        ],
        extra: {},
      };
    default:
      return { args: ['-i'], extra: { PS1: `${promptMark} $ ` } };
  }
}
