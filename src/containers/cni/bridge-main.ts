import { runPluginProgram } from './plugin-program.ts';

runPluginProgram('bridge');
