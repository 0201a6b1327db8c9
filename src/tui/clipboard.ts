/** OSC 52: the terminal itself puts the text on the clipboard, also over ssh. Within tmux it is passed through. */
export function clipboardSequence(text: string, env: NodeJS.ProcessEnv): string {
  const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  return env.TMUX === undefined ? sequence : `${sequence}\u001bPtmux;\u001b${sequence}\u001b\\`;
}
