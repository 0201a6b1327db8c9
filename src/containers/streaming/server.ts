import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import type { StreamingUrls } from '../cri/runtime-service.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface Streaming {
  readonly urls: StreamingUrls;
  close(): void;
}

export async function startStreaming(
  _runtime: Runtime,
  _options: { readonly address: string; readonly port: number },
): Promise<Streaming> {
  const refuse = () => {
    throw new GrpcError(GrpcCode.Unimplemented, 'streaming is not there yet');
  };
  return { urls: { exec: refuse, attach: refuse, portForward: refuse }, close: () => undefined };
}
