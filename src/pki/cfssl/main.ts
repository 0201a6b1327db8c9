import { runProgram } from '../../lib/program.ts';
import { cfssl } from './cfssl.ts';
import { processIo } from './process-io.ts';

runProgram('cfssl', ({ args }) => cfssl(args, processIo));
