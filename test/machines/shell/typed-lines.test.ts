import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TypedLines } from '../../../src/machines/shell/typed-lines.ts';

/** Asks as the shell of a machine does: a readline of its own for each question. */
function ask(typed: TypedLines): Promise<string | undefined> {
  const { input, close } = typed.open();
  const readline = createInterface({ input, output: new PassThrough(), terminal: true });
  return new Promise((resolve) => {
    const answer = (line: string | undefined) => {
      close();
      readline.removeAllListeners('close');
      readline.close();
      resolve(line);
    };
    readline.once('close', () => answer(undefined));
    readline.question('# ', answer);
  });
}

describe('lines typed on a terminal', () => {
  it('keeps the rest of a pasted block for the next questions', async () => {
    const terminal = new PassThrough();
    const typed = new TypedLines(terminal);
    terminal.write('mkdir -p /etc/etcd\rchmod 700 /var/lib/etcd\rcp -p ');
    expect(await ask(typed)).toBe('mkdir -p /etc/etcd');
    expect(await ask(typed)).toBe('chmod 700 /var/lib/etcd');
    const last = ask(typed);
    terminal.write('ca.pem /etc\r');
    expect(await last).toBe('cp -p ca.pem /etc');
  });

  it('takes what was typed while a command ran, with the line ends of a terminal that edits lines itself', async () => {
    const terminal = new PassThrough();
    const typed = new TypedLines(terminal);
    const first = ask(typed);
    terminal.write('hostname\r');
    expect(await first).toBe('hostname');
    terminal.write('うえ\nls\n');
    expect(await ask(typed)).toBe('うえ');
    expect(await ask(typed)).toBe('ls');
  });

  it('forgets what waits after Ctrl+C', async () => {
    const terminal = new PassThrough();
    const typed = new TypedLines(terminal);
    terminal.write('one\rtwo\rthree\r');
    expect(await ask(typed)).toBe('one');
    typed.forget();
    const next = ask(typed);
    terminal.write('four\r');
    expect(await next).toBe('four');
  });

  it('answers nothing once the terminal has gone', async () => {
    const terminal = new PassThrough();
    const typed = new TypedLines(terminal);
    terminal.end('exit\r');
    expect(await ask(typed)).toBe('exit');
    expect(await ask(typed)).toBeUndefined();
    expect(await ask(typed)).toBeUndefined();
  });
});
