import type { Applet } from './applet.ts';
import { basicApplets } from './basic.ts';

/** All tools of the toolbox, by name. */
export const applets: Readonly<Record<string, Applet>> = { ...basicApplets };
