import { LabError } from '../../lib/errors.ts';
import type { Directive } from '../corefile.ts';

/** An error in a Corefile, in CoreDNS's words: the plugin and the line. */
export function directiveError(directive: Directive, what: string): LabError {
  return new LabError(`plugin/${directive.name}: Corefile:${directive.line} - Error during parsing: ${what}`);
}

export function numberArgument(
  directive: Directive,
  property: string,
  text: string | undefined,
  minimum: number,
  maximum: number,
): number {
  const value = Number(text);
  if (text === undefined || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw directiveError(
      directive,
      `${property} must be in range [${minimum}, ${maximum}]: ${text ?? 'nothing'}`,
    );
  }
  return value;
}

export function noArguments(directive: Directive): void {
  if (directive.args.length > 0)
    throw directiveError(directive, `unexpected argument '${directive.args[0]}'`);
  if (directive.block.length > 0)
    throw directiveError(directive, `unknown property '${directive.block[0]![0]}'`);
}
