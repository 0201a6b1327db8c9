import { runPluginProgram } from './plugin-program.ts';

runPluginProgram('loopback');
