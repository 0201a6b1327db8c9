import xterm from '@xterm/headless';

const cell = { width: 8.4, height: 19 };
const margin = 18;
const titleBar = 34;
const font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const background = '#1e2127';
const ink = '#d7dae0';
const colors = ['#3f4451', '#f07178', '#a5d07f', '#e6c07b', '#6cb6ff', '#d291e4', '#5fc9d4', ink];

const xmlText = (letters) => letters.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const fixed = (value) => String(Math.round(value * 10) / 10);

/** Letters that are drawn, so that they join whatever the font: parts of the cell they fill (left, top, width, height). */
const shapes = {
  '─': [0, 0.5, 1, 0],
  '│': [0.5, 0, 0, 1],
  '▎': [0, 0, 0.25, 1],
  '▌': [0, 0, 0.5, 1],
  '█': [0, 0.12, 1, 0.76],
  '░': [0, 0.12, 1, 0.76],
};

function lookOf(found) {
  const isInverse = found.isInverse() !== 0;
  const fill = found.isFgPalette() ? colors[found.getFgColor() % 8] : ink;
  return {
    fill: isInverse ? background : fill,
    behind: isInverse ? fill : undefined,
    bold: found.isBold() !== 0,
    italic: found.isItalic() !== 0,
    dim: found.isDim() !== 0,
  };
}

/** Runs of cells that look the same, each with its first column and its letters. */
function runsOf(line, columns) {
  const runs = [];
  for (let x = 0; x < columns; x++) {
    const found = line?.getCell(x);
    if (found === undefined || found.getWidth() === 0) continue;
    const letter = found.getChars() || ' ';
    const look = lookOf(found);
    const shape = Object.hasOwn(shapes, letter) ? letter : '';
    const key = JSON.stringify([look, shape]);
    const last = runs.at(-1);
    if (last?.key === key) {
      last.letters += letter;
      last.columns += found.getWidth();
    } else runs.push({ key, look, shape, x, letters: letter, columns: found.getWidth() });
  }
  return runs;
}

function drawn({ look, shape, x, columns }, top) {
  const [left, down, width, height] = shapes[shape];
  const opacity = shape === '░' ? 0.25 : look.dim ? 0.45 : 1;
  const rect = (at, size) =>
    `<rect x="${fixed(at)}" y="${fixed(top + down * cell.height)}" width="${fixed(size || 1)}" height="${fixed(height * cell.height || 1)}" fill="${look.fill}"${opacity === 1 ? '' : ` opacity="${opacity}"`}/>`;
  const at = (column) => margin + (x + column + left) * cell.width;
  // What fills its cell from side to side is one piece.
  return width === 1
    ? rect(at(0), columns * cell.width)
    : Array.from({ length: columns }, (_, column) => rect(at(column), width * cell.width)).join('');
}

function written({ look, x, letters, columns }, top) {
  const left = margin + x * cell.width;
  const shown = letters.trimEnd();
  const behind =
    look.behind === undefined
      ? ''
      : `<rect x="${fixed(left)}" y="${fixed(top)}" width="${fixed(columns * cell.width)}" height="${cell.height}" fill="${look.behind}"/>`;
  if (shown === '') return behind;
  const width = fixed((columns - (letters.length - shown.length)) * cell.width);
  const style = [
    `fill="${look.fill}"`,
    look.bold ? 'font-weight="bold"' : '',
    look.italic ? 'font-style="italic"' : '',
    look.dim ? 'opacity="0.6"' : '',
  ].filter(Boolean);
  return `${behind}<text x="${fixed(left)}" y="${fixed(top + 0.73 * cell.height)}" textLength="${width}" ${style.join(' ')}>${xmlText(shown)}</text>`;
}

/** A terminal's screen, as `tmux capture-pane -e -p` tells it, as an SVG of a window. */
export async function terminalSvg(screen, { columns, rows, title }) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  await new Promise((resolve) => terminal.write(screen.replace(/\n$/, ''), resolve));
  const lines = [];
  for (let y = 0; y < rows; y++) {
    const top = titleBar + margin / 2 + y * cell.height;
    for (const run of runsOf(terminal.buffer.active.getLine(y), columns)) {
      const svg = run.shape === '' ? written(run, top) : drawn(run, top);
      if (svg !== '') lines.push(svg);
    }
  }
  const width = Math.ceil(columns * cell.width + margin * 2);
  const height = rows * cell.height + titleBar + margin * 1.5;
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${22 + index * 20}" cy="${titleBar / 2 + 1}" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="${font}" font-size="14" xml:space="preserve">
<title>${xmlText(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${background}" stroke="#3a3f4a"/>
${dots.join('')}<text x="${width / 2}" y="${titleBar / 2 + 6}" text-anchor="middle" fill="#8b919d" font-size="13">${xmlText(title)}</text>
${lines.join('\n')}
</svg>
`;
}
