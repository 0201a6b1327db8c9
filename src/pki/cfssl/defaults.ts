/** Templates of `cfssl print-defaults`. */
const expiry = '8760h';
const templates: Readonly<Record<string, unknown>> = {
  config: {
    signing: {
      default: { expiry: '168h' },
      profiles: {
        www: { expiry, usages: ['signing', 'key encipherment', 'server auth'] },
        client: { expiry, usages: ['signing', 'key encipherment', 'client auth'] },
      },
    },
  },
  csr: {
    CN: 'example.net',
    hosts: ['example.net', 'www.example.net'],
    key: { algo: 'ecdsa', size: 256 },
    names: [{ C: 'US', ST: 'CA', L: 'San Francisco' }],
  },
};

/** The text to print; an unknown type lists what there is, as upstream does. */
export function printDefaults(type: string): string {
  if (type !== 'list' && Object.hasOwn(templates, type))
    return `${JSON.stringify(templates[type], undefined, 4)}\n\n`;
  return `Default configurations are available for:\n${Object.keys(templates)
    .map((name) => `\t${name}\n`)
    .join('')}`;
}
