// Draws a captured terminal screen as an SVG.
//   tmux capture-pane -e -p | node scripts/screenshot.mjs 110 32 > docs/screenshot.svg
import { text } from 'node:stream/consumers';
import xterm from '@xterm/headless';

const [columns = 110, rows = 32] = process.argv.slice(2).map(Number);
const cell = { width: 8.4, height: 18 };
const margin = 14;
const colors = ['#1d1f21', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#c8ccd4'];
const background = '#1d2026';

const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
const captured = (await text(process.stdin)).replace(/\n$/, '');
await new Promise((resolve) => terminal.write(captured, resolve));

const xmlText = (letters) => letters.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const look = (found) => {
  const foreground = found.isFgPalette() ? colors[found.getFgColor() % 8] : colors[7];
  return [
    `fill="${foreground}"`,
    found.isBold() ? 'font-weight="bold"' : '',
    found.isItalic() ? 'font-style="italic"' : '',
    found.isDim() ? 'opacity="0.6"' : '',
  ]
    .filter(Boolean)
    .join(' ');
};

const lines = [];
for (let y = 0; y < rows; y++) {
  const line = terminal.buffer.active.getLine(y);
  const runs = [];
  for (let x = 0; x < columns; x++) {
    const found = line?.getCell(x);
    if (found === undefined || found.getWidth() === 0) continue;
    const style = look(found);
    const last = runs.at(-1);
    if (last?.style === style) last.letters += found.getChars() || ' ';
    else runs.push({ style, x, letters: found.getChars() || ' ' });
  }
  for (const { style, x, letters } of runs) {
    const shown = letters.trimEnd();
    if (shown === '') continue;
    const left = (margin + x * cell.width).toFixed(1);
    const width = ([...shown].length * cell.width).toFixed(1);
    lines.push(
      `<text x="${left}" y="${margin + (y + 0.75) * cell.height}" textLength="${width}" ${style}>${xmlText(shown)}</text>`,
    );
  }
}
const width = Math.ceil(columns * cell.width + margin * 2);
const height = rows * cell.height + margin * 2;
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">
<title>k8s-lab: a step of the course in the terminal</title>
<rect width="100%" height="100%" rx="8" fill="${background}"/>
${lines.join('\n')}
</svg>
`);
