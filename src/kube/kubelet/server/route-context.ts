import type { Logger } from '../../../lib/log.ts';
import type { CriClient } from '../../cri/index.ts';
import type { KubeletConfig } from '../config/kubelet-config.ts';
import type { Kubelet } from '../kubelet.ts';

/** What answers to requests are made of. */
export interface RouteContext {
  readonly config: KubeletConfig;
  readonly kubelet: Kubelet;
  readonly cri: CriClient;
  readonly nodeName: string;
  readonly logger: Logger;
}
