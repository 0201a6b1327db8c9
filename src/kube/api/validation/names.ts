/** The syntax of names, labels and ports. Models staging/src/k8s.io/apimachinery/pkg/util/validation. Each answers its errors' texts. */

const LABEL_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_FORMAT = `${LABEL_FORMAT}(\\.${LABEL_FORMAT})*`;
const NAME_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE_FORMAT = `(${NAME_FORMAT})?`;
const SERVICE_FORMAT = '[a-z]([-a-z0-9]*[a-z0-9])?';
const CONFIG_KEY_FORMAT = '[-._a-zA-Z0-9]+';

function anchored(format: string): RegExp {
  return new RegExp(`^(?:${format})$`);
}

const labelPattern = anchored(LABEL_FORMAT);
const subdomainPattern = anchored(SUBDOMAIN_FORMAT);
const namePattern = anchored(NAME_FORMAT);
const labelValuePattern = anchored(LABEL_VALUE_FORMAT);
const servicePattern = anchored(SERVICE_FORMAT);
const configKeyPattern = anchored(CONFIG_KEY_FORMAT);

function regexError(text: string, format: string, ...examples: string[]): string {
  const shown = examples.map((e) => `'${e}'`).join(', or ');
  return `${text} (e.g. ${shown}, regex used for validation is '${format}')`;
}

function tooLong(value: string, max: number): string[] {
  return Buffer.byteLength(value) > max ? [`must be no more than ${max} bytes`] : [];
}

/** Names of most things: pods, secrets, nodes. */
export function dns1123SubdomainErrors(value: string): string[] {
  const errors = tooLong(value, 253);
  if (!subdomainPattern.test(value)) {
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        SUBDOMAIN_FORMAT,
        'example.com',
      ),
    );
  }
  return errors;
}

/** Names of namespaces, containers, volumes. */
export function dns1123LabelErrors(value: string): string[] {
  const errors = tooLong(value, 63);
  if (!labelPattern.test(value)) {
    const rule = subdomainPattern.test(value) ? 'must not contain dots' : undefined;
    errors.push(
      rule ??
        regexError(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          LABEL_FORMAT,
          'my-name',
          '123-abc',
        ),
    );
  }
  return errors;
}

/** Names of services. */
export function dns1035LabelErrors(value: string): string[] {
  const errors = tooLong(value, 63);
  if (!servicePattern.test(value)) {
    errors.push(
      regexError(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
        SERVICE_FORMAT,
        'my-name',
        'abc-123',
      ),
    );
  }
  return errors;
}

/** Keys of labels and annotations: `name` or `prefix/name`. */
export function qualifiedNameErrors(value: string): string[] {
  const parts = value.split('/');
  const errors: string[] = [];
  const rule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  if (parts.length > 2) {
    return [
      `${regexError(`a qualified name ${rule}`, NAME_FORMAT, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    if (parts[0] === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123SubdomainErrors(parts[0]!).map((e) => `prefix part ${e}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else errors.push(...tooLong(name, 63).map((e) => `name part ${e}`));
  if (!namePattern.test(name)) {
    errors.push(`name part ${regexError(rule, NAME_FORMAT, 'MyName', 'my.name', '123-abc')}`);
  }
  return errors;
}

export function labelValueErrors(value: string): string[] {
  const errors = tooLong(value, 63);
  if (!labelValuePattern.test(value)) {
    errors.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        LABEL_VALUE_FORMAT,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  }
  return errors;
}

/** Keys of ConfigMaps and Secrets. */
export function configMapKeyErrors(value: string): string[] {
  const errors = tooLong(value, 253);
  if (!configKeyPattern.test(value)) {
    errors.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY_FORMAT,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  if (value === '.') errors.push("must not be '.'");
  else if (value === '..') errors.push("must not be '..'");
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** Names of RBAC objects and the like: anything that fits in one path segment. */
export function pathSegmentErrors(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((c) => value.includes(c)).map((c) => `may not contain '${c}'`);
}

export function portErrors(port: number): string[] {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
    ? []
    : ['must be between 1 and 65535, inclusive'];
}

/** Names of ports: at most 15 characters, with a letter. */
export function portNameErrors(value: string): string[] {
  const errors: string[] = [];
  if (value.length > 15) errors.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]*$/.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value !== '' && (value.startsWith('-') || value.endsWith('-')))
    errors.push('must not begin or end with a hyphen');
  return errors;
}

/** Names of environment variables: any printable ASCII without '='. */
export function envVarNameErrors(value: string): string[] {
  if (/^[ -<>-~]+$/.test(value)) return [];
  return [
    regexError(
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
      '^[ -<>-~]+$',
    ).replace(/ \(e\.g\. , /, ' ('),
  ];
}
