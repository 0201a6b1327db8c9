import type { ScriptNode } from 'just-bash';

/*
 * just-bash collects what a script prints and hands it over at the end, so a container with an endless loop would never
 * have a log. Before a script runs, each command whose output goes to the script's own output is therefore given a
 * redirection to a device that writes at once. What is captured, piped on, or redirected elsewhere stays as it was. Pure.
 */

export const outputDevices = { stdout: '/dev/fd-out', stderr: '/dev/fd-err' } as const;

type Statement = ScriptNode['statements'][number];
type Pipeline = Statement['pipelines'][number];
type Command = Pipeline['commands'][number];
type Simple = Extract<Command, { type: 'SimpleCommand' }>;
type Redirection = Simple['redirections'][number];

const redirect = (fd: number | null, operator: '>>', device: string): Redirection => ({
  type: 'Redirection',
  fd,
  operator,
  target: { type: 'Word', parts: [{ type: 'Literal', value: device }] },
});

/** First, so that `2>&1` and `>file` of the command itself still mean what they say. */
const toDevices = (): Redirection[] => [
  redirect(null, '>>', outputDevices.stdout),
  redirect(2, '>>', outputDevices.stderr),
];
const errorsOnly = (): Redirection[] => [redirect(2, '>>', outputDevices.stderr)];

function simpleName(command: Simple): string | undefined {
  const part = command.name?.parts[0];
  return command.name?.parts.length === 1 && part?.type === 'Literal' ? part.value : undefined;
}

function streamCommand(command: Command, isLast: boolean): Command {
  switch (command.type) {
    case 'SimpleCommand': {
      // `exec >file` speaks about the shell itself, and an assignment prints nothing.
      if (command.name === null || simpleName(command) === 'exec') return command;
      const added = isLast ? toDevices() : errorsOnly();
      return { ...command, redirections: [...added, ...command.redirections] };
    }
    case 'If':
      if (!isLast || command.redirections.length > 0) return command;
      return {
        ...command,
        clauses: command.clauses.map(({ condition, body }) => ({
          condition: streamAll(condition),
          body: streamAll(body),
        })),
        elseBody: command.elseBody === null ? null : streamAll(command.elseBody),
      };
    case 'While':
    case 'Until':
      if (!isLast || command.redirections.some(({ operator }) => !operator.startsWith('<'))) return command;
      return { ...command, condition: streamAll(command.condition), body: streamAll(command.body) };
    case 'For':
    case 'CStyleFor':
    case 'Subshell':
    case 'Group':
      if (!isLast || command.redirections.length > 0) return command;
      return { ...command, body: streamAll(command.body) };
    case 'Case':
      if (!isLast || command.redirections.length > 0) return command;
      return { ...command, items: command.items.map((item) => ({ ...item, body: streamAll(item.body) })) };
    case 'FunctionDef':
    case 'ArithmeticCommand':
    case 'ConditionalCommand':
      // A function may be called where its output is captured, so its calls are what streams.
      return command;
  }
}

const streamPipeline = (pipeline: Pipeline): Pipeline => ({
  ...pipeline,
  commands: pipeline.commands.map((command, index) =>
    streamCommand(command, index === pipeline.commands.length - 1),
  ),
});

const streamAll = (statements: readonly Statement[]): Statement[] =>
  statements.map(({ sourceText: _before, ...statement }) => ({
    ...statement,
    pipelines: statement.pipelines.map(streamPipeline),
  }));

export function streamScript(script: ScriptNode): ScriptNode {
  return { ...script, statements: streamAll(script.statements) };
}
