import { runProgram } from '../../lib/program.ts';
import { cfssljson } from './cfssljson.ts';
import { processIo } from './process-io.ts';

runProgram('cfssljson', ({ args }) => cfssljson(args, processIo));
