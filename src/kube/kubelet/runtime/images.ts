import type { Clock } from '../../../lib/clock.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import type { CriClient, PodSandboxConfigInit } from '../../cri/index.ts';
import { goDuration, type KeyedBackoff } from '../pods/backoff.ts';
import { uidOf } from '../pods/pod.ts';
import { runtimeErrorText } from './container-runtime.ts';
import { imageNameProblem } from './image-name.ts';

/** Why a container does not start: becomes the reason and message of its waiting state. */
export class StartError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = 'StartError';
    this.reason = reason;
  }
}

export type ContainerEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface ImagePullerOptions {
  readonly cri: CriClient;
  readonly clock: Clock;
  readonly backoff: KeyedBackoff;
}

/** A name without tag means the tag `latest`, which is always pulled unless the pod says otherwise. */
function pullPolicy(container: Container): string {
  if (container.imagePullPolicy !== undefined) return container.imagePullPolicy;
  const name = (container.image ?? '').split('/').at(-1) ?? '';
  return !name.includes('@') && (!name.includes(':') || name.endsWith(':latest')) ? 'Always' : 'IfNotPresent';
}

/** Sees to it that an image is on the node. Models pkg/kubelet/images/image_manager.go. */
export class ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #errors = new Map<string, string>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
  }

  /** The image's reference; throws StartError (ErrImagePull, ImagePullBackOff, ErrImageNeverPull, InvalidImageName). */
  async ensure(
    pod: Pod,
    container: Container,
    sandboxConfig: PodSandboxConfigInit,
    event: ContainerEvent,
    signal: AbortSignal,
  ): Promise<string> {
    const { cri, clock, backoff } = this.#options;
    const image = container.image ?? '';
    const nameProblem = imageNameProblem(image);
    if (nameProblem !== undefined) {
      const message = `Failed to apply default image tag "${image}": ${nameProblem}`;
      event('Warning', 'InspectFailed', message);
      throw new StartError('InvalidImageName', message);
    }
    const policy = pullPolicy(container);
    const present = await this.#present(image, event);
    if (policy === 'Never' || (policy === 'IfNotPresent' && present !== undefined)) {
      if (present !== undefined) {
        event('Normal', 'Pulled', `Container image "${image}" already present on machine`);
        return present;
      }
      const text = `Container image "${image}" is not present with pull policy of Never`;
      event('Warning', 'ErrImageNeverPull', text);
      throw new StartError('ErrImageNeverPull', text);
    }
    const key = `${uidOf(pod)}_${image}`;
    if (backoff.remainingSinceUpdate(key) > 0) {
      const text = `Back-off pulling image "${image}"`;
      event('Normal', 'BackOff', text);
      throw new StartError('ImagePullBackOff', `${text}: ErrImagePull: ${this.#errors.get(key) ?? ''}`);
    }
    event('Normal', 'Pulling', `Pulling image "${image}"`);
    const started = clock.monotonic();
    try {
      const { imageRef } = await cri.pullImage({ image: { image }, sandboxConfig }, { signal });
      const took = goDuration(Math.max(1, Math.round(clock.monotonic() - started)));
      const size = (await cri.imageStatus({ image: { image } })).image?.size ?? 0;
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${size} bytes.`,
      );
      this.#errors.delete(key);
      return imageRef;
    } catch (error) {
      const text = runtimeErrorText(error);
      event('Warning', 'Failed', `Failed to pull image "${image}": ${text}`);
      backoff.next(key, clock.now());
      this.#errors.set(key, text);
      throw new StartError('ErrImagePull', text);
    }
  }

  /** Milliseconds until the image may be asked for again. */
  retryIn(pod: Pod, container: Container): number {
    return this.#options.backoff.remainingSinceUpdate(`${uidOf(pod)}_${container.image ?? ''}`);
  }

  async #present(image: string, event: ContainerEvent): Promise<string | undefined> {
    try {
      const { image: found } = await this.#options.cri.imageStatus({ image: { image } });
      return found?.id;
    } catch (error) {
      const text = runtimeErrorText(error);
      const message = `Failed to inspect image "${image}": ${text}`;
      event('Warning', 'InspectFailed', message);
      throw new StartError('ImageInspectError', message);
    }
  }
}
