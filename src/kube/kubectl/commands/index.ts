import { command } from '../cli/command.ts';
import { config } from '../config/index.ts';
import { apply } from './apply.ts';
import { attach } from './attach.ts';
import { cp } from './cp.ts';
import { create } from './create/index.ts';
import { deleteCommand } from './delete.ts';
import { exec } from './exec.ts';
import { get } from './get.ts';
import { logs } from './logs.ts';
import { portForward } from './port-forward.ts';
import { run } from './run.ts';
import { version } from './version.ts';

/** Every command, in the order of the help text. */
export const kubectl = command({
  name: 'kubectl',
  summary: 'kubectl controls the Kubernetes cluster manager.',
  subcommands: [create, get, deleteCommand, apply, run, logs, attach, exec, portForward, cp, config, version],
});
