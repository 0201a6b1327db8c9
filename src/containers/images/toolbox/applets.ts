import type { Applet } from './applet.ts';
import { basicApplets } from './basic.ts';
import { nc } from './nc.ts';
import { ip, ping } from './network.ts';
import { nslookup } from './nslookup.ts';
import { wget } from './wget.ts';

/** All tools of the toolbox, by name. */
export const applets: Readonly<Record<string, Applet>> = { ...basicApplets, ip, nc, nslookup, ping, wget };
