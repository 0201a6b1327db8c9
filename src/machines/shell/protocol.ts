import type { Identity } from '../../usernet/identity.ts';
import type { ExecRequest } from '../api.ts';

/** Lines of JSON between labd and its warm shell process. */
export type ShellRequest =
  | ({
      readonly type: 'exec';
      readonly id: number;
      /** The machine: its network, and its root folder as the mount at `/`. */
      readonly identity: Identity;
      readonly workspace: string;
    } & ExecRequest)
  | { readonly type: 'abort'; readonly id: number };

export type ShellReply =
  | { readonly id: number; readonly stream: 'stdout' | 'stderr'; readonly data: string }
  | { readonly id: number; readonly exitCode: number };
