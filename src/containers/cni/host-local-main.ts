import { runPluginProgram } from './plugin-program.ts';

runPluginProgram('host-local');
