import { LabError } from '../../lib/errors.ts';
import { describeFlags, type FlagSpecs, parseFlags } from '../../lib/flags.ts';
import { didYouMean } from '../../lib/nearest.ts';
import type { CertificateRequest } from '../request.ts';
import { parseConfig, type SigningConfig } from './config.ts';
import { parseRequest } from './csr-json.ts';
import { printDefaults } from './defaults.ts';
import { CfsslError } from './errors.ts';
import { gencert, genkey } from './gencert.ts';
import { JsonSyntaxError } from './go-json.ts';
import { type CfsslIo, goFileError } from './io.ts';
import type { Issued } from './sign.ts';

const gencertFlags = {
  initca: { type: 'boolean', default: false, help: 'make a new CA that signs itself' },
  ca: { type: 'string', default: '', help: "the CA's certificate" },
  'ca-key': { type: 'string', default: '', help: "the CA's private key" },
  config: { type: 'string', default: '', help: 'signing profiles, such as ca-config.json' },
  profile: { type: 'string', default: '', help: 'the signing profile; an unknown name means the default' },
  hostname: {
    type: 'string',
    default: '',
    help: 'hosts of the certificate, comma separated; replaces those of the request',
  },
  cn: { type: 'string', default: '', help: 'the common name; replaces that of the request' },
} as const satisfies FlagSpecs;

const genkeyFlags = {
  initca: { type: 'boolean', default: false, help: 'make a new CA that signs itself' },
  config: { type: 'string', default: '', help: 'read and checked, as upstream does; not used' },
} as const satisfies FlagSpecs;

const certinfoFlags = {
  cert: { type: 'string', default: '', help: 'a certificate file, or - for standard input' },
  csr: { type: 'string', default: '', help: 'a request file, or - for standard input' },
} as const satisfies FlagSpecs;

const usage = `Usage:
Available commands:
\tgencert
\tgenkey
\tcertinfo
\tprint-defaults
\tversion
`;

/** Commands of upstream that are no part of the lab: refused by name. */
const refused = [
  'bundle',
  'crl',
  'sign',
  'serve',
  'gencsr',
  'gencrl',
  'ocspdump',
  'ocsprefresh',
  'ocspsign',
  'ocspserve',
  'selfsign',
  'scan',
  'info',
  'revoke',
];

/** Go's flag package ends flags at the first plain word, and so does cfssl. */
const parse = <const S extends FlagSpecs>(command: string, args: readonly string[], specs: S) =>
  parseFlags(args, specs, { program: `cfssl ${command}`, stopAtPositional: true });

async function readText(io: CfsslIo, path: string): Promise<string> {
  if (path === '-') return await io.readStdin();
  try {
    return io.readFile(path);
  } catch (error) {
    throw new CfsslError(goFileError(path, error));
  }
}

async function readRequest(io: CfsslIo, positional: readonly string[]): Promise<CertificateRequest> {
  const [path, ...more] = positional;
  if (path === undefined)
    throw new CfsslError('not enough arguments are supplied --- please refer to the usage');
  if (more.length > 0)
    throw new CfsslError(
      `only one argument is accepted, please check with usage${
        more.some((word) => word.startsWith('-')) ? ': flags stand before the file' : ''
      }`,
    );
  try {
    return parseRequest(await readText(io, path));
  } catch (error) {
    throw error instanceof JsonSyntaxError ? new CfsslError(`${error.message} in ${path}`) : error;
  }
}

function loadConfig(io: CfsslIo, path: string): SigningConfig | undefined {
  if (path === '') return undefined;
  let text: string;
  try {
    text = io.readFile(path);
  } catch {
    throw new CfsslError(
      `Failed to load config file: ${new CfsslError(`could not read configuration file`, 5200)}`,
    );
  }
  try {
    return parseConfig(text);
  } catch (error) {
    throw error instanceof CfsslError ? new CfsslError(`Failed to load config file: ${error}`) : error;
  }
}

/** Keys in the order of Go's map marshalling: sorted. `<` and `>` do not occur in PEM, so nothing is escaped. */
const printIssued = (io: CfsslIo, { cert, csr, key }: Issued) =>
  io.stdout(`${JSON.stringify({ ...(cert === undefined ? {} : { cert }), csr, key })}\n`);

async function run(command: string, args: readonly string[], io: CfsslIo): Promise<void> {
  switch (command) {
    case 'gencert': {
      const { flags, positional } = parse(command, args, gencertFlags);
      const config = loadConfig(io, flags.config);
      const request = await readRequest(io, positional);
      printIssued(io, await gencert(request, { ...flags, caKey: flags['ca-key'], config }, io));
      return;
    }
    case 'genkey': {
      const { flags, positional } = parse(command, args, genkeyFlags);
      loadConfig(io, flags.config);
      printIssued(io, await genkey(await readRequest(io, positional), flags.initca, io));
      return;
    }
    case 'certinfo': {
      const { flags } = parse(command, args, certinfoFlags);
      const { describeCertificate, describeRequest } = await import('./certinfo.ts');
      if (flags.cert === '' && flags.csr === '')
        throw new CfsslError('Must specify certinfo target through -cert or -csr');
      const text = await readText(io, flags.cert === '' ? flags.csr : flags.cert);
      const description = flags.cert === '' ? describeRequest(text) : describeCertificate(text);
      io.stdout(`${JSON.stringify(description, undefined, 2)}\n`);
      return;
    }
    case 'print-defaults': {
      const { positional } = parse(command, args, {});
      if (positional[0] === undefined)
        throw new CfsslError('not enough arguments are supplied --- please refer to the usage');
      io.stdout(printDefaults(positional[0]));
      return;
    }
    case 'version':
      parse(command, args, {});
      io.stdout(`Version: 1.6.5+k8s-lab\nRuntime: node${process.version}\n`);
      return;
    default:
      throw new CfsslError(unknownCommand(command));
  }
}

function unknownCommand(command: string): string {
  if (refused.includes(command))
    return `Command ${command} is not supported by this cfssl: it has gencert, genkey, certinfo, print-defaults and version.`;
  const hint = didYouMean(command, ['gencert', 'genkey', 'certinfo', 'print-defaults', 'version']);
  return `Command ${command} is not defined${hint === undefined ? '.' : `: ${hint}`}`;
}

const helpFlags: Readonly<Record<string, FlagSpecs>> = {
  gencert: gencertFlags,
  genkey: genkeyFlags,
  certinfo: certinfoFlags,
};

/** The program `cfssl`. JSON goes to standard output, the log and errors to standard error. Answers the exit code. */
export async function cfssl(args: readonly string[], io: CfsslIo): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined) {
    io.stderr(`No command is given.\n${usage}`);
    return 1;
  }
  if (/^--?h(elp)?$/.test(command)) {
    io.stderr(usage);
    return 0;
  }
  if (rest.some((word) => /^--?h(elp)?$/.test(word)) && helpFlags[command] !== undefined) {
    const argument = command === 'certinfo' ? '' : ' CSRJSON';
    io.stderr(
      `Usage of ${command}:\n    cfssl ${command} [flags]${argument}\n\n${describeFlags(helpFlags[command])}\n`,
    );
    return 0;
  }
  try {
    await run(command, rest, io);
    return 0;
  } catch (error) {
    if (error instanceof CfsslError || error instanceof LabError) {
      io.stderr(`${error}\n`);
      return error instanceof LabError ? error.exitCode : 1;
    }
    throw error;
  }
}
