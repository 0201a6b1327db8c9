/** The parts of just-bash that the machine's shell stands on: one place to see what is used of it. */
export type {
  BashExecResult,
  ByteString,
  Command,
  ExecResult,
  FsStat,
  IFileSystem,
  ResolvedCommandContext,
  ScriptNode,
} from 'just-bash';
export {
  Bash,
  defineCommand,
  getCommandNames,
  latin1FromBytes,
  parse,
  ReadWriteFs,
  serialize,
  unsafeBytesFromLatin1,
} from 'just-bash';
