import { errorMessage } from '../../lib/errors.ts';
import type { GrpcService, ServerCall, StreamHandler, UnaryHandler } from '../../lib/grpc/server.ts';
import { GrpcCode, GrpcError } from '../../lib/grpc/status.ts';
import type { Method } from '../proto/methods.ts';

/** Collects the handlers of all services, with their messages decoded and encoded. */
export class RpcTable implements GrpcService {
  readonly unary = new Map<string, UnaryHandler>();
  readonly streams = new Map<string, StreamHandler>();

  add<Req, ReqInit, Res, ResInit>(
    method: Method<Req, ReqInit, Res, ResInit>,
    handler: (request: Req, call: ServerCall) => ResInit | Promise<ResInit>,
  ): void {
    this.unary.set(method.path, (bytes, call) => {
      const response = handler(decode(method, bytes), call);
      return response instanceof Promise
        ? response.then((value) => method.response.encode(value))
        : method.response.encode(response);
    });
  }

  addStream(path: string, handler: StreamHandler): void {
    this.streams.set(path, handler);
  }
}

function decode<Req>(
  method: { readonly path: string; readonly request: { decode(data: Uint8Array): Req } },
  bytes: Uint8Array,
): Req {
  try {
    return method.request.decode(bytes);
  } catch (error) {
    throw new GrpcError(GrpcCode.Internal, `grpc: error unmarshalling request: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
