// npm run check: types, lint and the architecture test, side by side; every failure is shown, then the exit code is 1.
import { spawn } from 'node:child_process';

const steps = [
  ['types', 'tsc', ['--noEmit', '--pretty', 'false']],
  ['lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['architecture', 'vitest', ['run', 'test/architecture', '--reporter=dot']],
];

const run = ([name, command, args]) =>
  new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok' : 'FAILED'}  ${name}  ${seconds} s`);
      if (code !== 0) console.log(Buffer.concat(output).toString());
      resolve(code === 0);
    });
  });

const results = await Promise.all(steps.map(run));
process.exitCode = results.every(Boolean) ? 0 : 1;
