import type { CliIo } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/program.ts';
import { temporaryFolder } from '../course/fake-pack.ts';

export interface TerminalOptions extends Partial<CliIo> {
  /** The workspace; default: one that is not there yet, in a folder that is gone after the test. */
  readonly workspace?: string;
  /** What the person answers, one after the other; asked more, the test fails. */
  readonly answers?: readonly string[];
}

/** A command line whose output is kept. Without answers nobody sits there. */
export function terminal({
  workspace = `${temporaryFolder()}/lab`,
  answers,
  ...changes
}: TerminalOptions = {}) {
  const said = { out: '', err: '' };
  const asked: string[] = [];
  const left = [...(answers ?? [])];
  const io: CliIo = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    env: { PATH: process.env.PATH, HOME: process.env.HOME, K8S_LAB_WORKSPACE: workspace },
    stdinIsTty: answers !== undefined,
    stdoutIsTty: false,
    columns: undefined,
    rows: undefined,
    async ask(question) {
      asked.push(question);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`nobody answers ${question}`);
      return answer;
    },
    signal: new AbortController().signal,
    ...changes,
  };
  return { io, said, asked, workspace, run: (...args: string[]) => runCli(args, io) };
}
