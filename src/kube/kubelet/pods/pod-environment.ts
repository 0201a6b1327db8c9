import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Pod, Service } from '../../api/types/core-v1.ts';
import type { CriClient } from '../../cri/index.ts';
import type { DnsContext } from '../network/resolv-conf.ts';
import type { ProbeManager } from '../probes/probe-manager.ts';
import type { ImagePuller } from '../runtime/images.ts';
import type { ObjectCache } from '../volumes/object-cache.ts';
import type { TokenManager } from '../volumes/service-account-tokens.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import type { KeyedBackoff } from './backoff.ts';

/** What the parts that run pods share. */
export interface PodEnvironment {
  readonly cri: CriClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hostIP: string;
  readonly nodeHostname: string;
  /** `/var/log/pods` */
  readonly podLogRoot: string;
  /** `/var/log/containers` */
  readonly containerLogRoot: string;
  readonly dns: () => DnsContext;
  readonly nodeHosts: () => string;
  readonly services: () => readonly Service[];
  readonly allocatable: Readonly<Record<string, string>>;
  readonly volumes: VolumeManager;
  readonly objects: ObjectCache;
  readonly tokens: TokenManager;
  readonly images: ImagePuller;
  readonly probes: ProbeManager;
  readonly restarts: KeyedBackoff;
  readonly event: (
    pod: Pod,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    container?: string,
  ) => void;
}
