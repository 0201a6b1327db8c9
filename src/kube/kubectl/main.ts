/**
 * kubectl: what a person types becomes requests to the API server, and the answers become text.
 *
 *   words ──▶ cli/run.ts: find the command, read flags (cli/flags.ts)
 *                │
 *                ├─▶ config/: the kubeconfig file itself; no cluster is asked
 *                │
 *                └─▶ cluster/: kubeconfig + flags → one connection; discovery says which resource a word such as `po` means;
 *                      │        files, names and selectors become objects
 *                      ▼
 *                    commands/: one file a command. Reading commands ask for a *Table*: the server decides the columns.
 *                      │        apply compares three objects: the file, what was applied last, and what is there
 *                      ▼
 *                    output/: tables, YAML as Go writes it, jsonpath, custom columns
 *
 * exec, attach and port-forward leave plain HTTP: streams/ opens a WebSocket to the API server, which passes it on to the kubelet.
 * Models github.com/kubernetes/kubectl pkg/cmd.
 */
import { systemClock } from '../../lib/clock.ts';
import { runProgram } from '../../lib/program.ts';
import { runCommandLine } from './cli/run.ts';
import { kubectl } from './commands/index.ts';

runProgram('kubectl', ({ args, env, signal }) =>
  runCommandLine(kubectl, args, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env,
    cwd: process.cwd(),
    clock: systemClock,
    signal,
  }),
);
