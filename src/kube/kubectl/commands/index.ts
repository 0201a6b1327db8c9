import { command } from '../cli/command.ts';
import { config } from '../config/index.ts';
import { apiResources, apiVersions } from './about/api-resources.ts';
import { auth } from './about/auth.ts';
import { clusterInfo } from './about/cluster-info.ts';
import { events } from './about/events.ts';
import { explain } from './about/explain.ts';
import { apply } from './apply.ts';
import { attach } from './attach.ts';
import { cp } from './cp.ts';
import { create } from './create/index.ts';
import { deleteCommand } from './delete.ts';
import { describe } from './describe/index.ts';
import { edit } from './edit.ts';
import { exec } from './exec.ts';
import { expose } from './expose.ts';
import { get } from './get.ts';
import { annotate, label } from './label.ts';
import { logs } from './logs.ts';
import { cordon, uncordon } from './node/cordon.ts';
import { drain } from './node/drain.ts';
import { taint } from './node/taint.ts';
import { notHere, top } from './not-here.ts';
import { patch } from './patch.ts';
import { portForward } from './port-forward.ts';
import { replace } from './replace.ts';
import { rollout } from './rollout/index.ts';
import { run } from './run.ts';
import { autoscale, scale } from './scale.ts';
import { set } from './set.ts';
import { version } from './version.ts';
import { wait } from './wait.ts';

/** Every command, in the order of the help text. */
export const kubectl = command({
  name: 'kubectl',
  summary: 'kubectl controls the Kubernetes cluster manager.',
  subcommands: [
    ...[create, expose, run, set],
    ...[explain, get, edit, deleteCommand],
    ...[rollout, scale, autoscale],
    ...[clusterInfo, cordon, uncordon, drain, taint, top],
    ...[describe, logs, attach, exec, portForward, cp, auth, events],
    ...[apply, patch, replace, wait, label, annotate],
    ...[apiResources, apiVersions, config, version],
    ...notHere,
  ],
});
