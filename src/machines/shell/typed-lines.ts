import { PassThrough } from 'node:stream';

/** What a terminal's input must be able to do. */
export interface TerminalInput extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

/**
 * The terminal's input, a line at a time. readline forgets what comes behind the line it was asked for, so a block that
 * is pasted would end after its first line: here the rest waits for the next question.
 */
export class TypedLines {
  readonly #terminal: TerminalInput;
  #waiting = '';
  #ended = false;

  constructor(terminal: TerminalInput) {
    this.#terminal = terminal;
    terminal.setEncoding('utf8');
    terminal.on('end', () => {
      this.#ended = true;
    });
  }

  /** Input for one question: what waits already, else what is typed, up to the end of a line. Close it afterwards. */
  open(): { readonly input: NodeJS.ReadableStream; close(): void } {
    const terminal = this.#terminal;
    const input = Object.assign(new PassThrough(), {
      isTTY: terminal.isTTY ?? false,
      setRawMode: (mode: boolean) => terminal.setRawMode?.(mode),
    });
    let whole = false;
    const give = () => {
      if (whole || this.#waiting === '') return;
      const [line = ''] = /^[^\r\n]*(\r\n|\r|\n)?/.exec(this.#waiting) ?? [];
      whole = /[\r\n]$/.test(line);
      this.#waiting = this.#waiting.slice(line.length);
      input.write(line);
    };
    const typed = (text: string | Buffer) => {
      this.#waiting += text.toString();
      give();
    };
    const ended = () => void input.end();
    terminal.on('data', typed);
    terminal.on('end', ended);
    terminal.resume();
    give();
    if (this.#ended && !whole) input.end();
    return {
      input,
      close() {
        terminal.removeListener('data', typed);
        terminal.removeListener('end', ended);
        terminal.pause();
      },
    };
  }

  /** Ctrl+C takes along what was typed ahead, as a terminal does. */
  forget(): void {
    this.#waiting = '';
  }
}
