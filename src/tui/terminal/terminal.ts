const enterAlternate = '\u001b[?1049h\u001b[H';
const leaveAlternate = '\u001b[?1049l\u001b[?25h';

/** The alternate screen: what stood in the terminal before is there again afterwards, on whichever way out. */
export function enterScreen(stdout: NodeJS.WriteStream): () => void {
  stdout.write(enterAlternate);
  let left = false;
  return () => {
    if (left) return;
    left = true;
    stdout.write(leaveAlternate);
  };
}

/** OSC 52: the terminal puts the text on the clipboard; inside tmux it must be passed through. */
export function clipboardSequence(text: string, env: NodeJS.ProcessEnv): string {
  const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  return env.TMUX === undefined
    ? sequence
    : `\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
}
