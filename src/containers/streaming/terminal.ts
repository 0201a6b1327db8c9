/**
 * A terminal without a kernel. Node has no pseudo-terminals of its own, and a native add-on would need a compiler, so the
 * part of the line discipline that a person notices is done here: echo, line editing (erase, kill), CR to NL on the way
 * in and NL to CR NL on the way out, Ctrl+C, Ctrl+\ and Ctrl+D. Programs that switch the terminal to raw mode (editors,
 * pagers) have nothing to switch, and see lines. Pure: bytes in, actions out.
 */
export type TerminalAction =
  | { readonly type: 'input'; readonly data: Buffer }
  | { readonly type: 'echo'; readonly data: Buffer }
  | { readonly type: 'signal'; readonly signal: 'SIGINT' | 'SIGQUIT' }
  | { readonly type: 'end' };

const key = {
  interrupt: 3,
  end: 4,
  backspace: 8,
  kill: 21,
  word: 23,
  quit: 28,
  delete: 127,
  escape: 27,
} as const;

export class Terminal {
  /** The characters of the line that is being typed. */
  #line: string[] = [];
  #decoder = new TextDecoder('utf-8');
  #escape = '';

  /** What was typed. */
  type(data: Buffer): TerminalAction[] {
    const actions: TerminalAction[] = [];
    const echo = (text: string) => actions.push({ type: 'echo', data: Buffer.from(text) });
    for (const character of this.#decoder.decode(data, { stream: true })) {
      if (this.#inEscape(character)) continue;
      const code = character.codePointAt(0)!;
      switch (code) {
        case key.interrupt:
        case key.quit:
          this.#line = [];
          echo(code === key.interrupt ? '^C\r\n' : '^\\\r\n');
          actions.push({ type: 'signal', signal: code === key.interrupt ? 'SIGINT' : 'SIGQUIT' });
          break;
        case key.end:
          // At the start of a line it is the end of input; behind text it only hands that on.
          if (this.#line.length === 0) actions.push({ type: 'end' });
          else actions.push({ type: 'input', data: Buffer.from(this.#take()) });
          break;
        case key.backspace:
        case key.delete:
          if (this.#line.pop() !== undefined) echo('\b \b');
          break;
        case key.kill:
          echo('\b \b'.repeat(this.#line.length));
          this.#line = [];
          break;
        case key.word: {
          const before = this.#line.length;
          while (this.#line.at(-1) === ' ') this.#line.pop();
          while (this.#line.length > 0 && this.#line.at(-1) !== ' ') this.#line.pop();
          echo('\b \b'.repeat(before - this.#line.length));
          break;
        }
        case 10:
        case 13:
          echo('\r\n');
          actions.push({ type: 'input', data: Buffer.from(`${this.#take()}\n`) });
          break;
        default:
          if (code < 32 && code !== 9) break;
          this.#line.push(character);
          echo(character);
      }
    }
    return actions;
  }

  #take(): string {
    const text = this.#line.join('');
    this.#line = [];
    return text;
  }

  /** Arrow and function keys: there is no history to walk through, and their letters are not text. */
  #inEscape(character: string): boolean {
    if (this.#escape === '') {
      if (character.codePointAt(0) !== key.escape) return false;
      this.#escape = character;
      return true;
    }
    this.#escape += character;
    const isOpen = this.#escape.length === 2 && (character === '[' || character === 'O');
    if (!isOpen && /[@-~]/.test(character)) this.#escape = '';
    return true;
  }
}

/** ONLCR: a newline of the program moves the cursor to the first column too. */
export function terminalOutput(chunk: Buffer): Buffer {
  if (!chunk.includes(10)) return chunk;
  return Buffer.from(chunk.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}
