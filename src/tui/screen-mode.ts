import { writeSync } from 'node:fs';

const enter = '\u001b[?1049h\u001b[2J\u001b[H';
const leave = '\u001b[?1049l\u001b[?25h\u001b[0m';

export interface ScreenMode {
  enter(): void;
  leave(): void;
}

/** The alternate screen: what stood in the terminal before comes back, however the program ends. */
export function createScreenMode(stream: NodeJS.WriteStream & { readonly fd: number }): ScreenMode {
  let inside = false;
  return {
    enter() {
      if (!inside) stream.write(enter);
      inside = true;
    },
    leave() {
      if (!inside) return;
      inside = false;
      // Synchronously: the process may be about to die.
      try {
        writeSync(stream.fd, leave);
      } catch {
        stream.write(leave);
      }
    },
  };
}

/** OSC 52: the terminal itself puts the text on the clipboard, also over ssh. Within tmux it is passed through. */
export function clipboardSequence(text: string, env: NodeJS.ProcessEnv): string {
  const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  return env.TMUX === undefined ? sequence : `${sequence}\u001bPtmux;\u001b${sequence}\u001b\\`;
}
